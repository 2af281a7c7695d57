"""One installation as its settings describe it: database, rules, inbox."""

from dataclasses import dataclass
from pathlib import Path

from hemgang.engine.rules import CurrentRules, Rules
from hemgang.errors import ConfigurationError
from hemgang.settings import Settings, variable
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation: the database is at the version this code needs."""

    settings: Settings
    database: Database
    current: CurrentRules

    @property
    def rules(self) -> Rules:
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
    current = CurrentRules(directory=settings.directory, ladder=settings.ladder)
    if settings.inbox is not None and not settings.inbox.is_dir():
        raise ConfigurationError(f"{variable('inbox')}: there is no folder {settings.inbox}")
    database = open_database(settings.database)
    upgrade(database)
    return Installation(settings, database, current)
