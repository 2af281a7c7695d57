"""What every sweep asks first: what time it is for the installation, and whether anything may be decided or sent.

The installation this process works for, opened once; its name as a worker.
"""

import logging
import os
import secrets
import socket
import time
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from hemgang import clock
from hemgang.logs import Event, event
from hemgang.notifications.rendering import Trouble
from hemgang.services.deliver import Sender
from hemgang.services.installation import Installation, open_installation
from hemgang.services.restore_guard import LOOP, MachineState, alarm_operator, clock_is_behind, detect_restore
from hemgang.services.restore_guard import clear_journal as restore_guard_clear_journal
from hemgang.settings import read_settings
from hemgang.store import installation as store_installation
from hemgang.store import monitoring
from hemgang.store.installation import HoldReason, database_now
from hemgang.worker.loops import beside

BEAT_SECONDS = 15.0

log = logging.getLogger(__name__)

_come_to: int | None = None
_beats: dict[str, float] = {}


def decision_now() -> datetime:
    """Return the instant that decisions are made at: the database's own, so that all machines agree, or the virtual."""
    if clock.is_virtual():
        return clock.now()
    with installation().database.reading() as session:
        return database_now(session)


def moment() -> datetime | None:
    """Return the instant to decide at, None while nothing may be decided: the clock stands before the last sweep.

    At the first look of a process, and when the database is suddenly older than it was, it is looked at for a restore.
    """
    global _come_to
    here = installation()
    with here.database.reading() as session:
        now = clock.now() if clock.is_virtual() else database_now(session)
        back = clock_is_behind(session, now=now)
        pulse = monitoring.heartbeats(session).get(LOOP)
    come_to = pulse.count if pulse is not None else 0
    if _come_to is None or come_to < _come_to:
        look_back(now)
    _come_to = come_to
    if back:
        tell_operator(Trouble.CLOCK_WENT_BACK, now)
        return None
    look_at_rules(now)
    return now


def look_back(now: datetime) -> None:
    """Look whether the database was restored; if so, hold the sending until a person says otherwise, and tell of it."""
    here = installation()
    why = detect_restore(
        here.database,
        MachineState(here.settings.state),
        now=now,
        tell=partial(tell_operator, Trouble.STATE_FAILED, now),
    )
    if why:
        event(log, Event.SENDING_HELD, reason=HoldReason.LOOKS_RESTORED.value)
    with here.database.reading() as session:
        held = store_installation.delivery_hold(session)
    if held.held and held.why in (HoldReason.LOOKS_RESTORED, HoldReason.RESTORED):
        tell_operator(Trouble.SENDING_HELD, now)


def look_at_rules(now: datetime) -> None:
    """Load the rules' files that changed; tell of each once when it cannot be used and the last good one stays."""
    change = installation().current.look_again()
    for file in change.loaded:
        event(log, Event.RULES_LOADED, reason=file.value)
    for file in change.failed:
        event(log, Event.RULES_KEPT, reason=file.value)
    if change.failed:
        tell_operator(Trouble.RULES_KEPT, now)


def beat(name: str, now: datetime) -> bool:
    """Record that a loop has swept to its end, at most every quarter of a minute; return whether it was recorded.

    The watch and the delivery are recorded for the counties that this process works for as well.
    """
    last = _beats.get(name)
    if last is not None and time.monotonic() - last < BEAT_SECONDS:
        return False
    _beats[name] = time.monotonic()
    names = (name, *monitoring.heartbeat_names(name, sender().regions)) if name in monitoring.BY_COUNTY else (name,)
    with installation().database.writing() as session:
        for one in names:
            monitoring.record_heartbeat(session, one, now=now, host=host())
    look_back(now)
    return True


def tell_operator(trouble: Trouble, now: datetime) -> None:
    """Tell the operator of a trouble, beside the loops: a channel that is dead holds nothing up."""
    here = installation()
    beside(f"alarm {trouble.value}", partial(alarm_operator, here.database, here.rules, trouble, now=now))


def clear_journal() -> int:
    """Delete the days of the journal that no backup needs any more; return how many."""
    return restore_guard_clear_journal(MachineState(installation().settings.state).journal, now=clock.machine_now())


def begin_anew() -> None:
    """Forget what this process has seen, as a new process does; for an installation that is opened anew."""
    global _come_to
    _come_to = None
    _beats.clear()


BOOT = "/proc/sys/kernel/random/boot_id"
PROCESSES = "/proc/self/ns/pid"


@cache
def installation() -> Installation:
    """Return the installation that the environment describes, opened at the first call."""
    return open_installation(read_settings())


@cache
def machine() -> str:
    """Return this machine's name with a mark of its start and of the process numbers that count here.

    Two containers may have one name, and each its own process 7: neither may take the other's for its own.
    """
    marks = [Path(BOOT).read_text(encoding="ascii")] if Path(BOOT).exists() else []
    marks += [str(Path(PROCESSES).stat().st_ino)] if Path(PROCESSES).exists() else []
    return f"{host()}-{sha256('/'.join(marks).encode()).hexdigest()[:8]}"


def host() -> str:
    """Return this machine's name, cut to 30 characters."""
    return socket.gethostname()[:30]


@cache
def sender() -> Sender:
    """Return who this process is as a sender: its name, its counties, and where it keeps the journal."""
    settings = installation().settings
    return Sender(worker(), settings.regions, MachineState(settings.state).journal, time_of)


def time_of(session: Session) -> datetime:
    """Return the instant that decisions are made at, read in a session: the database's own, or the virtual clock's."""
    return clock.now() if clock.is_virtual() else database_now(session)


@cache
def worker() -> str:
    """Return this process's name as a holder of claims."""
    return f"{machine()}-{os.getpid()}-{secrets.token_hex(4)}"
