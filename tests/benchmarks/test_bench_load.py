"""The load measurements measure what they say, on a small load; no time is asserted, since the machine is anybody's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from benchmarks import load_store
from benchmarks.growth import measure as grow
from benchmarks.load import Sizes, measure
from benchmarks.load_copies import copy_originals, mark_originals
from benchmarks.load_figures import cores_used, percentile, spread
from benchmarks.load_late import MESSAGE, TIMER, UNKNOWN, Cause, awaited
from benchmarks.load_messages import messages
from benchmarks.load_work import BARE
from hemgang.messages.readers import Line
from hemgang.services.ingest import ingest
from hemgang.services.installation import load_reference_data
from hemgang.store.database import Database, open_database, upgrade
from hemgang.store.tables import AlertRow, DischargeRow, DutyRow, MessageRow
from tests.conftest import empty_database

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
    assert spread([]) == {"count": 0, "p50": None, "p99": None, "max": None}


def test_a_core_kept_busy_for_half_the_time_is_half_a_core() -> None:
    assert cores_used({"engine": 1.0}, {"engine": 3.0}, 4.0) == {"engine": 0.5}


@pytest.mark.postgresql
def test_a_small_load_goes_through_whole() -> None:
    sizes = Sizes(discharges=120, originals=40, seconds=4, messages_a_second=10, timers_a_second=5, engine=BARE)
    found = measure(sizes)
    assert found["filled"]["open"] == 120
    assert found["acknowledged"]["accepted"] == found["acknowledged"]["milliseconds"]["count"] == 40
    assert found["timers"]["due"] >= 20
    assert found["timers"]["seconds"]["count"] >= 20
    assert found["timers"]["not_received"] == found["alerts_after_messages"]["not_received"] == 0
    assert found["alerts_without_a_known_cause"]["seconds"]["count"] == 0
    assert found["at_rest_afterwards"]
    assert found["stepped"] >= 60
    assert len(found["goals"]) == 3


@pytest.mark.postgresql
def test_a_store_that_grows_is_measured_at_each_size() -> None:
    found = grow(sizes=(20, 60), rounds=1, due=5)
    assert [one["open"] for one in found["sizes"]] == [20, 60]
    assert all(one[name] > 0 for one in found["sizes"] for name in found["growth"])


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database on PostgreSQL with three stays, each copied twice."""
    database = open_database(empty_database(request, "postgresql", tmp_path))
    upgrade(database)
    stays = load_store.stays_under_way(AT, 3, seed=3)
    assert load_store.fill(database, load_reference_data(), [body for stay in stays for body in stay.said], now=AT) == 3
    mark_originals(database)
    copy_originals(database, first=1, last=2)
    yield database
    database.close()


@pytest.mark.postgresql
def test_a_copy_says_what_its_original_says_under_its_own_name(store: Database) -> None:
    with store.reading() as session:
        episodes = list(session.scalars(select(DischargeRow.episode)))
        bodies = {row.id: row for row in session.scalars(select(MessageRow))}
        duties = {(row.episode, row.key): row for row in session.scalars(select(DutyRow))}
    originals = [episode for episode in episodes if "-" not in episode]
    assert sorted(episodes) == sorted(f"{one}{end}" for one in originals for end in ("", "-1", "-2"))
    for row in list(bodies.values()):
        if row.episode in originals:
            copy = bodies[row.id.replace(row.episode, f"{row.episode}-2")]
            assert copy.body == row.body.replace(row.episode, f"{row.episode}-2")
            assert (copy.at, copy.received_at, copy.type) == (row.at, row.received_at, row.type)
    of_originals = [duty for duty in duties.values() if duty.episode in originals]
    assert of_originals
    assert len(duties) == 3 * len(of_originals)


@pytest.mark.postgresql
def test_a_copy_told_what_its_original_is_told_comes_to_the_same(store: Database) -> None:
    stays = load_store.stays_under_way(AT, 3, seed=3)
    soon = AT + timedelta(minutes=5)
    fed = messages(stays, discharges=9, count=9)
    whole = [body for body in fed if not str(body["episode"]).rpartition("-")[0].endswith("-new")]
    lines = [Line(1, body | {"at": AT.isoformat()}) for body in whole]
    assert ingest(store, lines, source="test", now=soon).accepted == len(whole)
    load_store.step_all(store, load_reference_data(), now=soon)
    with store.reading() as session:
        rows = list(session.scalars(select(DischargeRow)))
    told = {str(body["episode"]) for body in whole}
    standing: dict[tuple[str, bool], set[tuple[object, ...]]] = {}
    for row in rows:
        key = (row.episode.partition("-")[0], row.episode in told)
        standing.setdefault(key, set()).add((row.state, row.standing, row.next_wake, row.payer))
    assert all(len(ends) == 1 for ends in standing.values())


@pytest.mark.postgresql
def test_an_alert_counts_from_the_latest_cause_that_its_step_could_know(store: Database) -> None:
    fired = AT.timestamp()
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE alert SET state = 'discarded'")
        for number in range(3):
            session.add(_alert(f"case-{number}", f"AAAA-AAAA-AAA{number}"))
    causes = {
        "case-0": [Cause(TIMER, fired - 5), Cause(MESSAGE, fired - 1), Cause(MESSAGE, fired + 1)],
        "case-1": [Cause(TIMER, fired - 5)],
    }
    arrivals = [(fired + 2, "AAAA-AAAA-AAA0"), (fired + 9, "AAAA-AAAA-AAA0")]
    found = {one.kind: one for one in awaited(store, causes, arrivals, since=AT)}
    assert (found[MESSAGE].decided, found[MESSAGE].late) == (1, 3)
    assert (found[TIMER].decided, found[TIMER].late) == (5, None)
    assert found[UNKNOWN].late is None
    with store.reading() as session:
        assert session.scalar(select(col(AlertRow.bundle)).where(col(AlertRow.episode) == "case-0")) is None


def _alert(episode: str, reference: str) -> AlertRow:
    return AlertRow(
        reference=reference,
        episode=episode,
        key="admission_notice",
        revision=1,
        rung="owner",
        kind="duty",
        role="owner",
        recipient="ward",
        channel="sink",
        urgent=True,
        fired_at=AT,
        release_at=AT,
        duty_status="open",
        state="pending",
    )
