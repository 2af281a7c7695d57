"""Retention beside others: messages that come in meanwhile, and a backup that is restored elsewhere afterwards."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from hemgang.retention.policy import DataKind
from hemgang.services import retention_apply
from hemgang.services.backup import back_up, restore
from hemgang.services.installation import ReferenceData
from hemgang.services.retention_apply import RetentionRefused
from hemgang.store import access_log
from hemgang.store.backup.restore import closings_proved
from hemgang.store.database import Database, open_database
from tests.conftest import KINDS, empty_database
from tests.retention import world
from tests.retention.world import LONG_AGO, NOW, applied, goes, kept_for, planned, rule
from tests.services.stays import stay
from tests.services.walking import take
from tests.store.access_rows import break_of

EPISODES = tuple(f"e{number}" for number in range(12))
EVERYTHING = kept_for(
    *(rule(kind, years=7 if kind is DataKind.CLOSINGS else 5, line=n) for n, kind in enumerate(DataKind, 1))
)


def late(episode: str) -> dict[str, object]:
    return {"id": f"{episode}-late", "episode": episode, "type": "sip_held", "at": "2023-03-10T08:00:00Z"}


def test_messages_that_come_meanwhile_are_kept_or_refused_whole(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_apply, "EPISODES_AT_ONCE", 1)
    world.filled(database, rules, *EPISODES)
    seen = planned(database, rules)
    monkeypatch.setattr(retention_apply, "plan_retention", lambda *_, **__: seen)
    ready = Barrier(2)

    def letting_go() -> int:
        ready.wait()
        done = retention_apply.apply_retention(database, kept_for(), rules, digest=seen.plan.digest, by="Anna", now=NOW)
        return done.gone["episodes"]

    def coming() -> None:
        ready.wait()
        for episode in reversed(EPISODES):
            take(database, late(episode), now=NOW, source=episode)

    with ThreadPoolExecutor(2) as both:
        gone, taking = both.submit(letting_go), both.submit(coming)
        taking.result()
        assert gone.result() == 12 - world.counts(database, "discharge")["discharge"]
    by_episode = dict(world.rows(database, "SELECT episode, count(*) FROM message GROUP BY episode"))
    assert set(by_episode.values()) <= {8}, "an episode is stored whole, with what came late, or not at all"
    refused = world.counts(database, "quarantine")["quarantine"]
    assert refused + len(by_episode) == len(EPISODES)
    assert len(world.rows(database, "SELECT * FROM retained_out")) == refused


def test_two_runs_at_once_let_everything_go_once(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, *EPISODES)
    digest = planned(database, rules).plan.digest
    ready = Barrier(2)

    def letting_go(by: str) -> int:
        ready.wait()
        try:
            done = retention_apply.apply_retention(database, kept_for(), rules, digest=digest, by=by, now=NOW)
        except RetentionRefused:
            return 0
        return done.gone["episodes"]

    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(letting_go, ("Anna", "Bo"))) == 12
    assert len(world.rows(database, "SELECT * FROM retained_out")) == 12
    assert int(world.rows(database, "SELECT sum(count) FROM retention_run")[0][0]) == 12


@pytest.mark.parametrize("into", KINDS)
def test_a_backup_after_retention_is_whole_elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database, rules: ReferenceData, into: str
) -> None:
    world.filled(database, rules, "e1", "e2")
    for number in range(4):
        with database.writing() as session:
            reader = access_log.Reader("a", "u", "w")
            access_log.record(session, reader, action="show", episode=f"e{number}", at=LONG_AGO)
    for _ in range(2):
        applied(database, rules, EVERYTHING)
    back_up(database.url, tmp_path / "backup", now=NOW)
    url = empty_database(request, into, tmp_path)
    done = restore(url, tmp_path / "backup", by="Eva", now=NOW)
    assert (done.closings.broken, done.access_break) == ((), None)
    copy = open_database(url)
    tables = ("retention_run", "retained_out", "sealed_month", "access_anchor", "closing", "access", "retention_pass")
    assert world.counts(copy, *tables) == world.counts(database, *tables)
    assert goes(planned(copy, rules, EVERYTHING)) == {}
    assert break_of(copy) is None
    with copy.reading() as session:
        assert closings_proved(session).broken == ()
    assert take(copy, *stay("e1"), now=NOW).quarantined == 7
    copy.close()
