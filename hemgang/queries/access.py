"""Every reading of episodes goes into the access log before anything is shown (specification 6).

Whose episodes a command may show: `--scope`, else HEMGANG_SCOPE, else all (specification 6).
"""

import getpass
import os
from dataclasses import replace
from datetime import datetime

import typer
from sqlalchemy.exc import IntegrityError

from agreements.payers import municipalities
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import shown
from hemgang.cli.params import kept_text, now_or
from hemgang.episode.model import STOCKHOLM_CITY
from hemgang.liability.model import Draft
from hemgang.queries.episodes import every_stay
from hemgang.scope import Scope
from hemgang.settings import read_settings, variable
from hemgang.store.access_log import Reader, record
from hemgang.store.database import Database

OPERATOR = "operator"
ALL = "*"
"""Stands in the access log for a reading of many episodes at once."""

TRIES = 5
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


def log_reading(database: Database, by: Reader, *, action: str, episode: str = ALL) -> None:
    """Append a reading to the access log, at the clock's own time whatever `--now` says.

    Whoever reads at the same moment gets the next place in it.
    """
    at = now_or(None)
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                record(session, by, action=action, episode=episode, at=at)
        except IntegrityError:
            if not tries_left:
                raise
        else:
            return


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


EVERYTHING = "all"


def scope_of(context: typer.Context) -> Scope:
    """Return the scope that was asked for before the command or in the environment; set but empty shows nothing.

    Raises:
        SettingsError: the environment cannot be used.
        WrongUse: a code is none.
    """
    said: str | None = context.find_root().params.get("scope")
    if said is not None:
        return read_scope(said, "--scope")
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
                f"{name}: {shown(word)!r} is no county code (23), municipality code (2380) or payer (0180/district); "
                f"write those with comma between them, or {EVERYTHING} alone"
            )
    regions = counties.intersection(words)
    return Scope(frozenset(regions), frozenset(words) - regions)


def refuse_outside(scope: Scope, *, region: str, payer: str | None, commit: bool) -> None:
    """Refuse to draft or close what a scope shows nothing of, or to close more than it shows.

    Raises:
        WrongUse: the county, or the payer, is outside the scope, or all payers are to be closed under a scope of some.
    """
    if scope.shows(region, ()):
        return
    if not scope.payers:
        raise WrongUse(f"county {region} is outside the scope")
    if payer is not None and payer not in scope.payers:
        raise WrongUse(f"payer {shown(payer)} is outside the scope")
    if commit and payer is None:
        raise WrongUse("the scope holds only some payers, and --commit would close them all; add --payer")


def within(scope: Scope, drafted: Draft, database: Database, *, known_at: datetime) -> Draft:
    """Return what a scope shows of a month that was computed over everything; its hash stays that of the whole.

    A finding is shown where its episode is.
    """
    if scope.everything:
        return drafted
    findings = drafted.findings
    if findings:
        stays = every_stay(database, scope, known_at=known_at, region=drafted.region)
        seen = {stay.id for stay in stays}
        findings = tuple(finding for finding in findings if finding.episode in seen)
    if scope.shows(drafted.region, ()):
        return replace(drafted, findings=findings)
    return replace(
        drafted,
        statements=tuple(one for one in drafted.statements if one.payer in scope.payers),
        ledger=tuple(row for row in drafted.ledger if row.payer in scope.payers),
        review=tuple(item for item in drafted.review if item.payer in scope.payers),
        findings=findings,
    )


def _is_payer(word: str) -> bool:
    code, slash, district = word.partition("/")
    return code in municipalities() and (not slash or (code == STOCKHOLM_CITY and bool(district)))
