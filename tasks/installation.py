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
from hemgang.engine.installation import Installation, open_installation
from hemgang.engine.seen import State
from hemgang.settings import read_settings
from hemgang.store.origin import database_now

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
    return Sender(worker(), settings.regions, State(settings.state).journal, time_of)


def time_of(session: Session) -> datetime:
    """Return the instant that decisions are made at, read in a session: the database's own, or the virtual clock's."""
    return clock.now() if clock.is_virtual() else database_now(session)


@cache
def worker() -> str:
    """Return this process's name as a holder of claims."""
    return f"{machine()}-{os.getpid()}-{secrets.token_hex(4)}"
