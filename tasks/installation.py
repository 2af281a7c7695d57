"""The installation this process works for, opened once; its name as a worker."""

import os
import secrets
import socket
from datetime import datetime
from functools import cache

from sqlmodel import Session

from hemgang import clock
from hemgang.engine.deliver import Sender
from hemgang.engine.installation import Installation, open_installation, regions, state_folder
from hemgang.engine.seen import State
from hemgang.store import discharges, outbox
from hemgang.store.origin import database_now


@cache
def installation() -> Installation:
    """Return the installation that the environment describes, opened at the first call."""
    return open_installation()


def release_claims_of_the_dead() -> None:
    """Give back what workers of this machine held whose process is no more, so that nothing waits for their leases.

    A worker taken for dead that is not loses nothing but its work: the version refuses what it saves.
    """
    mine = f"{host()}-"
    with installation().database.writing() as session:
        for owner in sorted({*discharges.owners(session), *outbox.owners(session)}):
            pid = owner.removeprefix(mine).partition("-")[0]
            if owner.startswith(mine) and pid.isdigit() and not _alive(int(pid)):
                discharges.release_all_of(session, owner)
                outbox.release_all_of(session, owner)


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
    return f"{host()}-{os.getpid()}-{secrets.token_hex(4)}"
