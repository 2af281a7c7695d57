"""A journal outside the database of which alerts were delivered: after a restore they are not sent again (3.4).

One file a day of lines `reference TAB instant`, no other content. It is written after the outcome is stored: what a
crash leaves out is sent once more, with its reference.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

KEPT = timedelta(days=35)
ENDING = ".sent"


def write_down(folder: Path, references: Iterable[str], *, now: datetime) -> None:
    """Append delivered alerts to the day's file, on the disk when this returns.

    Raises:
        OSError: the folder cannot be written to.
    """
    lines = "".join(f"{reference}\t{now.isoformat()}\n" for reference in references)
    if not lines:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / f"{now:%Y-%m-%d}{ENDING}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, lines.encode("ascii"))
        os.fsync(file)
    finally:
        os.close(file)


def read_back(folder: Path) -> Iterator[tuple[str, datetime]]:
    """Yield every delivered alert of a journal with its instant; a line cut off by a crash is left out."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            reference, _, instant = line.partition("\t")
            try:
                yield reference, datetime.fromisoformat(instant)
            except ValueError:
                continue


def newest(folder: Path) -> datetime | None:
    """Return the instant of the newest delivery that a journal knows of, None where it knows of none.

    Raises:
        OSError: the journal cannot be read.
    """
    return max((instant for _, instant in read_back(folder) if instant.tzinfo is not None), default=None)


def clear_old(folder: Path, *, now: datetime) -> int:
    """Delete the files of days more than `KEPT` ago, which is how old a backup may be; return how many."""
    before = f"{now - KEPT:%Y-%m-%d}{ENDING}"
    old = [path for path in folder.glob(f"*{ENDING}") if path.name < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
