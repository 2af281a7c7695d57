"""The installation this process works for, opened once; its name as a worker."""

import os
import secrets
import socket
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from hemgang import clock
from hemgang.engine.deliver import Sender
from hemgang.engine.installation import Installation, open_installation, regions, state_folder
from hemgang.engine.seen import State
from hemgang.store import discharges, outbox
from hemgang.store.origin import database_now

BOOT = "/proc/sys/kernel/random/boot_id"
PROCESSES = "/proc/self/ns/pid"


@cache
def installation() -> Installation:
    """Return the installation that the environment describes, opened at the first call."""
    return open_installation()


def release_claims_of_the_dead(*, due_at: datetime | None = None) -> None:
    """Give back what workers of this machine held whose process is no more, so that nothing waits for their leases.

    With `due_at` only who holds something that is due then is asked after, which costs little. A worker taken for dead
    that is not loses nothing but its work: the version refuses what it saves.
    """
    database = installation().database
    with database.reading() as session:
        owners = {*discharges.owners(session, due_at=due_at), *outbox.owners(session)}
    dead = sorted(owner for owner in owners if _is_dead(owner))
    if not dead:
        return
    with database.writing() as session:
        for owner in dead:
            discharges.release_all_of(session, owner)
            outbox.release_all_of(session, owner)


def _is_dead(owner: str) -> bool:
    """Whether a worker was of this machine, among the processes that are seen from here, and is gone."""
    before, _, pid = owner.rpartition("-")[0].rpartition("-")
    return before == machine() and pid.isdigit() and not _alive(int(pid))


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
    return Sender(worker(), regions(), State(state_folder()).journal, time_of)


def time_of(session: Session) -> datetime:
    """Return the instant that decisions are made at, read in a session: the database's own, or the virtual clock's."""
    return clock.now() if clock.is_virtual() else database_now(session)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def worker() -> str:
    """Return this process's name as a holder of claims."""
    return f"{machine()}-{os.getpid()}-{secrets.token_hex(4)}"
