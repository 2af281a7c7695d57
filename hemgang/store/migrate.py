"""Brings the tables to the version this code needs, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hemgang.errors import ConfigurationError
from hemgang.store.database import Database, explained
from hemgang.store.locks import alone

FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Create or upgrade the tables; a database that is up to date is left as it is.

    Raises:
        ConfigurationError: if the database cannot be reached, or was written by a newer hemgang.
    """
    with explained(database.url), database.engine.connect() as looking:
        current = MigrationContext.configure(looking).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}
    if current == ScriptDirectory(str(FOLDER)).get_current_head():
        return
    if current is not None and current not in known:
        raise ConfigurationError(
            f"the database is at version {current}, which this hemgang does not know: upgrade hemgang"
        )
    with database.writer.begin() as connection:
        alone(connection, "migrate")
        command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for one connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
