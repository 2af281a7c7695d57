"""The access log that every reading of episodes is entered in, and the refusals of a scope (specification 6)."""

from sqlalchemy.exc import IntegrityError

from hemgang import clock
from hemgang.errors import HemgangError
from hemgang.i18n.catalogue import phrase
from hemgang.messages.identity_numbers import redacted
from hemgang.scope import Scope
from hemgang.store.access_log import Reader, record
from hemgang.store.database import Database

ALL = "*"
"""Stands in the access log for a reading of many episodes at once."""

_TRIES = 5


class OutsideScope(HemgangError):
    """What was asked for lies outside the reader's scope; the text says what does."""


class NothingStored(HemgangError):
    """Nothing that the reader may see is stored under what they asked for; the same words where it is outside."""


def log_reading(database: Database, reader: Reader, *, action: str, episode: str = ALL) -> None:
    """Append a reading to the access log, at the clock's own time whatever instant was asked about.

    Whoever reads at the same moment gets the next place in it.
    """
    at = clock.now()
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                record(session, reader, action=action, episode=episode, at=at)
        except IntegrityError:
            if not tries_left:
                raise
        else:
            return


def refuse_outside(scope: Scope, *, region: str, payer: str | None, whole: bool = False) -> None:
    """Refuse a month that a scope shows nothing of; with `whole` also one that it shows a part of only.

    Raises:
        OutsideScope: the county, or the payer, is outside, or all payers are meant under a scope of some.
    """
    if scope.shows(region, ()):
        return
    if not scope.payers:
        raise OutsideScope(phrase("query.county_outside", region=region))
    if payer is not None and payer not in scope.payers:
        raise OutsideScope(phrase("query.payer_outside", payer=redacted(payer)))
    if whole and payer is None:
        raise OutsideScope(phrase("query.some_payers_only"))
