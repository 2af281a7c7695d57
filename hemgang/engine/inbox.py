"""The inbox folder: files of messages are taken one by one and put aside; one killed halfway is taken again."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hemgang.engine.ingest import ingest
from hemgang.engine.report import Report
from hemgang.errors import HemgangError
from hemgang.messages.source import open_source
from hemgang.store.database import Database

ENDINGS = (".ndjson", ".jsonl", ".csv")
TAKING, TAKEN, REFUSED = "taking", "taken", "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of the inbox: its name as a hash (a file name may say too much), its report, or why it was refused."""

    name: str
    report: Report | None
    refused: str = ""


def take_inbox(database: Database, inbox: Path, *, now: datetime) -> Iterator[Taken]:
    """Take in every file of the inbox, oldest name first, and yield what became of each.

    A sender writes under another ending and renames when done. A file is moved to `taking/` before it is read and to
    `taken/` (or `refused/`) after its last message is committed; what is left in `taking/` by a crash is read again,
    which changes nothing for what was stored.
    """
    for folder in (TAKING, TAKEN, REFUSED):
        (inbox / folder).mkdir(exist_ok=True)
    for path in [*_files(inbox / TAKING), *_files(inbox)]:
        taking = inbox / TAKING / path.name
        path.rename(taking)
        yield _take(database, inbox, taking, now)


def has_files(inbox: Path) -> bool:
    """Whether any file waits to be taken, or was left half taken by a crash."""
    return bool(_files(inbox) or _files(inbox / TAKING))


def _take(database: Database, inbox: Path, path: Path, now: datetime) -> Taken:
    name = hashlib.sha256(path.name.encode()).hexdigest()[:12]
    try:
        report = ingest(database, open_source(path), source=f"inbox {name}", now=now)
    except HemgangError as error:
        _put_aside(path, inbox / REFUSED)
        return Taken(name, None, type(error).__name__)
    _put_aside(path, inbox / TAKEN)
    return Taken(name, report)


def _put_aside(path: Path, folder: Path) -> None:
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    path.rename(target)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in ENDINGS)
