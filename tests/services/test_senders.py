"""Several senders, silent servers, zombies: escalations first, nobody waits for a dead address, nothing goes twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, text

from hemgang import clock
from hemgang.duties.model import AlertState
from hemgang.services import deliver as delivering
from hemgang.services.advance import claim_due
from hemgang.services.deliver import Sender, deliver
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import leases, outbox
from hemgang.store.database import Database, open_database, upgrade
from tests.conftest import empty_database
from tests.services.post import Post, post_office, silent_server, small_directory
from tests.services.walking import advance_all, take

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
FIRST_RUNG = START + timedelta(hours=20)
MISSED = START + timedelta(hours=24)


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def served(post: Post, tmp_path: Path) -> ReferenceData:
    return load_reference_data(directory=small_directory(tmp_path, post.port))


def admit(database: Database, *episodes: str, region: str = "23", at: datetime = START) -> None:
    common = {"type": "admitted", "at": at.isoformat(), "region": region, "municipality": f"{region}80"}
    more = {"care": "somatic", "clinic": "ward-1"}
    take(database, *(common | more | {"id": f"{one}-a", "episode": one} for one in episodes), now=at)


def counted(database: Database, statement: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(statement)).scalar_one())


def test_after_downtime_escalations_go_first(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "SENDERS", 1)
    admit(database, "missed")
    admit(database, "reminded", at=START + timedelta(hours=3))
    advance_all(database, served, START + timedelta(hours=3))
    advance_all(database, served, MISSED)
    with database.reading() as session:
        waiting = session.execute(text("SELECT role, kind FROM alert WHERE state = 'pending'")).all()
    assert ("manager", "missed") in [tuple(row) for row in waiting]
    assert len(waiting) > 1
    deliver(database, served, now=MISSED)
    assert post.mails[0].box == "boss"


def test_overtaken_rungs_stand_with_their_reason(database: Database, served: ReferenceData, post: Post) -> None:
    admit(database, "e1")
    advance_all(database, served, START)
    advance_all(database, served, MISSED + timedelta(days=3))
    with database.reading() as session:
        rungs = session.execute(text("SELECT outcome, count(*) FROM rung WHERE key LIKE 'admission%' GROUP BY outcome"))
        outcomes = {str(outcome): int(number) for outcome, number in rungs}
    assert outcomes == {"fired": 1, "overtaken": 3}


def test_two_senders_share_and_no_recipient_gets_two_at_once(
    database: Database, served: ReferenceData, post: Post
) -> None:
    admit(database, *(f"e{number}" for number in range(12)))
    advance_all(database, served, START)
    advance_all(database, served, MISSED)
    ready = Barrier(2)

    def work(name: str) -> int:
        ready.wait()
        return deliver(database, served, now=MISSED, sender=Sender(name)).alerts

    with ThreadPoolExecutor(2) as senders:
        sent = sum(senders.map(work, ("a", "b")))
    while more := deliver(database, served, now=MISSED).alerts:
        sent += more
    assert counted(database, "SELECT count(*) FROM alert WHERE state = 'delivered'") == sent
    assert max(post.alerts.values()) == 1


def test_an_address_that_keeps_silent_is_not_waited_for_by_all(
    database: Database, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "SEND_TIMEOUT_S", 0.4)
    monkeypatch.setattr(delivering, "SENDERS", 1)
    with silent_server() as port:
        path = small_directory(tmp_path, port)
        units = "".join(
            f'\n[[unit]]\nid = "u{n}"\nkind = "ward"\nhours = "always"\nchannel = "mail-operator"\n' for n in range(12)
        )
        path.write_text(path.read_text(encoding="utf-8") + units, encoding="utf-8")
        rules = load_reference_data(directory=path)
        common = {"type": "admitted", "at": START.isoformat(), "region": "23", "municipality": "2380"}
        for number in range(12):
            line = common | {"care": "somatic", "clinic": f"u{number}", "id": f"m{number}", "episode": f"e{number}"}
            take(database, line, now=START)
        advance_all(database, rules, START)
        advance_all(database, rules, FIRST_RUNG)
        began = clock.machine_now()
        sent = deliver(database, rules, now=FIRST_RUNG)
        took = clock.machine_now() - began
    assert sent.unknown == 3
    assert sent.failed == counted(database, "SELECT count(*) FROM alert") - 3 > 5
    assert took < timedelta(seconds=0.4 * 8)


def test_a_sender_that_stood_still_past_its_lease_sends_nothing(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit(database, "e1")
    advance_all(database, served, START)
    advance_all(database, served, FIRST_RUNG)
    monkeypatch.setattr(outbox, "SEND_WITHIN", timedelta(seconds=-1))
    assert deliver(database, served, now=FIRST_RUNG, sender=Sender("zombie")).alerts == 0
    assert post.mails == []
    monkeypatch.undo()
    assert deliver(database, served, now=FIRST_RUNG, sender=Sender("second")).delivered == 1


def test_a_sender_that_lost_its_lease_decides_nothing_but_tells_what_arrived(
    database: Database, served: ReferenceData
) -> None:
    admit(database, "e1")
    advance_all(database, served, START)
    advance_all(database, served, FIRST_RUNG)
    real = datetime(2026, 1, 1, tzinfo=UTC)
    with database.writing() as session:
        zombie = outbox.claim_pending(session, now=FIRST_RUNG, real_now=real, limit=9, owner="zombie")
    late = real + leases.LEASE + timedelta(seconds=1)
    with database.writing() as session:
        assert outbox.claim_pending(session, now=FIRST_RUNG, real_now=late, limit=9, owner="second")
    for state, left in ((AlertState.PENDING, "second"), (AlertState.DELIVERED, None)):
        told = outbox.Attempt(
            bundle=zombie[0].reference,
            recipient="ward-1",
            channel="mail-ward",
            number=1,
            outcome="failed" if left else "delivered",
            at=FIRST_RUNG,
            state=state,
            next_channel="mail-ward",
            next_attempt_at=FIRST_RUNG if left else None,
            tries_on_channel=1,
        )
        with database.writing() as session:
            outbox.record(session, told, zombie)
        with database.reading() as session:
            owner, kept = session.execute(text("SELECT lease_owner, state FROM alert")).one()
        assert (owner, kept) == (left, state.value)


def test_a_sender_reads_the_time_where_it_claims_so_that_newer_facts_are_looked_at_first(
    database: Database, served: ReferenceData, post: Post
) -> None:
    admit(database, "e1")
    advance_all(database, served, START)
    advance_all(database, served, FIRST_RUNG)
    later = FIRST_RUNG + timedelta(seconds=2)
    gone = {"id": "e1-c", "type": "cancelled", "episode": "e1", "at": later.isoformat()}
    take(database, gone, now=later)  # after the sender looked at the clock, before it claims
    assert deliver(database, served, now=FIRST_RUNG, sender=Sender("a", clock=lambda _: later)).alerts == 0
    advance_all(database, served, later)
    deliver(database, served, now=later, sender=Sender("a", clock=lambda _: later))
    assert counted(database, "SELECT count(*) FROM alert WHERE state = 'delivered' AND rung = 'owner'") == 0


def test_an_engine_of_one_county_takes_its_own_and_what_has_no_county_yet(
    database: Database, served: ReferenceData, post: Post
) -> None:
    admit(database, "north", region="23")
    admit(database, "south", region="12")
    north = Sender("north", frozenset({"23"}))
    first = claim_due(database, now=START, owner="north", limit=9, regions=north.regions)
    assert {claim.episode for claim in first} == {"north", "south"}  # new: nobody knows their county before a look
    with database.writing() as session:
        leases.release_all_of(session, "north")
        session.execute(text("UPDATE discharge SET lease_until = NULL, lease_owner = NULL"))
    advance_all(database, served, START)
    mine = claim_due(database, now=FIRST_RUNG, owner="north", limit=9, regions=north.regions)
    assert [claim.episode for claim in mine] == ["north"]
    with database.writing() as session:
        session.execute(text("UPDATE discharge SET lease_until = NULL, lease_owner = NULL"))
    advance_all(database, served, FIRST_RUNG)
    assert deliver(database, served, now=FIRST_RUNG, sender=north).alerts == 1
    assert deliver(database, served, now=FIRST_RUNG, sender=Sender("all")).alerts <= 1


@contextmanager
def before_statement(database: Database, number: int, act: Callable[[], None]) -> Iterator[None]:
    """Do something in the middle of a claim of this database: before its statement of that number, from 0."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        if seen == number:
            act()
        seen += 1

    event.listen(database.writer, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database.writer, "before_cursor_execute", count)
    assert seen > 1


@contextmanager
def of_another_county(url: str) -> Iterator[Callable[[], list[str]]]:
    """Yield a claim of the other county in a transaction of its own, which is committed when asked for again."""
    opened = open_database(url)
    with opened.writing() as session:

        def claim() -> list[str]:
            rows = outbox.claim_pending(
                session, now=FIRST_RUNG, real_now=MISSED, limit=9, owner="south", regions=frozenset({"12"})
            )
            return [row.recipient for row in rows]

        yield claim
    opened.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("claims_first", [True, False])
def test_two_counties_never_write_to_one_person_at_once_wherever_their_claims_meet(
    request: pytest.FixtureRequest, served: ReferenceData, tmp_path: Path, number: int, claims_first: bool
) -> None:
    url = empty_database(request, "postgresql", tmp_path)
    database = open_database(url)
    upgrade(database)
    admit(database, "north", region="23")
    admit(database, "south", region="12")
    advance_all(database, served, START)
    advance_all(database, served, FIRST_RUNG)
    south: list[str] = []
    with ExitStack() as other:
        claim = other.enter_context(of_another_county(url))
        if claims_first:
            south = claim()

        def meet() -> None:
            if not claims_first:
                south.extend(claim())
            other.close()

        with before_statement(database, number, meet), database.writing() as session:
            rows = outbox.claim_pending(
                session, now=FIRST_RUNG, real_now=MISSED, limit=9, owner="north", regions=frozenset({"23"})
            )
    assert [*south, *(row.recipient for row in rows)] == ["ward-1"]
    database.close()
