"""The installation this process works for, opened once; its name as a worker."""

import os
import secrets
import socket
from functools import cache

from hemgang.engine.installation import Installation, open_installation
from hemgang.store import discharges


@cache
def installation() -> Installation:
    """Return the installation that the environment describes, opened at the first call."""
    return open_installation()


def release_claims_of_the_dead() -> None:
    """Give back what workers of this machine held whose process is no more, so that nothing waits for their leases.

    A worker taken for dead that is not loses nothing but its work: the version refuses what it saves.
    """
    mine = f"{_host()}-"
    with installation().database.writing() as session:
        for owner in discharges.owners(session):
            pid = owner.removeprefix(mine).partition("-")[0]
            if owner.startswith(mine) and pid.isdigit() and not _alive(int(pid)):
                discharges.release_all_of(session, owner)


def _host() -> str:
    return socket.gethostname()[:30]


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
    return f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
