"""An installation opened as its settings describe it, and the reference data every decision rests on.

Reference data are agreements, amounts, payers, directory and ladder; the files that may change are watched.
"""

import os
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Lock

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import Municipality, Payers, municipalities
from agreements.rates import RATES_FILE, Rates
from agreements.registry import Agreements
from agreements.tomlfile import SHIPPED, AgreementError
from hemgang.duties.escalation import Ladder
from hemgang.duties.escalation_config import read_ladder, shipped_ladder
from hemgang.duties.roster import DefaultRoster, Roster
from hemgang.errors import ConfigurationError
from hemgang.notifications.directory import Directory
from hemgang.notifications.directory_config import load_directory
from hemgang.settings import Settings, variable
from hemgang.store.database import Database, open_database, upgrade


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """The rules of one installation; `directory` is None where alerts go nowhere (roles are their own recipients)."""

    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    payers: Payers
    roster: Roster
    ladder: Ladder
    directory: Directory | None = None


def load_reference_data(*, directory: Path | None = None, ladder: Path | None = None) -> ReferenceData:
    """Load the shipped agreements with an installation's directory and ladder (None = no directory, shipped ladder).

    Raises:
        AgreementError: an agreement file is wrong.
        ConfigurationError: the directory or ladder is wrong; names file, line and key.
    """
    agreements = load_agreements()
    listed = load_directory(directory, os.environ) if directory is not None else None
    return ReferenceData(
        agreements=agreements,
        rates=load_rates(),
        municipalities=municipalities(),
        payers=load_payers(),
        roster=listed if listed is not None else DefaultRoster(agreements),
        ladder=read_ladder(ladder) if ladder is not None else shipped_ladder(),
        directory=listed,
    )


class ReferenceFile(StrEnum):
    """The files that may change while an engine runs."""

    DIRECTORY = "directory"
    LADDER = "ladder"
    RATES = "rates"


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """What one look found: the files that were loaded again, and those that newly cannot be used."""

    loaded: tuple[ReferenceFile, ...] = ()
    failed: tuple[ReferenceFile, ...] = ()


class WatchedReferenceData:
    """The rules of a running process: a file that changes is loaded again, and one that breaks or goes leaves the last.

    A change is loaded at the first look that finds the file as the look before did: a file that is just being written
    is not taken for a broken one. Looks are at least `every_s` seconds apart. Safe across threads.
    """

    def __init__(
        self,
        *,
        directory: Path | None = None,
        ladder: Path | None = None,
        agreements: Path = SHIPPED,
        every_s: float = 2.0,
    ) -> None:
        """Load the rules for the first time; `agreements` is the folder whose rates are watched.

        Raises:
            AgreementError, ConfigurationError: as `load_rules`.
        """
        watched = {
            ReferenceFile.DIRECTORY: directory,
            ReferenceFile.LADDER: ladder,
            ReferenceFile.RATES: agreements / RATES_FILE,
        }
        self._files = {kind: path for kind, path in watched.items() if path is not None}
        self._loaded = {kind: _marks(kind, path) for kind, path in self._files.items()}
        self._seen = dict(self._loaded)
        self._every_s, self._looked = every_s, time.monotonic()
        self._looking = Lock()
        self._broken: frozenset[ReferenceFile] = frozenset()
        self._rules = replace(load_reference_data(directory=directory, ladder=ladder), rates=load_rates(agreements))

    @property
    def rules(self) -> ReferenceData:
        """The last good rules."""
        return self._rules

    @property
    def broken(self) -> frozenset[ReferenceFile]:
        """The files that cannot be used as they are now, so that an earlier state of them holds."""
        return self._broken

    def look_again(self) -> ReferenceChange:
        """Load what changed since the last look but one; a look of another thread, or just before, counts for this."""
        if not self._looking.acquire(blocking=False):
            return ReferenceChange()
        try:
            if time.monotonic() - self._looked < self._every_s:
                return ReferenceChange()
            self._looked = time.monotonic()
            return self._look()
        finally:
            self._looking.release()

    def _look(self) -> ReferenceChange:
        loaded, failed = [], []
        for kind, path in self._files.items():
            marks = _marks(kind, path)
            settled, self._seen[kind] = marks == self._seen[kind], marks
            if not settled or marks == self._loaded[kind]:
                continue
            self._loaded[kind] = marks
            try:
                self._rules = _with(self._rules, kind, path)
            except (AgreementError, ConfigurationError):
                failed += [kind] if kind not in self._broken else []
                self._broken |= {kind}
            else:
                loaded.append(kind)
                self._broken -= {kind}
        return ReferenceChange(tuple(loaded), tuple(failed))


def _with(rules: ReferenceData, kind: ReferenceFile, path: Path) -> ReferenceData:
    """Return rules with one file loaded again.

    Raises:
        AgreementError, ConfigurationError: the file cannot be used.
    """
    loaders: Mapping[ReferenceFile, Callable[[], ReferenceData]] = {
        ReferenceFile.DIRECTORY: partial(_with_directory, rules, path),
        ReferenceFile.LADDER: lambda: replace(rules, ladder=read_ladder(path)),
        ReferenceFile.RATES: lambda: replace(rules, rates=load_rates(path.parent)),
    }
    return loaders[kind]()


def _with_directory(rules: ReferenceData, path: Path) -> ReferenceData:
    listed = load_directory(path, os.environ)
    return replace(rules, roster=listed, directory=listed)


FileMark = tuple[int, int, int] | None


def _marks(kind: ReferenceFile, path: Path) -> tuple[FileMark, ...]:
    """Return what tells one state of a file from another, with the files of addresses that a directory names."""
    secrets = _address_files(path) if kind is ReferenceFile.DIRECTORY else ()
    return tuple(_mark(one) for one in (path, *secrets))


def _mark(path: Path) -> FileMark:
    """Return time of change (ns), size and number of a file; None where it is not there."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def _address_files(directory: Path) -> tuple[Path, ...]:
    """Return the files beside a directory that hold its addresses; none where the directory cannot be read."""
    try:
        channels = tomllib.loads(directory.read_text(encoding="utf-8-sig")).get("channel")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        return ()
    tables = [one for one in channels if isinstance(one, dict)] if isinstance(channels, list) else []
    return tuple(directory.parent / named for one in tables if isinstance(named := one.get("url_file"), str))


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation: the database is at the version this code needs."""

    settings: Settings
    database: Database
    current: WatchedReferenceData

    @property
    def rules(self) -> ReferenceData:
        """The rules that hold now; another object once a changed file was loaded (`CurrentRules.look_again`)."""
        return self.current.rules

    @property
    def inbox(self) -> Path | None:
        """The folder of incoming files, None without one."""
        return self.settings.inbox


def open_installation(settings: Settings) -> Installation:
    """Open the installation that settings describe; the tables are created or upgraded where needed.

    Raises:
        AgreementError: an agreement file is wrong.
        ConfigurationError: the database, directory, ladder or inbox cannot be used; names what and where.
    """
    watched = _watched_files(settings)
    database = open_database(settings.database)
    upgrade(database)
    return Installation(settings, database, watched)


def installation_on(database: Database, settings: Settings) -> Installation:
    """Return the installation that settings describe, on a database that is open and up to date.

    Raises:
        AgreementError, ConfigurationError: as `open_installation`.
    """
    return Installation(settings, database, _watched_files(settings))


def _watched_files(settings: Settings) -> WatchedReferenceData:
    watched = WatchedReferenceData(directory=settings.directory, ladder=settings.ladder)
    if settings.inbox is not None and not settings.inbox.is_dir():
        raise ConfigurationError(f"{variable('inbox')}: there is no folder {settings.inbox}")
    return watched
