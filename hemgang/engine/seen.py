"""Tells a restored database from one that only stood still: by what this machine has seen, and by its origin.

Whoever finds out holds the sending in the database, so that every engine of the installation holds it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import get_ident

from sqlmodel import Session

from hemgang.engine.journal import read_back
from hemgang.store import origin, sending
from hemgang.store.database import Database
from hemgang.store.pulses import Pulse, pulses
from hemgang.store.sending import Why
from hemgang.store.settings import reference_secret

LOOP = "watch"
TOLERATED = timedelta(minutes=5)
"""What a standby that takes over may have lost, and how far a clock may be put back, before a person is asked."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far this machine has seen an installation come: recorded sweeps, and the last one's instant (UTC)."""

    count: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The folder for what must outlive the database: one file of how far it had come, the journal of the delivered."""

    folder: Path

    @property
    def journal(self) -> Path:
        """The folder of the journal."""
        return self.folder / "journal"

    def seen(self, installation: str) -> Seen:
        """Return how far this machine has seen an installation come."""
        path = self._file(installation)
        try:
            told = json.loads(path.read_text(encoding="ascii"))
            return Seen(int(told["count"]), datetime.fromisoformat(told["at"]))
        except (FileNotFoundError, ValueError, KeyError):  # never seen, or cut off by a crash
            return Seen()

    def keep(self, installation: str, seen: Seen) -> None:
        """Keep how far an installation has come; a reader sees the old state or the new, never half of it."""
        if seen.at is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._file(installation)
        beside = path.with_suffix(f".{os.getpid()}-{get_ident()}")  # loops and engines that share the folder keep apart
        beside.write_text(json.dumps({"count": seen.count, "at": seen.at.isoformat()}), encoding="ascii")
        beside.replace(path)

    def _file(self, installation: str) -> Path:
        return self.folder / f"seen-{installation}.json"


def installation_name(session: Session) -> str:
    """Return a name of the installation that says nothing: the same after a restore. Needs a writing session."""
    return hashlib.sha256(b"hemgang/installation/" + reference_secret(session)).hexdigest()[:16]


def look_for_restore(database: Database, state: State, *, now: datetime) -> str:
    """Hold the sending if this database is older than it was; return why ("" = it is not).

    What this machine's journal says was delivered is then remembered, so that it is not sent again on release.
    """
    with database.writing() as session:
        name, mark = installation_name(session), origin.origin(session)
        pulse = pulses(session).get(LOOP)
        seen = state.seen(name)
        moved = origin.known_origin(session) not in (None, mark)
        why = _why_restored(seen, pulse, moved=moved, standby=not database.is_sqlite, now=now)
        if why:
            sending.hold(session, why=Why.LOOKS_RESTORED, by="", now=now)
            sending.remember_sent(session, read_back(state.journal))
        if origin.known_origin(session) != mark:
            origin.keep_origin(session, mark)
    state.keep(name, Seen(0, now) if pulse is None else Seen(pulse.count, pulse.at))
    return why


def clock_went_back(session: Session, *, now: datetime) -> bool:
    """Whether the clock stands more than a few minutes before the last sweep: nothing may be decided then."""
    pulse = pulses(session).get(LOOP)
    return pulse is not None and now < pulse.at - TOLERATED


def _why_restored(seen: Seen, pulse: Pulse | None, *, moved: bool, standby: bool, now: datetime) -> str:
    come_to = pulse.count if pulse is not None else 0
    if seen.at is not None and seen.count > come_to:
        lost_little = standby and pulse is not None and seen.at - pulse.at <= TOLERATED
        return "" if lost_little else "the database is older than this machine has seen it"
    stood_still = pulse is not None and now - pulse.at > TOLERATED
    if moved and stood_still and seen.count != come_to:
        return "the database was copied or loaded from a backup"
    return ""
