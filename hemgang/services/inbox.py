"""The inbox folder: files of messages are taken one by one and put aside; one killed halfway is taken again.

Any number of engines may share the folder, and a sender may use a name again: a file is read in a folder of who took
it, where no other file can take its place.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hemgang import clock
from hemgang.errors import HemgangError
from hemgang.logs import Event, event
from hemgang.messages.readers import open_source
from hemgang.services.ingest import Report, ingest
from hemgang.store.database import Database, is_outage

ENDINGS = (".ndjson", ".jsonl", ".csv")
TAKING, TAKEN, REFUSED = "taking", "taken", "refused"
ALL_QUARANTINED = "all_quarantined"
UNEXPECTED = "unexpected"
"""Why a file was refused over which hemgang itself failed; the log says with which error, and where."""
ABANDONED_AFTER = timedelta(minutes=2)
"""After this time without progress another takes over what somebody was reading; read twice, it changes nothing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file of the inbox: its name as a hash (a file name may say too much), its report, and why it was refused.

    A file of which every line was quarantined has both.
    """

    name: str
    report: Report | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class InboxReader:
    """Who takes files: a name that no other who shares the folder has, and whether another is known to be dead."""

    name: str = "alone"
    is_dead: Callable[[str], bool] = lambda _name: False


SOLE_READER = InboxReader()


def ingest_inbox(
    database: Database, inbox: Path, *, now: datetime, taker: InboxReader = SOLE_READER
) -> Iterator[InboxFile]:
    """Take in every file of the inbox, oldest name first, and yield what became of each.

    A sender writes under another ending and renames when done. A file is moved to `taking/<taker>/` before it is read
    and to `taken/` (or `refused/`) after its last message is committed; what is left in `taking/` by a crash is read
    again, which changes nothing for what was stored. One taker does not call this twice at once.

    Raises:
        OSError: a file could not be moved; raised after all others were taken.
    """
    mine = inbox / TAKING / taker.name
    for folder in (mine, inbox / TAKEN, inbox / REFUSED):
        folder.mkdir(parents=True, exist_ok=True)
    folders = _given_up(inbox, taker)
    failed: list[OSError] = []
    try:
        for path in _waiting(inbox, folders):
            try:
                taking = _claim(path, mine)
                taken = taking and _take(database, inbox, taking, now)
            except OSError as error:  # one file's: it stays where it is, and the others are taken
                failed.append(error)
                continue
            if taken:
                yield taken
    finally:
        for folder in folders:
            with suppress(OSError):  # something broke off, and is still in it
                folder.rmdir()
    if failed:
        raise failed[0]


def has_files(inbox: Path, taker: InboxReader = SOLE_READER) -> bool:
    """Whether there is any file for this taker: it waits to be taken, or was left half taken."""
    return bool(_waiting(inbox, _given_up(inbox, taker)))


def files_being_read(inbox: Path) -> list[Path]:
    """Return what is being read, or was left half read, by whomever."""
    return [path for folder in _takers(inbox) for path in message_files(folder)] + message_files(inbox / TAKING)


def unknown_files(inbox: Path) -> list[Path]:
    """Return the files of other endings that lie in the inbox and that nobody writes to any more, by name."""
    before = clock.machine_now().timestamp() - ABANDONED_AFTER.total_seconds()
    found = [path for path in _files(inbox) if path.suffix.lower() not in ENDINGS]
    return sorted(path for path in found if path.stat().st_mtime <= before)


def file_hash(path: Path) -> str:
    """Return what a file is called in the log: a hash of its name."""
    return hashlib.sha256(path.name.encode()).hexdigest()[:12]


def is_empty(inbox: Path) -> bool:
    """Whether nothing waits and nobody reads."""
    return not message_files(inbox) and not files_being_read(inbox)


def _waiting(inbox: Path, folders: Iterable[Path]) -> list[Path]:
    """Return what to take: first what was begun in `folders`, then what lies there."""
    begun = [path for folder in folders for path in message_files(folder)]
    return [*begun, *message_files(inbox / TAKING), *message_files(inbox)]  # earlier versions read in `taking/` itself


def _given_up(inbox: Path, taker: InboxReader) -> list[Path]:
    """Return the folder of this taker, first, and those of others who are dead or stand still."""
    found = [folder for folder in _takers(inbox) if folder.name == taker.name or _is_left(folder, taker)]
    return sorted(found, key=lambda folder: folder.name != taker.name)


def _takers(inbox: Path) -> list[Path]:
    return sorted(one for one in (inbox / TAKING).glob("*") if one.is_dir())


def _is_left(folder: Path, taker: InboxReader) -> bool:
    try:
        age = clock.machine_now().timestamp() - folder.stat().st_mtime
    except FileNotFoundError:  # its owner has just finished
        return False
    return taker.is_dead(folder.name) or age > ABANDONED_AFTER.total_seconds()


def _claim(path: Path, mine: Path) -> Path | None:
    """Move a file to where only this taker reads it; None if another was faster, or one of its name is there."""
    taking = mine / path.name
    if path == taking:
        return taking
    if taking.exists():
        return None
    try:
        path.rename(taking)
    except FileNotFoundError:
        return None
    return taking


def _take(database: Database, inbox: Path, path: Path, now: datetime) -> InboxFile | None:
    """Take one file in; None if another has taken it over meanwhile, since this process stood still."""
    name = file_hash(path)

    def alive(_: Report) -> None:
        with suppress(FileNotFoundError):
            os.utime(path.parent)

    try:
        report = ingest(database, open_source(path), source=f"inbox {name}", now=now, progress=alive)
    except HemgangError as error:
        return InboxFile(name, None, type(error).__name__) if _put_aside(path, inbox / REFUSED) else None
    except Exception as error:  # a file over which hemgang fails must not keep the others from being read
        if isinstance(error, OSError) or is_outage(error):
            raise
        event(log, Event.UNEXPECTED, error=error)
        return InboxFile(name, None, UNEXPECTED) if _put_aside(path, inbox / REFUSED) else None
    if report.quarantined and report.quarantined == report.lines:
        return InboxFile(name, report, ALL_QUARANTINED) if _put_aside(path, inbox / REFUSED) else None
    _put_aside(path, inbox / TAKEN)
    return InboxFile(name, report)


def _put_aside(path: Path, folder: Path) -> bool:
    """Move a file under a name that is free, also where two do so at once; False if it is not there any more."""
    target, number = folder / path.name, 1
    while not _reserved(target):
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    try:
        path.replace(target)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    return True


def _reserved(path: Path) -> bool:
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def message_files(folder: Path) -> list[Path]:
    """Return the files of messages that lie in a folder, by name; none where there is no folder."""
    return sorted(path for path in _files(folder) if path.suffix.lower() in ENDINGS)


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except FileNotFoundError:  # not made yet, or its owner has just finished
        return []
