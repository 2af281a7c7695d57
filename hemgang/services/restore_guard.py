"""The guard against a restored database, and the journal of deliveries that it asks as a second witness.

A restored database is known by what this machine has seen of it, and by its identity. Whoever detects it holds the
delivery in the database, so that every engine of the installation holds it.

What this machine has seen is in one small file, and a file can be lost, damaged or refused. Holding the delivery for
every damaged file would leave all units without alerts for a fault of one disk; going on as if nothing had been seen
may send old alerts again after a restore. So the journal is asked: if it has a delivery more than a few minutes after
the database's last sweep, the database is older than this machine has seen it, and the delivery is held; if not,
alerts go out. A damaged file is reported (log, operator, doctor) and set aside under another name until a person
removes it; the count begins anew. Where there is no file, as on a new machine, the journal is asked as well. A state
that cannot be written, as on a full disk, is reported and holds nothing up.

The journal has one file a day of lines `reference TAB instant` and no other content (specification 3.4). It is written
after the outcome is stored: what a crash leaves out is sent once more, with its reference.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import get_ident

from sqlmodel import Session

from hemgang.logs import Event, event
from hemgang.store import installation
from hemgang.store.database import Database
from hemgang.store.installation import HoldReason, reference_secret
from hemgang.store.monitoring import Heartbeat, heartbeats

log = logging.getLogger(__name__)

LOOP = "watch"
UNREADABLE = ".unreadable"
"""The ending of a file that was set aside because it could not be read."""
TOLERANCE = timedelta(minutes=5)
"""What a standby that takes over may have lost, and how far a clock may be put back, before a person is asked."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far this machine has seen an installation come: recorded sweeps, and the last one's instant (UTC)."""

    count: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MachineState:
    """The folder for what must outlive the database: one file of how far it had come, the journal of the delivered."""

    folder: Path

    @property
    def journal(self) -> Path:
        """The folder of the journal."""
        return self.folder / "journal"

    def seen(self, installation: str) -> Watermark:
        """Return how far this machine has seen an installation come; where there is no file, it never saw it.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is damaged.
        """
        try:
            told = json.loads(self._file(installation).read_text(encoding="ascii"))
            found = Watermark(int(told["count"]), datetime.fromisoformat(told["at"]))
        except FileNotFoundError:
            return Watermark()
        except (KeyError, TypeError) as error:
            raise ValueError("not what hemgang writes") from error
        if found.at is None or found.at.tzinfo is None:
            raise ValueError("an instant without its offset")
        return found

    def set_aside(self, installation: str) -> None:
        """Keep a file that cannot be read under another name, where the doctor finds it; the next one begins anew."""
        path = self._file(installation)
        with suppress(OSError):  # it stays as it is then, and is told of at every look
            path.replace(path.with_name(path.name + UNREADABLE))

    def keep(self, installation: str, seen: Watermark) -> None:
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


def detect_restore(
    database: Database, state: MachineState, *, now: datetime, tell: Callable[[], object] = lambda: None
) -> str:
    """Hold the sending if this database is older than it was; return why ("" = it is not).

    What this machine's journal says was delivered is then remembered, so that it is not sent again on release. A state
    that cannot be read or written is logged, and `tell` is called.
    """
    failed: list[Exception] = []
    with database.writing() as session:
        name, mark = installation_name(session), installation.database_identity(session)
        heartbeat = heartbeats(session).get(LOOP)
        seen = _seen(state, name, failed)
        delivered = _newest(state, failed) if seen.at is None else None
        moved = installation.stored_identity(session) not in (None, mark)
        why = _why_restored(seen, heartbeat, moved=moved, standby=not database.is_sqlite, now=now)
        why = why or _why_older_than(delivered, heartbeat)
        if why:
            installation.hold_delivery(session, why=HoldReason.LOOKS_RESTORED, by="", now=now)
            _remember_sent(session, state, failed)
        if installation.stored_identity(session) != mark:
            installation.store_identity(session, mark)
    try:
        state.keep(name, Watermark(0, now) if heartbeat is None else Watermark(heartbeat.count, heartbeat.at))
    except OSError as error:
        failed.append(error)
    for one in failed:
        event(log, Event.STATE_FAILED, error=one)
    if failed:
        tell()
    return why


def _seen(state: MachineState, name: str, failed: list[Exception]) -> Watermark:
    try:
        return state.seen(name)
    except (OSError, ValueError) as error:
        failed.append(error)
        state.set_aside(name)
        return Watermark()


def _newest(state: MachineState, failed: list[Exception]) -> datetime | None:
    try:
        return newest_delivery(state.journal)
    except OSError as error:
        failed.append(error)
        return None


def _remember_sent(session: Session, state: MachineState, failed: list[Exception]) -> None:
    """Take the journal in; one that cannot be read is taken in, or said to be missing, at the release."""
    try:
        known = list(journal_entries(state.journal))
    except OSError as error:
        failed.append(error)
        return
    installation.record_sent_before(session, known)


def clock_is_behind(session: Session, *, now: datetime) -> bool:
    """Whether the clock stands more than a few minutes before the last sweep: nothing may be decided then."""
    heartbeat = heartbeats(session).get(LOOP)
    return heartbeat is not None and now < heartbeat.at - TOLERANCE


def _why_restored(seen: Watermark, heartbeat: Heartbeat | None, *, moved: bool, standby: bool, now: datetime) -> str:
    come_to = heartbeat.count if heartbeat is not None else 0
    if seen.at is not None and seen.count > come_to:
        lost_little = standby and heartbeat is not None and seen.at - heartbeat.at <= TOLERANCE
        return "" if lost_little else "the database is older than this machine has seen it"
    stood_still = heartbeat is not None and now - heartbeat.at > TOLERANCE
    if moved and stood_still and seen.count != come_to:
        return "the database was copied or loaded from a backup"
    return ""


def _why_older_than(delivered: datetime | None, heartbeat: Heartbeat | None) -> str:
    """Return why a database is older than the newest delivery that this machine's journal knows of, "" if it is not."""
    if delivered is None or heartbeat is None or delivered - heartbeat.at <= TOLERANCE:
        return ""
    return "the database is older than the last delivery from this machine"


KEPT_FOR = timedelta(days=35)
SUFFIX = ".sent"


def journal_delivered(folder: Path, references: Iterable[str], *, now: datetime) -> None:
    """Append delivered alerts to the day's file, on the disk when this returns.

    Raises:
        OSError: the folder cannot be written to.
    """
    lines = "".join(f"{reference}\t{now.isoformat()}\n" for reference in references)
    if not lines:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / f"{now:%Y-%m-%d}{SUFFIX}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, lines.encode("ascii"))
        os.fsync(file)
    finally:
        os.close(file)


def journal_entries(folder: Path) -> Iterator[tuple[str, datetime]]:
    """Yield every delivered alert of a journal with its instant; a line cut off by a crash is left out."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            reference, _, instant = line.partition("\t")
            try:
                yield reference, datetime.fromisoformat(instant)
            except ValueError:
                continue


def newest_delivery(folder: Path) -> datetime | None:
    """Return the instant of the newest delivery that a journal knows of, None where it knows of none.

    Raises:
        OSError: the journal cannot be read.
    """
    return max((instant for _, instant in journal_entries(folder) if instant.tzinfo is not None), default=None)


def clear_journal(folder: Path, *, now: datetime) -> int:
    """Delete the files of days more than `KEPT` ago, which is how old a backup may be; return how many."""
    before = f"{now - KEPT_FOR:%Y-%m-%d}{SUFFIX}"
    old = [path for path in folder.glob(f"*{SUFFIX}") if path.name < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
