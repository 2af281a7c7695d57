"""Looks at folders and files for the doctor: their age, their room, who may read them; writes nothing."""

import os
import shutil
import stat
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from hemgang.doctor.folders import Disk, FolderFacts, InboxFacts
from hemgang.engine.inbox import REFUSED, TAKEN, TAKING, begun_files, files_in, not_read
from hemgang.engine.seen import UNREADABLE

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
        inbox=None if inbox is None else _inbox(inbox, now),
        disks=tuple(_disks(places)),
        readable_by_all=tuple(sorted(name for name, path in secrets.items() if _for_all(path))),
        secrets=len(secrets),
        backups=None if backups is None else _backups(backups, now),
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


def _inbox(folder: Path, now: datetime) -> InboxFacts:
    if not folder.is_dir():
        return InboxFacts(there=False)
    inner = [folder / name for name in (TAKING, TAKEN, REFUSED) if (folder / name).is_dir()]
    waiting, taking = files_in(folder), begun_files(folder)
    return InboxFacts(
        there=True,
        writable=all(os.access(one, os.W_OK | os.X_OK) for one in (folder, *inner)),
        one_system=all(one.stat().st_dev == folder.stat().st_dev for one in inner),
        waiting=len(waiting),
        waiting_s=_oldest(waiting, now),
        taking=len(taking),
        taking_s=_oldest(taking, now),
        not_read=len(not_read(folder)),
        refused=sum(now.timestamp() - one.stat().st_ctime < A_DAY_S for one in files_in(folder / REFUSED)),
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


def _backups(folder: Path, now: datetime) -> tuple[int, float]:
    """Return how many whole backups (ZIP files, see docs/backup.md) lie in a folder, and the newest one's age."""
    listed = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    found = [path for path in listed if path.suffix != UNFINISHED and is_zipfile(path)]
    return len(found), min((_age(path, now) for path in found), default=0.0)
