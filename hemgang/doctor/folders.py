"""What is to be said of folders: the inbox and its old files, room on disks, backups, who may read secrets; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from hemgang.doctor.finding import Finding, counted, error, lasting, ok, warning

TAKING_TOO_LONG_S, WAITING_TOO_LONG_S = 3_600.0, 900.0
LITTLE_ROOM, LITTLE_SHARE, NO_ROOM = 1 << 30, 0.10, 200 << 20
BACKUP_WARNING_S, BACKUP_ERROR_S = 26 * 3_600.0, 72 * 3_600.0


@dataclass(frozen=True, slots=True)
class InboxFacts:
    """What was seen of the inbox: is it a folder, may it be written to, do its subfolders lie on its file system.

    `waiting` and `taking`: files that lie there, and the age of the oldest in seconds. `refused`: in the last day.
    `not_read`: files of an ending that hemgang does not read.
    """

    there: bool
    writable: bool = True
    one_system: bool = True
    waiting: int = 0
    waiting_s: float = 0.0
    taking: int = 0
    taking_s: float = 0.0
    refused: int = 0
    not_read: int = 0


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the disk of a place, in bytes."""

    place: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """What was seen of folders and files.

    `inbox`: None where none is set; `readable_by_all`: files with secrets that anyone on the machine may read, by what
    they are; `backups`: how many lie in the folder that was named, and the newest one's age; None where none was named.
    `unreadable`: files of the state folder that cannot be read, or were set aside for it.
    """

    inbox: InboxFacts | None
    disks: tuple[Disk, ...]
    readable_by_all: tuple[str, ...] = ()
    secrets: int = 0
    backups: tuple[int, float] | None = None
    unreadable: int = 0


def judge_folders(facts: FolderFacts) -> Iterator[Finding]:
    """Yield what is to be said of folders and files."""
    if facts.inbox is None:
        yield ok("inbox", "none; messages come by `hemgang ingest`")
    else:
        yield from _inbox(facts.inbox)
    yield from map(_disk, facts.disks)
    if facts.readable_by_all:
        found = f"everyone on this machine may read {', '.join(facts.readable_by_all)}"
        yield warning("file modes", found, "chmod o= on each: they hold secrets, or what is known of patients")
    elif facts.secrets:
        yield ok("file modes", "only the owner and the group read the database, the directory and its secrets")
    if facts.unreadable:
        found = f"{counted(facts.unreadable, 'file')} cannot be read: a restore meanwhile may have gone unnoticed"
        yield error("state folder", found, "is it the right database? then take seen-*.unreadable away")
    if facts.backups is not None:
        yield _backups(*facts.backups)


def _inbox(inbox: InboxFacts) -> Iterator[Finding]:
    if not inbox.there:
        yield error("inbox", "the folder that HEMGANG_INBOX names is not there", "make it, or name another")
        return
    if not inbox.writable:
        yield error("inbox", "hemgang may not write to it", "give hemgang's user the right to write and rename there")
    elif not inbox.one_system:
        do = "let taking, taken and refused lie on the inbox's own file system: files are renamed into them"
        yield error("inbox", "its subfolders lie on another file system", do)
    elif inbox.waiting_s > WAITING_TOO_LONG_S:
        found = f"{counted(inbox.waiting, 'file')}, the oldest has waited for {lasting(inbox.waiting_s)}"
        yield error("inbox", found, "see whether the engine runs: loop inbox above")
    else:
        yield ok("inbox", f"{counted(inbox.waiting, 'file')} waiting")
    if inbox.taking_s > TAKING_TOO_LONG_S:
        found = f"{counted(inbox.taking, 'file')} half taken, the oldest for {lasting(inbox.taking_s)}"
        yield warning("inbox, taking", found, "the engine's next look reads them again; if not, see its log")
    if inbox.not_read:
        found = f"{counted(inbox.not_read, 'file')} that hemgang does not read: it reads .ndjson, .jsonl and .csv"
        yield warning("inbox, not read", found, "save a workbook as CSV, an array as one object a line, and rename it")
    if inbox.refused:
        found = f"{counted(inbox.refused, 'file')} refused in the last 24 hours: nobody follows what is in them"
        yield warning("inbox, refused", found, "see why in engine.log, mend them, and lay them into the inbox again")


def _disk(disk: Disk) -> Finding:
    name, found = f"disk of {disk.place}", f"{_bytes(disk.free)} free of {_bytes(disk.total)}"
    if disk.free < NO_ROOM:
        return error(name, found, "make room now: nothing can be stored on a full disk")
    if disk.free < LITTLE_ROOM or disk.free < LITTLE_SHARE * disk.total:
        return warning(name, found, "make room; `hemgang retention` lists what may go")
    return ok(name, found)


def _backups(count: int, newest_s: float) -> Finding:
    do = "run `hemgang backup FILE` every night, and look at why it did not"
    if not count:
        return error("backups", "there is none in the folder", do)
    found = f"{counted(count, 'backup')}, the newest is {lasting(newest_s)} old"
    if newest_s > BACKUP_ERROR_S:
        return error("backups", found, do)
    return warning("backups", found, do) if newest_s > BACKUP_WARNING_S else ok("backups", found)


def _bytes(number: int) -> str:
    return f"{number / (1 << 30):.1f} GiB"
