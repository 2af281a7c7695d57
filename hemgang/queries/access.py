"""The access log that every reading of episodes is entered in, and the limits a scope sets (specification 6)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from hemgang import clock
from hemgang.errors import HemgangError
from hemgang.liability.model import Draft
from hemgang.messages.identity_numbers import redacted
from hemgang.queries.episodes import every_stay
from hemgang.scope import Scope
from hemgang.store.access_log import Reader, record
from hemgang.store.database import Database

ALL = "*"
"""Stands in the access log for a reading of many episodes at once."""

_TRIES = 5


class OutsideScope(HemgangError):
    """What was asked for lies outside the reader's scope; the text says what does."""


def log_reading(database: Database, by: Reader, *, action: str, episode: str = ALL) -> None:
    """Append a reading to the access log, at the clock's own time whatever instant was asked about.

    Whoever reads at the same moment gets the next place in it.
    """
    at = clock.now()
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                record(session, by, action=action, episode=episode, at=at)
        except IntegrityError:
            if not tries_left:
                raise
        else:
            return


def refuse_outside(scope: Scope, *, region: str, payer: str | None, commit: bool) -> None:
    """Refuse to draft or close what a scope shows nothing of, or to close more than it shows.

    Raises:
        OutsideScope: the county, or the payer, is outside, or all payers are to be closed under a scope of some.
    """
    if scope.shows(region, ()):
        return
    if not scope.payers:
        raise OutsideScope(f"county {region} is outside the scope")
    if payer is not None and payer not in scope.payers:
        raise OutsideScope(f"payer {redacted(payer)} is outside the scope")
    if commit and payer is None:
        raise OutsideScope("the scope holds only some payers, and --commit would close them all; add --payer")


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
