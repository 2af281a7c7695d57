"""Opens what a command works on: the database, and with it the rules of the installation."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from hemgang.cli.errors import database_reason
from hemgang.cli.params import Place
from hemgang.errors import ConfigurationError
from hemgang.services.installation import Installation, installation_on
from hemgang.settings import read_settings
from hemgang.store.database import Database, open_database, refuse_empty, refuse_missing, refuse_unwritable, upgrade


@contextmanager
def database_at(place: Place, *, make: bool = False) -> Iterator[Database]:
    """Open the database alone, bring its tables up to date, and close it at the end; `make` it where it is not there.

    Raises:
        ConfigurationError: the database is not there or cannot be used; says where it is, never its password.
    """
    url = read_settings().at(place.database).database
    with _explained(url):
        _check_file(url, make=make)
        database = open_database(url)
    try:
        with _explained(url):
            if not make:
                refuse_empty(database)
            upgrade(database)
        yield database
    finally:
        database.close()


@contextmanager
def installation_at(place: Place) -> Iterator[Installation]:
    """Open the database with the agreements, rates and the directory, and close it at the end.

    Raises:
        ConfigurationError: the database is not there, or it or the directory cannot be used; names the place.
    """
    settings = read_settings().at(place.database, place.directory)
    with database_at(place) as database:
        yield installation_on(database, settings)


def _check_file(url: str, *, make: bool) -> None:
    if not make:
        refuse_missing(url)
    refuse_unwritable(url)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        where = make_url(url).render_as_string(hide_password=True)
        raise ConfigurationError(f"database {where}: {database_reason(error)}") from error
