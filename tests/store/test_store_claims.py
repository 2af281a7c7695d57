"""Claims: no discharge is ever held twice, a lease runs out, and whoever holds old facts saves nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from hemgang.store import discharges, installation
from hemgang.store.database import Database
from hemgang.store.discharges import SET_ASIDE_FOR
from hemgang.store.leases import LEASE
from hemgang.store.tables import DischargeRow
from tests.store.rows import LATER, NOON, claim, message, standing, store, wake

TICK = timedelta(microseconds=1)


def save(database: Database, claimed: discharges.Claim) -> bool:
    with database.writing() as session:
        return discharges.save(session, claimed, standing(), now=NOON)


def wakes_at(database: Database, episode: str) -> object:
    with database.reading() as session:
        row = session.get(DischargeRow, episode)
        return None if row is None else row.next_wake


def test_only_what_is_due_is_claimed_the_longest_waiting_first(database: Database) -> None:
    wake(database, ["late"], at=NOON)
    wake(database, ["early"], at=NOON - timedelta(hours=1))
    wake(database, ["not yet"], at=NOON + TICK)
    assert [one.episode for one in claim(database, "a")] == ["early", "late"]
    assert claim(database, "b") == []


def test_four_claimers_share_without_overlap(database: Database) -> None:
    wake(database, [f"e{number:03}" for number in range(120)])
    ready = Barrier(4)

    def work(owner: str) -> list[str]:
        mine: list[str] = []
        ready.wait()
        while taken := claim(database, owner, limit=7):
            mine += [one.episode for one in taken]
        return mine

    with ThreadPoolExecutor(4) as workers:
        shares = list(workers.map(work, "abcd"))
    times = Counter(episode for share in shares for episode in share)
    assert len(times) == 120
    assert set(times.values()) == {1}


def test_what_another_holds_by_now_is_neither_given_back_nor_set_aside(database: Database) -> None:
    wake(database, ["e1"])
    [late] = claim(database, "a")
    [mine] = claim(database, "b", real_now=NOON + LEASE + TICK)
    with database.writing() as session:
        discharges.release(session, [late])
        assert discharges.set_aside(session, late, now=NOON) == 0
    assert claim(database, "c", real_now=NOON + LEASE + 2 * TICK) == []
    assert wakes_at(database, "e1") == NOON
    with database.writing() as session:
        assert discharges.set_aside(session, mine, now=NOON) == 1
    assert wakes_at(database, "e1") == NOON + discharges.SET_ASIDE_FOR


def test_a_lease_holds_to_its_end_and_no_longer(database: Database) -> None:
    wake(database, ["e1"])
    assert claim(database, "a")
    assert claim(database, "b", real_now=NOON + LEASE) == []
    assert [one.episode for one in claim(database, "b", real_now=NOON + LEASE + TICK)] == ["e1"]


def test_a_zombie_saves_nothing(database: Database) -> None:
    wake(database, ["e1"])
    (zombie,) = claim(database, "a")
    (second,) = claim(database, "b", real_now=NOON + LEASE + TICK)
    assert save(database, second)
    assert not save(database, zombie)


def test_of_two_who_think_they_hold_it_one_saves(database: Database) -> None:
    wake(database, ["e1"])
    (first,) = claim(database, "a")
    (second,) = claim(database, "b", real_now=NOON + LEASE + TICK)
    ready = Barrier(2)

    def run(held: discharges.Claim) -> bool:
        ready.wait()
        return save(database, held)

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(run, (first, second))) == [False, True]


def test_facts_that_come_after_the_claim_keep_it_due(database: Database) -> None:
    store(database, message("m1"))
    (held,) = claim(database, "a")
    store(database, message("m2", kind="ready_notice"))
    assert not save(database, held)
    assert wakes_at(database, "e1") == NOON
    with database.writing() as session:
        discharges.release(session, [held])
    (again,) = claim(database, "b")
    assert again.version > held.version
    assert save(database, again)
    assert wakes_at(database, "e1") is None


def test_new_facts_never_put_a_timer_off(database: Database) -> None:
    wake(database, ["e1"], at=NOON)
    wake(database, ["e1"], at=LATER)
    assert wakes_at(database, "e1") == NOON


def test_a_failed_step_is_set_aside_for_an_hour(database: Database) -> None:
    wake(database, ["e1"])
    (held,) = claim(database, "a")
    with database.writing() as session:
        assert discharges.set_aside(session, held, now=NOON) == 1
    assert wakes_at(database, "e1") == NOON + SET_ASIDE_FOR
    (again,) = claim(database, "a", now=NOON + SET_ASIDE_FOR)
    with database.writing() as session:
        assert discharges.set_aside(session, again, now=NOON + SET_ASIDE_FOR) == 2


def test_new_facts_outdo_being_set_aside(database: Database) -> None:
    wake(database, ["e1"])
    (held,) = claim(database, "a")
    store(database, message("m1"))
    with database.writing() as session:
        discharges.set_aside(session, held, now=NOON)
    assert wakes_at(database, "e1") == NOON


def test_one_discharge_by_its_reference(database: Database) -> None:
    wake(database, ["e1"], at=LATER)
    with database.reading() as session:
        row = session.get(DischargeRow, "e1")
        assert row is not None
        reference = row.reference
    with database.writing() as session:
        assert discharges.claim_one(session, reference, real_now=NOON, owner="a") is not None
    with database.writing() as session:
        assert discharges.claim_one(session, reference, real_now=NOON, owner="b") is None
        assert discharges.claim_one(session, "nothing", real_now=NOON, owner="b") is None


def test_what_was_stepped_at_a_later_instant_is_not_stepped_at_an_earlier_one(database: Database) -> None:
    wake(database, ["e1"], at=NOON - timedelta(hours=1))
    (slow,) = claim(database, "a")
    (quick,) = claim(database, "b", real_now=NOON + LEASE + TICK)
    assert save(database, quick)
    wake(database, ["e1"], at=NOON - timedelta(hours=1))
    assert claim(database, "c", now=NOON - TICK) == []
    (held,) = claim(database, "c")
    with database.writing() as session:
        assert not discharges.save(session, held, standing(), now=NOON - TICK)
    with database.writing() as session:
        assert discharges.save(session, held, standing(), now=NOON)
    assert not save(database, slow)


def test_the_next_timer_is_the_first_that_is_not_due_yet(database: Database) -> None:
    wake(database, ["due"], at=NOON)
    wake(database, ["soon"], at=NOON + TICK)
    wake(database, ["later"], at=LATER)
    with database.reading() as session:
        assert discharges.next_timer(session) == NOON
        assert discharges.next_timer(session, after=NOON) == NOON + TICK
        assert discharges.next_timer(session, after=LATER) is None


def test_who_holds_what_is_due(database: Database) -> None:
    wake(database, ["due"], at=NOON)
    claim(database, "a")
    wake(database, ["later"], at=LATER)
    claim(database, "b", now=LATER)
    with database.reading() as session:
        assert sorted(discharges.owners(session)) == ["a", "b"]
        assert discharges.owners(session, due_at=NOON) == ["a"]
        assert discharges.owners(session, due_at=NOON - TICK) == []


def test_a_release_lets_go_what_was_stepped_while_the_clock_stood_in_the_future(database: Database) -> None:
    wake(database, ["e1"], at=LATER)
    (held,) = claim(database, "a", now=LATER)
    with database.writing() as session:
        assert discharges.save(session, held, standing(), now=LATER)
    wake(database, ["e1"], at=NOON)
    assert claim(database, "a") == []
    with database.writing() as session:
        installation.release_delivery(session, by="Bo", now=NOON)
    assert [one.episode for one in claim(database, "a")] == ["e1"]
