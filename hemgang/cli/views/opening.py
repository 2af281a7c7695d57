"""Opens what a command works on: the database, and with it the rules of the installation."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from hemgang.cli.errors import database_reason
from hemgang.cli.options import Place
from hemgang.engine.installation import Installation, database_url, open_installation
from hemgang.errors import ConfigurationError
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade


@contextmanager
def database_at(place: Place) -> Iterator[Database]:
    """Open the database alone, bring its tables up to date, and close it at the end.

    Raises:
        ConfigurationError: the database cannot be used; says where it is, never its password.
    """
    url = place.database or database_url()
    with _explained(url):
        database = open_database(url)
    try:
        with _explained(url):
            upgrade(database)
        yield database
    finally:
        database.close()


@contextmanager
def installation_at(place: Place) -> Iterator[Installation]:
    """Open the database with the agreements, rates and the directory, and close it at the end.

    Raises:
        ConfigurationError: the database or the directory cannot be used; names the place.
    """
    url = place.database or database_url()
    with _explained(url):
        installation = open_installation(url=url, directory=place.directory)
    try:
        yield installation
    finally:
        installation.database.close()


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        where = make_url(url).render_as_string(hide_password=True)
        raise ConfigurationError(f"database {where}: {database_reason(error)}") from error
