"""What is held and by nobody worked on is given back: what the dead of this machine held, and what our own failed on.

Without this it would wait for its lease to run out. It costs one short question a look.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from hemgang.store import discharges, leases, outbox
from hemgang.store.discharges import Claim
from hemgang.store.tables import AlertRow, DischargeRow
from hemgang.worker.context import installation, machine, worker

looking_alone = Lock()
"""Held while claims are given back and taken, so that no other thread takes what was just claimed for left behind."""

ENDED = frozenset("ZX")
"""States of a process in /proc that has ended (proc(5))."""

_in_hand: set[str] = set()
_begun: set[str] = set()
_counting = Lock()
_senders = 0
_beginning_to_send = Lock()


def take_in_hand(claims: Iterable[Claim]) -> None:
    """Remember, by reference, which claims somebody in this process works on."""
    with _counting:
        _in_hand.update(one.reference for one in claims)


def begin_on(claims: Iterable[Claim]) -> None:
    """Remember that the step of claims has begun: from here on only the database can hold it up, and not Prefect."""
    with _counting:
        _begun.update(one.reference for one in claims)


def has_begun(claims: Iterable[Claim]) -> bool:
    """Whether the step of any of these is under way."""
    with _counting:
        return not _begun.isdisjoint(one.reference for one in claims)


def let_go(references: Iterable[str]) -> None:
    """Forget claims: they were stepped and given back, or the step failed, as when the database fell."""
    gone = [*references]
    with _counting:
        _in_hand.difference_update(gone)
        _begun.difference_update(gone)


@contextmanager
def sending_here() -> Iterator[None]:
    """Count as one who sends; the first to begin gives back what an earlier sweep of this process broke off on."""
    global _senders
    with _beginning_to_send:
        if _senders == 0:
            give_back_left_alerts()
        _senders += 1
    try:
        yield
    finally:
        with _beginning_to_send:
            _senders -= 1


def give_back_left_claims(now: datetime) -> None:
    """Give back what is due at `now`, held by a dead process of this machine or by this one without work on it.

    A worker taken for dead that is not loses nothing but its work: the version refuses what it saves.
    """
    database = installation().database
    with database.reading() as session:
        owners = {*discharges.owners(session, due_at=now), *outbox.owners(session)}
        mine = discharges.held_by(session, worker(), due_at=now) if worker() in owners else {}
    with _counting:
        left = sorted(episode for reference, episode in mine.items() if reference not in _in_hand)
    _give_back_of_the_dead(owners)
    if left:
        with database.writing() as session:
            leases.release(session, DischargeRow, left, owner=worker())


def give_back_all_of_the_dead() -> None:
    """Give back everything that dead processes of this machine held, due or not; for the start of an engine."""
    database = installation().database
    with database.reading() as session:
        owners = {*discharges.owners(session), *outbox.owners(session)}
    _give_back_of_the_dead(owners)


def _give_back_of_the_dead(owners: Iterable[str]) -> None:
    dead = sorted(owner for owner in owners if is_dead(owner))
    if not dead:
        return
    with installation().database.writing() as session:
        for owner in dead:
            leases.release_all_of(session, owner)


def give_back_left_alerts() -> None:
    """Give back what this process claimed and did not get to write down what became of; only when nobody here sends."""
    database = installation().database
    with database.reading() as session:
        left = worker() in outbox.owners(session)
    if left:
        with database.writing() as session:
            leases.release_all_of(session, worker(), of=(AlertRow,))


def is_dead(owner: str) -> bool:
    """Whether a worker was of this machine, among the processes that are seen from here, and is gone."""
    before, _, pid = owner.rpartition("-")[0].rpartition("-")
    return before == machine() and pid.isdigit() and not _alive(int(pid))


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet asked after by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return said.rpartition(")")[2].split()[0] not in ENDED
    return True
