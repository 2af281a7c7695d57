"""Leases of one worker: which claims it works on, and what of the dead or of broken-off work is given back early.

Without this a claim that nobody works on would wait for its lease to run out. It costs one short query a look.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from hemgang.services.advance import claim_due
from hemgang.store import discharges, leases, outbox
from hemgang.store.database import Database
from hemgang.store.discharges import Claim
from hemgang.store.tables import AlertRow, DischargeRow

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")
ENDED_STATES = frozenset("ZX")
"""States of a process in /proc that has ended (proc(5))."""


class Leases:
    """The claims of one worker on discharges, and its turn at the outbox; for every thread of its process."""

    def __init__(self, database: Database, worker: str, machine: str) -> None:
        """Start with none."""
        self._database, self._worker, self._machine = database, worker, machine
        self._claiming = Lock()
        """Held while claims are given back and taken: no other thread takes what was just claimed for orphaned."""
        self._changing = Lock()
        self._in_hand: set[str] = set()
        self._begun: set[str] = set()
        self._starting_to_send = Lock()
        self._senders = 0

    def claim(self, *, now: datetime, limit: int, regions: frozenset[str]) -> list[Claim]:
        """Claim up to `limit` discharges due at `now`; what nobody works on any more is given back first."""
        with self._claiming:
            self._release_orphaned(now)
            claims = claim_due(self._database, now=now, owner=self._worker, limit=limit, regions=regions)
            with self._changing:
                self._in_hand.update(one.reference for one in claims)
        return claims

    def begin(self, claims: Iterable[Claim]) -> None:
        """Note that the step of claims has begun: from here on only the database can hold it up, and not Prefect."""
        with self._changing:
            self._begun.update(one.reference for one in claims)

    def has_begun(self, claims: Iterable[Claim]) -> bool:
        """Whether the step of any of these is under way."""
        with self._changing:
            return not self._begun.isdisjoint(one.reference for one in claims)

    def release(self, claims: Iterable[Claim]) -> None:
        """Forget claims: they were stepped, or their step failed, and then the next look gives them back."""
        gone = [one.reference for one in claims]
        with self._changing:
            self._in_hand.difference_update(gone)
            self._begun.difference_update(gone)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Count as one who sends; the first to begin gives back what an earlier sweep of this worker broke off on."""
        with self._starting_to_send:
            if self._senders == 0:
                self._release_unsent_alerts()
            self._senders += 1
        try:
            yield
        finally:
            with self._starting_to_send:
                self._senders -= 1

    def release_of_the_dead(self) -> None:
        """Give back everything that dead processes of this machine held, due or not; for the start of an engine."""
        with self._database.reading() as session:
            owners = {*discharges.owners(session), *outbox.owners(session)}
        self._release_of(owners)

    def is_dead(self, owner: str) -> bool:
        """Whether a worker was of this machine, among the processes that are seen from here, and is gone."""
        before, _, pid = owner.rpartition("-")[0].rpartition("-")
        return before == self._machine and pid.isdigit() and not _is_alive(int(pid))

    def _release_orphaned(self, now: datetime) -> None:
        """Give back what is due at `now`, held by a dead process of this machine or by this one without work on it.

        A worker taken for dead that is not loses nothing but its work: the version refuses what it saves.
        """
        with self._database.reading() as session:
            owners = {*discharges.owners(session, due_at=now), *outbox.owners(session)}
            mine = discharges.held_by(session, self._worker, due_at=now) if self._worker in owners else {}
        with self._changing:
            orphaned = sorted(episode for reference, episode in mine.items() if reference not in self._in_hand)
        self._release_of(owners)
        if orphaned:
            with self._database.writing() as session:
                leases.release(session, DischargeRow, orphaned, owner=self._worker)

    def _release_of(self, owners: Iterable[str]) -> None:
        """Give back what those of `owners` hold that are dead."""
        dead = sorted(owner for owner in owners if self.is_dead(owner))
        if not dead:
            return
        with self._database.writing() as session:
            for owner in dead:
                leases.release_all_of(session, owner)

    def _release_unsent_alerts(self) -> None:
        """Give back alerts whose outcome this worker did not get to record; only while none of its threads sends."""
        with self._database.reading() as session:
            holds_any = self._worker in outbox.owners(session)
        if holds_any:
            with self._database.writing() as session:
                leases.release_all_of(session, self._worker, of=(AlertRow,))


def host() -> str:
    """Return this machine's name, cut to 30 characters."""
    return socket.gethostname()[:30]


def machine_name() -> str:
    """Return this machine's name with a mark of its start and of the process numbers that count here.

    Two containers may have one name, and each its own process 7: neither may take the other's for its own.
    """
    marks = [BOOT_ID.read_text(encoding="ascii")] if BOOT_ID.exists() else []
    marks += [str(PID_NAMESPACE.stat().st_ino)] if PID_NAMESPACE.exists() else []
    return f"{host()}-{sha256('/'.join(marks).encode()).hexdigest()[:8]}"


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that its parent has not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] not in ENDED_STATES
    return True
