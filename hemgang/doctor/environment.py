"""The doctor's checks of folders, disks, backups and file modes, and of the environment's variables.

A process that starts makes the checks of the variables as well (`check_values`). Nothing is written.
"""

import os
import shutil
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from hemgang import clock
from hemgang.doctor.finding import Finding, count_of, duration_text, error, ok, warning
from hemgang.errors import HemgangError
from hemgang.i18n.catalogue import phrase
from hemgang.retention.policy import read_retention_rules
from hemgang.services.inbox import REFUSED, TAKEN, TAKING, files_being_read, message_files, unknown_files
from hemgang.services.restore_guard import UNREADABLE
from hemgang.settings import PREFIX, VARIABLES, Examined, Settings, SettingsError, examine_settings, nearest, variable

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
        yield ok("inbox", phrase("doctor.found.no_inbox"))
    else:
        yield from _inbox(facts.inbox)
    yield from map(_disk, facts.disks)
    if facts.readable_by_all:
        found = phrase("doctor.found.file_modes", files=", ".join(facts.readable_by_all))
        yield warning("file modes", found, phrase("doctor.do.file_modes"))
    elif facts.secrets:
        yield ok("file modes", phrase("doctor.found.file_modes_ok"))
    if facts.unreadable:
        found = phrase("doctor.found.state_unreadable", files=count_of(facts.unreadable, "file"))
        yield error("state folder", found, phrase("doctor.do.state_unreadable"))
    if facts.backups is not None:
        yield _backups(*facts.backups)


def _inbox(inbox: InboxFacts) -> Iterator[Finding]:
    if not inbox.there:
        yield error("inbox", phrase("doctor.found.inbox_missing"), phrase("doctor.do.inbox_missing"))
        return
    if not inbox.writable:
        yield error("inbox", phrase("doctor.found.inbox_read_only"), phrase("doctor.do.inbox_read_only"))
    elif not inbox.one_system:
        folders = ", ".join((TAKING, TAKEN, REFUSED))
        do = phrase("doctor.do.inbox_two_systems", folders=folders)
        yield error("inbox", phrase("doctor.found.inbox_two_systems"), do)
    elif inbox.waiting_s > WAITING_TOO_LONG_S:
        files, age = count_of(inbox.waiting, "file"), duration_text(inbox.waiting_s)
        found = phrase("doctor.found.inbox_late", files=files, age=age)
        yield error("inbox", found, phrase("doctor.do.inbox_late"))
    else:
        yield ok("inbox", phrase("doctor.found.inbox_waiting", files=count_of(inbox.waiting, "file")))
    yield from _inbox_files(inbox)


def _inbox_files(inbox: InboxFacts) -> Iterator[Finding]:
    if inbox.taking_s > TAKING_TOO_LONG_S:
        files, age = count_of(inbox.taking, "file"), duration_text(inbox.taking_s)
        found = phrase("doctor.found.inbox_half_read", files=files, age=age)
        yield warning("inbox, taking", found, phrase("doctor.do.inbox_half_read"))
    if inbox.not_read:
        found = phrase("doctor.found.inbox_not_read", files=count_of(inbox.not_read, "file"))
        yield warning("inbox, not read", found, phrase("doctor.do.inbox_not_read"))
    if inbox.refused:
        found = phrase("doctor.found.inbox_refused", files=count_of(inbox.refused, "file"))
        yield warning("inbox, refused", found, phrase("doctor.do.inbox_refused"))


def _disk(disk: Disk) -> Finding:
    name = f"disk of {disk.place}"
    found = phrase("doctor.found.disk", free=_gibibytes(disk.free), total=_gibibytes(disk.total))
    if disk.free < NO_ROOM:
        return error(name, found, phrase("doctor.do.disk_full"))
    if disk.free < LITTLE_ROOM or disk.free < LITTLE_SHARE * disk.total:
        return warning(name, found, phrase("doctor.do.disk_low"))
    return ok(name, found)


def _backups(count: int, newest_s: float) -> Finding:
    do = phrase("doctor.do.back_up")
    if not count:
        return error("backups", phrase("doctor.found.no_backups"), do)
    found = phrase("doctor.found.backups", backups=count_of(count, "backup"), age=duration_text(newest_s))
    if newest_s > BACKUP_ERROR_S:
        return error("backups", found, do)
    return warning("backups", found, do) if newest_s > BACKUP_WARNING_S else ok("backups", found)


def _gibibytes(number: int) -> str:
    return f"{number / (1 << 30):.1f}"


UNFINISHED = ".part"
DATABASE = "the database"
STATE = "the state folder"
A_DAY_S = 86_400.0


def gather_folders(
    *,
    inbox: Path | None,
    places: Mapping[str, Path],
    directory: Path | None,
    backups: Path | None,
    now: datetime,
) -> FolderFacts:
    """Look at the inbox, the disks of `places` (by what lies there), the directory's files, and a folder of backups."""
    secrets = _secrets(directory)
    if (database := places.get(DATABASE)) is not None and database.is_file():
        secrets[DATABASE] = database
    return FolderFacts(
        inbox=None if inbox is None else _inbox_facts(inbox, now),
        disks=tuple(_disks(places)),
        readable_by_all=tuple(sorted(name for name, path in secrets.items() if _for_all(path))),
        secrets=len(secrets),
        backups=None if backups is None else _backup_facts(backups, now),
        unreadable=_unreadable(places.get(STATE)),
    )


def _unreadable(state: Path | None) -> int:
    """Count the state's files that cannot be read, or were set aside because they could not."""
    if state is None:
        return 0
    refused = (one for one in state.glob("seen-*.json") if not os.access(one, os.R_OK))
    return sum(1 for _ in (*refused, *state.glob(f"seen-*{UNREADABLE}")))


def named_variables(directory: Path | None) -> frozenset[str]:
    """Return the names of the environment variables in which the directory looks for addresses."""
    named = (one.get("url_env") for one in _channels(directory))
    return frozenset(name for name in named if isinstance(name, str))


def _inbox_facts(folder: Path, now: datetime) -> InboxFacts:
    if not folder.is_dir():
        return InboxFacts(there=False)
    inner = [folder / name for name in (TAKING, TAKEN, REFUSED) if (folder / name).is_dir()]
    waiting, taking = message_files(folder), files_being_read(folder)
    return InboxFacts(
        there=True,
        writable=all(os.access(one, os.W_OK | os.X_OK) for one in (folder, *inner)),
        one_system=all(one.stat().st_dev == folder.stat().st_dev for one in inner),
        waiting=len(waiting),
        waiting_s=_oldest(waiting, now),
        taking=len(taking),
        taking_s=_oldest(taking, now),
        not_read=len(unknown_files(folder)),
        refused=sum(now.timestamp() - one.stat().st_ctime < A_DAY_S for one in message_files(folder / REFUSED)),
    )


def _oldest(paths: Iterable[Path], now: datetime) -> float:
    return max((_age(path, now) for path in paths), default=0.0)


def _age(path: Path, now: datetime) -> float:
    return max(0.0, now.timestamp() - path.stat().st_mtime)


def _disks(places: Mapping[str, Path]) -> Iterable[Disk]:
    """Yield each disk once, under the first place on it."""
    seen: set[int] = set()
    for name, path in places.items():
        there = next((one for one in (path, *path.absolute().parents) if one.exists()), None)
        if there is not None and (device := there.stat().st_dev) not in seen:
            seen.add(device)
            usage = shutil.disk_usage(there)
            yield Disk(name, usage.free, usage.total)


def _secrets(directory: Path | None) -> dict[str, Path]:
    """Return the files with secrets: the directory where it holds addresses itself, and those that it names."""
    channels = _channels(directory)
    if directory is None or not channels:
        return {}
    found = {"the directory file": directory} if any("url" in one for one in channels) else {}
    for one in channels:
        named = one.get("url_file")
        if isinstance(named, str) and (directory.parent / named).is_file():
            found[f"the file of channel {one.get('id', '?')}"] = directory.parent / named
    return found


def _channels(directory: Path | None) -> list[dict[str, Any]]:
    """Return the channels of a directory file as they stand there; none where it cannot be read."""
    if directory is None or not directory.is_file():
        return []
    try:
        listed = tomllib.loads(directory.read_text(encoding="utf-8-sig")).get("channel")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        return []
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _for_all(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)


def _backup_facts(folder: Path, now: datetime) -> tuple[int, float]:
    """Return how many whole backups (ZIP files, see docs/backup.md) lie in a folder, and the newest one's age."""
    listed = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    found = [path for path in listed if path.suffix != UNFINISHED and is_zipfile(path)]
    return len(found), min((_age(path, now) for path in found), default=0.0)


def check_values(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment (None = this process's) if a process can start with them.

    Raises:
        SettingsError: it cannot; names each fault in one line.
    """
    examined = examine_settings(environment)
    if wrong := tuple(wrong_values(examined)):
        raise SettingsError(wrong)
    return examined.settings


def wrong_values(examined: Examined, *, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield a line for each variable that cannot be used, or that names what cannot; never the value of a secret.

    `but` are fields of whose folders and files another check tells.
    """
    yield from examined.faults.values()
    for field, check in CHECKS.items():
        if field not in but and variable(field) not in examined.faults:
            lines = check(examined.settings).splitlines()
            yield from (one if one.startswith(variable(field)) else f"{variable(field)}: {one}" for one in lines)


def _clock(settings: Settings) -> str:
    return _trouble(lambda: clock.now({} if settings.clock is None else {clock.VARIABLE: str(settings.clock)}))


def _inbox_folder(settings: Settings) -> str:
    return f"there is no folder {settings.inbox}" if settings.inbox and not settings.inbox.is_dir() else ""


def _retention(settings: Settings) -> str:
    named = settings.retention
    return "" if named is None else _trouble(lambda: read_retention_rules(named))


def _state(settings: Settings) -> str:
    """The folder is made when it is needed: it must be one, or lie in one that may be written to."""
    folder = settings.state
    there: Path = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


def _trouble(work: Callable[[], object]) -> str:
    try:
        work()
    except HemgangError as wrong:
        return str(wrong)
    return ""


CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "clock": _clock,
    "inbox": _inbox_folder,
    "retention": _retention,
    "state": _state,
}
"""What a setting names, by its field: the line of what is wrong with it, empty if nothing is."""


def judge_variables(
    names: Iterable[str], in_directory: Iterable[str] = (), wrong: Iterable[str] = ()
) -> Iterator[Finding]:
    """Yield an error for each of `wrong`, whose values cannot be used, and a warning for each that nothing reads.

    `names` are those of the environment, without values.

    `in_directory` are those that the directory names for its addresses.
    """
    told = [*wrong]
    for one in told:
        yield error("variables", one, phrase("doctor.do.mend_variable"))
    known = {*VARIABLES, *in_directory}
    ours = sorted(name for name in names if name.upper().startswith(PREFIX))
    for name in ours:
        if name not in known:
            close = nearest(name)
            do = phrase("doctor.do.nearest_variable", variable=close) if close else phrase("doctor.do.remove_variable")
            yield warning("variables", phrase("doctor.found.unread_variable", variable=name[:60]), do)
    if not told and all(name in known for name in ours):
        names = ", ".join(name.removeprefix(PREFIX) for name in ours)
        found = phrase("doctor.found.variables", names=names) if names else phrase("doctor.found.no_variables")
        yield ok("variables", found)
