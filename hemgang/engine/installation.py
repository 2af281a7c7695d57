"""One installation as its environment describes it: database, directory, inbox."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agreements.municipalities import municipalities
from hemgang.engine.rules import Rules, load_rules
from hemgang.errors import ConfigurationError
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade

DATABASE = "HEMGANG_DATABASE"
DIRECTORY = "HEMGANG_DIRECTORY"
INBOX = "HEMGANG_INBOX"
LADDER = "HEMGANG_LADDER"
STATE = "HEMGANG_STATE"
REGIONS = "HEMGANG_REGIONS"
RETENTION = "HEMGANG_RETENTION"
HEARTBEAT = "HEMGANG_HEARTBEAT_URL"


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation: the database is at the version this code needs."""

    database: Database
    rules: Rules
    inbox: Path | None


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    """Return the database URL: `HEMGANG_DATABASE`, else a SQLite file in the user's data directory.

    Raises:
        ConfigurationError: it is set and empty, as when the variable it was made from is not set.
    """
    found = environment.get(DATABASE)
    if found is not None and not found.strip():
        raise ConfigurationError(f"{DATABASE}: it is set and empty; name a database, or unset it")
    return found or f"sqlite:///{data_home() / 'hemgang.db'}"


def data_home() -> Path:
    """Return the user's data directory for hemgang (`XDG_DATA_HOME`, else `~/.local/share`)."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "hemgang"


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what must outlive the database: `HEMGANG_STATE`, else `state` in the data directory."""
    named = environment.get(STATE)
    return Path(named) if named else data_home() / "state"


def regions(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return the county codes that this process works for, `HEMGANG_REGIONS` with commas between; empty = all.

    Raises:
        ConfigurationError: something in it is no county's code.
    """
    named = frozenset(part.strip() for part in environment.get(REGIONS, "").split(",") if part.strip())
    wrong = sorted(named - {one.county for one in municipalities().values()})
    if wrong:
        raise ConfigurationError(f"{REGIONS}: no county has the code {', '.join(wrong)}; write two digits, such as 23")
    return named


def open_installation(*, url: str | None = None, directory: Path | None = None) -> Installation:
    """Open the installation of this environment; the tables are created or upgraded where needed.

    Raises:
        ConfigurationError: the database, directory, ladder or inbox cannot be used; names what and where.
    """
    named = os.environ.get(DIRECTORY)
    inbox, ladder = os.environ.get(INBOX), os.environ.get(LADDER)
    rules = load_rules(directory=directory or (Path(named) if named else None), ladder=Path(ladder) if ladder else None)
    if inbox is not None and not Path(inbox).is_dir():
        raise ConfigurationError(f"{INBOX}: there is no folder {inbox}")
    database = open_database(url or database_url())
    upgrade(database)
    return Installation(database, rules, Path(inbox) if inbox else None)
