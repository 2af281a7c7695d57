"""Whether an old episode may go, and if not, why it is kept: pure, over what the store knows of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from calendars.zone import local_date
from hemgang.episode.model import Episode, ReadyPeriod
from hemgang.liability.model import UNKNOWN_PAYER
from hemgang.liability.month import FIRST_DATE, Month


class Why(StrEnum):
    """Why something old is kept, in the order in which it is asked."""

    NO_RULE = "no_rule"
    UNOPENED = "unopened"
    OPEN = "open"
    TO_BE_LOOKED_AT = "to_be_looked_at"
    DUTY_OPEN = "duty_open"
    ALERT_WAITING = "alert_waiting"
    MONTH_OPEN = "month_open"
    DISPUTED = "disputed"
    RESTATEMENT_DUE = "restatement_due"
    LOOKED_BACK_TO = "looked_back_to"
    DETAILS_REMAIN = "details_remain"
    LAST_ROW = "last_row"


WORDS = {
    Why.NO_RULE: "a region that the patient was in has no rule",
    Why.UNOPENED: "nothing opened it, so nobody knows whose it is",
    Why.OPEN: "the stay is not over",
    Why.TO_BE_LOOKED_AT: "the engine has not looked at its last message yet",
    Why.DUTY_OPEN: "a duty is open",
    Why.ALERT_WAITING: "an alert waits to be sent",
    Why.MONTH_OPEN: "a month in which it may be charged is not closed",
    Why.DISPUTED: "a dispute over one of its months is not settled",
    Why.RESTATEMENT_DUE: "one of its closed months would come out otherwise now: hemgang restate",
    Why.LOOKED_BACK_TO: "a month that is not closed looks back to one of its months",
    Why.DETAILS_REMAIN: "episodes of the month are still stored",
    Why.LAST_ROW: "the last row of the log is kept, so that the next one follows from it",
}
"""What each reason means, in a line."""


@dataclass(frozen=True, slots=True, order=True)
class PayerMonth:
    """A month of a region for one payer; what a closing closes, and what loses its details together."""

    region: str
    month: Month
    payer: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says of an episode beside its messages."""

    waits: bool
    duty_open: bool
    alert_waiting: bool


def over_on(episode: Episode, last_message: date) -> date:
    """Return the date from which an ended episode's time is counted: its end, or its last message if that is later."""
    return last_message if episode.end is None else max(local_date(episode.end.at), last_message)


def regions_of(episode: Episode) -> frozenset[str]:
    """Return every county the patient was in; none if nothing opened the episode."""
    own = () if episode.region is None else (episode.region,)
    return frozenset((*own, *(entered.region for entered in episode.regions)))


def payers_of(episode: Episode) -> frozenset[str]:
    """Return every payer the episode has had."""
    return frozenset(held.payer for held in episode.payers)


def months_charged(episode: Episode) -> frozenset[PayerMonth]:
    """Return the months in which the episode may be charged or counted: those its ready periods touch, by payer.

    Every date from the notice to the end, both included, whatever a clause would make of it; none before the act.
    """
    return frozenset(
        PayerMonth(episode.region_on(day) or "", Month.of(day), payer.payer if payer else UNKNOWN_PAYER)
        for period in episode.periods
        for day in _dates(period)
        for payer in (episode.payer_on(day),)
    )


def why_kept(
    episode: Episode, stored: Stored, months: Iterable[PayerMonth], of_month: Callable[[PayerMonth], Why | None]
) -> Why | None:
    """Return the first reason that keeps an episode whose time is out, None if it may go."""
    told = (
        (episode.opened is None or not regions_of(episode), Why.UNOPENED),
        (not episode.state.ended or episode.end is None, Why.OPEN),
        (stored.waits, Why.TO_BE_LOOKED_AT),
        (stored.duty_open, Why.DUTY_OPEN),
        (stored.alert_waiting, Why.ALERT_WAITING),
    )
    own = next((why for holds, why in told if holds), None)
    if own is not None:
        return own
    found = {of_month(month) for month in months}
    return next((why for why in Why if why in found), None)


def _dates(period: ReadyPeriod) -> Iterator[date]:
    first = max(FIRST_DATE, min(period.ready_on, local_date(period.notice.at)))
    last = period.end_date() or first
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
