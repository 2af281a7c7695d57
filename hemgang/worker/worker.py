"""The worker: what one process needs to work for an installation, and all that it remembers between two sweeps.

There is one in a process, opened from the environment. Its name holds claims; every thread of the process may use it.
"""

import logging
import os
import secrets
import time
from datetime import datetime
from functools import partial
from threading import Lock

from sqlmodel import Session

from hemgang import clock
from hemgang.logs import Event, event
from hemgang.notifications.rendering import Trouble
from hemgang.services.deliver import CatchUp, Sender
from hemgang.services.installation import Installation, open_installation
from hemgang.services.operator_alarm import alarm_operator
from hemgang.services.restore_guard import LOOP, MachineState, clear_journal, clock_is_behind, detect_restore
from hemgang.settings import Settings
from hemgang.store import installation as store_installation
from hemgang.store import monitoring
from hemgang.store.installation import HoldReason, database_now
from hemgang.worker.heartbeat import HeartbeatSender
from hemgang.worker.leases import Leases, host, machine_name
from hemgang.worker.loops import Background, Lifetime, Liveness, Wakeups

RECORD_EVERY_S = 15.0

log = logging.getLogger(__name__)


class Worker:
    """One process's worker for an installation."""

    def __init__(self, installation: Installation) -> None:
        """Name the worker, once and for all; nothing is read or written yet."""
        settings = installation.settings
        self.installation = installation
        self.machine = machine_name()
        self.name = f"{self.machine}-{os.getpid()}-{secrets.token_hex(4)}"
        self.state = MachineState(settings.state)
        self.sender = Sender(self.name, settings.regions, self.state.journal, decision_time)
        self.background = Background()
        self.wakeups = Wakeups()
        self.liveness = Liveness()
        self.leases = Leases(installation.database, self.name, self.machine)
        self.heartbeat = HeartbeatSender(settings, self.background)
        self.catch_up = CatchUp()
        self.taking_files = Lock()
        """Held while files of the inbox are taken: the flow and the fallback beside it never do so at once."""
        self._changing = Lock()
        self._unread_files: frozenset[str] = frozenset()
        self._sweeps_seen: int | None = None
        self._recorded: dict[str, float] = {}

    def close(self) -> None:
        """Wait a few seconds for what is under way in the background, and close the database."""
        self.background.wait()
        self.installation.database.close()

    def lifetime(self, seconds: float) -> Lifetime:
        """Return a span of real seconds from now that ends early when the worker is stopped."""
        return Lifetime(self.wakeups, seconds)

    def wake(self) -> None:
        """Let every waiting loop look at once; it only saves waiting, no truth hangs on it. From any thread."""
        self.wakeups.wake()

    def stop(self) -> None:
        """Let every loop end after what it is doing. From any thread."""
        self.wakeups.stop()

    def now(self) -> datetime:
        """Return the instant to decide at: the database's own, so that all machines agree, or the virtual clock's."""
        if clock.is_virtual():
            return clock.now()
        with self.installation.database.reading() as session:
            return database_now(session)

    def guarded_now(self) -> datetime | None:
        """Return the instant to decide at, None while the clock stands before the last sweep: nothing may be decided.

        At the first call, and when the database is suddenly older than it was, a restore is looked for. Rules' files
        that changed are loaded.
        """
        with self.installation.database.reading() as session:
            now = decision_time(session)
            back = clock_is_behind(session, now=now)
            pulse = monitoring.heartbeats(session).get(LOOP)
        if self._is_older(pulse.count if pulse is not None else 0):
            self.guard_against_restore(now)
        if back:
            self.alarm(Trouble.CLOCK_WENT_BACK, now)
            return None
        self._load_changed_rules(now)
        return now

    def _is_older(self, sweeps: int) -> bool:
        """Whether the database counts fewer sweeps than at the last look, or this is the first."""
        with self._changing:
            before, self._sweeps_seen = self._sweeps_seen, sweeps
        return before is None or sweeps < before

    def guard_against_restore(self, now: datetime) -> None:
        """Hold the sending if the database was restored, until a person releases it, and alarm the operator."""
        database = self.installation.database
        failed = partial(self.alarm, Trouble.STATE_FAILED, now)
        if detect_restore(database, self.state, now=now, tell=failed):
            event(log, Event.SENDING_HELD, reason=HoldReason.LOOKS_RESTORED.value)
        with database.reading() as session:
            hold = store_installation.delivery_hold(session)
        if hold.held and hold.why in (HoldReason.LOOKS_RESTORED, HoldReason.RESTORED):
            self.alarm(Trouble.SENDING_HELD, now)

    def _load_changed_rules(self, now: datetime) -> None:
        """Load the rules' files that changed; one that cannot be used is reported once, and the last good one stays."""
        change = self.installation.current.look_again()
        for file in change.loaded:
            event(log, Event.RULES_LOADED, reason=file.value)
        for file in change.failed:
            event(log, Event.RULES_KEPT, reason=file.value)
        if change.failed:
            self.alarm(Trouble.RULES_KEPT, now)

    def record_sweep(self, loop: str, now: datetime) -> bool:
        """Record that a loop has swept to its end, at most every quarter of a minute; return whether it was recorded.

        The watch and the delivery are recorded for each county of this worker as well.
        """
        with self._changing:
            last = self._recorded.get(loop)
            if last is not None and time.monotonic() - last < RECORD_EVERY_S:
                return False
            self._recorded[loop] = time.monotonic()
        by_county = monitoring.heartbeat_names(loop, self.sender.regions) if loop in monitoring.BY_COUNTY else ()
        with self.installation.database.writing() as session:
            for name in (loop, *by_county):
                monitoring.record_heartbeat(session, name, now=now, host=host())
        self.guard_against_restore(now)
        return True

    def alarm(self, trouble: Trouble, now: datetime) -> None:
        """Tell the operator of a trouble, in the background: a channel that is dead holds nothing up."""
        here = self.installation
        self.background.start(
            f"alarm {trouble.value}", partial(alarm_operator, here.database, here.rules, trouble, now=now)
        )

    def newly_unread(self, names: frozenset[str]) -> list[str]:
        """Return which of the files that the inbox holds and nobody reads were not there at the last look."""
        with self._changing:
            before, self._unread_files = self._unread_files, names
        return sorted(names - before)

    def clear_journal(self) -> int:
        """Delete the days of the journal that no backup needs any more; return how many."""
        return clear_journal(self.state.journal, now=clock.machine_now())


def open_worker(settings: Settings) -> Worker:
    """Open the installation that settings describe, and return a worker for it.

    Raises:
        AgreementError, ConfigurationError: as `open_installation`.
    """
    return Worker(open_installation(settings))


def decision_time(session: Session) -> datetime:
    """Return the instant to decide at, read in a session: the database's own, or the virtual clock's."""
    return clock.now() if clock.is_virtual() else database_now(session)
