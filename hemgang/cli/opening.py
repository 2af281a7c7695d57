"""What a command works on and for whom: the database, the installation's rules, the reader and what they may see.

Reader and scope are as the command line and the environment say (specification 6).
"""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from agreements.payers import municipalities
from hemgang.cli.errors import WrongUse, database_reason
from hemgang.cli.params import Place, kept_text
from hemgang.episode.model import STOCKHOLM_CITY
from hemgang.errors import ConfigurationError
from hemgang.messages.identity_numbers import redacted
from hemgang.scope import Scope
from hemgang.services.installation import Installation, installation_on
from hemgang.settings import read_settings, variable
from hemgang.store.access_log import Reader
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


OPERATOR = "operator"
EVERYTHING = "all"
_LONGEST_NAME, _LONGEST_REASON = 128, 200


def reader(why: str) -> Reader:
    """Return who reads: `HEMGANG_USER` or the user of the system, from `HEMGANG_UNIT` or as the operator.

    Raises:
        SettingsError: the environment cannot be used.
        WrongUse: a name or the reason is too long, or shaped like an identity number.
    """
    settings = read_settings()
    return Reader(
        who=kept_text(settings.user or _system_user(), variable("user"), longest=_LONGEST_NAME),
        unit=kept_text(settings.unit or OPERATOR, variable("unit"), longest=_LONGEST_NAME),
        why=kept_text(why, "--why", longest=_LONGEST_REASON),
    )


def scope_of(context: typer.Context) -> Scope:
    """Return the scope of `--scope` before the command, else of HEMGANG_SCOPE, else all; empty shows nothing.

    Raises:
        SettingsError: the environment cannot be used.
        WrongUse: a code is none.
    """
    option: str | None = context.find_root().params.get("scope")
    if option is not None:
        return read_scope(option, "--scope")
    return read_scope(read_settings().scope, variable("scope"))


def read_scope(text: str, name: str) -> Scope:
    """Return the scope over county codes, municipality codes and payers with comma between them, or over all.

    Raises:
        WrongUse: one of them does not exist.
    """
    words = [word.strip() for word in text.split(",")]
    if words == [""]:
        return Scope()
    if words == [EVERYTHING]:
        return Scope.operator()
    counties = {municipality.county for municipality in municipalities().values()}
    for word in words:
        if word not in counties and not _is_payer(word):
            raise WrongUse(
                f"{name}: {redacted(word)!r} is no county code (23), municipality code (2380) or payer "
                f"(0180/district); write those with comma between them, or {EVERYTHING} alone"
            )
    regions = counties.intersection(words)
    return Scope(frozenset(regions), frozenset(words) - regions)


def _is_payer(word: str) -> bool:
    code, slash, district = word.partition("/")
    return code in municipalities() and (not slash or (code == STOCKHOLM_CITY and bool(district)))


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
