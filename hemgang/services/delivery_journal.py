"""The delivery journal: which alerts were delivered, kept outside the database so that no restore sends them again.

One file a day of lines `reference TAB instant`, no other content (specification 3.4). It is written after the outcome
is stored: what a crash leaves out is sent once more, with its reference.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

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
