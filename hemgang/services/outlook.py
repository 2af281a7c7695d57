"""A region's history read in one snapshot, computed from as of any instant; forecasts kept and scored (4.5)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from calendars.timezone import local_date, plain_utc, start_of_day
from hemgang import __version__
from hemgang.episode.fold import fold
from hemgang.liability.evaluation import evaluate
from hemgang.liability.model import Month
from hemgang.liability.periods import Facts, facts
from hemgang.liability.rulebook import JointDecision, Rulebook
from hemgang.messages.model import Message
from hemgang.outlook.forecast import WHOLE_REGION, Band, Forecast, Scored, forecast
from hemgang.outlook.scenarios import OutlookRefused, months_between, payer_months, sum_of
from hemgang.services.closing import looked_back_to, refuse_gone
from hemgang.services.installation import ReferenceData
from hemgang.store import closings, forecasts, messages
from hemgang.store.database import Database

TRIED_ON = (10, 20)
"""The days of a month at whose end a forecast is tried afterwards."""


@dataclass(frozen=True, slots=True)
class RegionHistory:
    """A region's messages and joint decisions in one snapshot, to be computed as of any instant; nothing is read again.

    `decisions` are those recorded by the latest instant, with when each was.
    """

    region: str
    stored: Sequence[tuple[str, Sequence[Message]]]
    decisions: Sequence[tuple[datetime, JointDecision]]
    rules: ReferenceData

    def at(self, known_at: datetime, *, priced: bool = False) -> tuple[Facts, Rulebook]:
        """Return the facts received by an instant, with the rules and decisions known then, and that as `now`."""
        book = Rulebook(
            agreements=self.rules.agreements.as_known_on(local_date(known_at)),
            rates=self.rules.rates,
            municipalities=self.rules.municipalities,
            now=known_at,
            payers=self.rules.payers,
            decisions=frozenset(decision for at, decision in self.decisions if at <= known_at),
            priced=priced,
        )
        stays = (fold(said, episode=episode, as_of=known_at) for episode, said in self.stored)
        return facts(stays, self.region, book), book


def read_region(
    database: Database, region: str, rules: ReferenceData, *, known_at: datetime, months: Collection[Month] = ()
) -> RegionHistory:
    """Read every message of a region's episodes that was received by an instant, to compute `months` from.

    Raises:
        DetailsGone: retention took details of one of the months, or of one that they look back to.
    """
    agreements = rules.agreements.as_known_on(local_date(known_at))
    with database.reading() as session:
        stored = tuple(messages.by_episode(session, received_by=known_at, region=region))
        decisions = tuple(closings.decisions_with_times(session, region=region, known_at=known_at))
        before = frozenset().union(*(looked_back_to(agreements, region, month) for month in months))
        refuse_gone(session, region=region, months=months, before=before)
    return RegionHistory(region, stored, decisions, rules)


def keep_forecast(database: Database, made: Forecast, *, now: datetime) -> None:
    """Append a forecast to those that will be scored."""
    with database.writing() as session:
        forecasts.add(session, made, made_at=now, code=__version__)


def score_forecasts(database: Database, known: RegionHistory, *, now: datetime) -> tuple[Scored, ...]:
    """Hold every stored forecast of a month that is over against what is known of the month now.

    Raises:
        OutlookRefused: no month with a forecast is over.
        RateUnknown: the amount a care day is not known for one of the months.
    """
    with database.reading() as session:
        kept = [one for one in forecasts.of_region(session, known.region, made_by=now) if one[0].ends_at <= now]
    if not kept:
        raise OutlookRefused(f"county {known.region} has no stored forecast of a month that is over")
    return tuple(_scored(kept, known, now=now))


def try_forecasts(
    known: RegionHistory, month: Month, *, count: int, now: datetime, seed: int, told: Callable[[str], None]
) -> tuple[Scored, ...]:
    """Forecast the `count` months that end with `month` as of the 10th and the 20th, and score them.

    Each with only what had been received by the end of that day. `told` is given each month as it is begun.

    Raises:
        OutlookRefused: a month is not over, or lies before the act.
        HistoryTooShort: there are fewer than three whole months before one of them.
        RateUnknown: the amount a care day is not known for one of the months.
    """
    if month.ends_at > now:
        raise OutlookRefused(f"{month} is not over: forecasts are tried on months whose outcome is known")
    kept: list[tuple[Month, datetime, Band]] = []
    for one in _months_to(month, count):
        told(f"{one} …")
        for day in TRIED_ON:
            known_at = end_of(date(one.year, one.number, day))
            made = forecast(*_of_month(known, one, known_at), seed=seed)
            kept += ((one, known_at, band) for band in made.bands)
    told("")
    return tuple(_scored(kept, known, now=now))


def end_of(day: date) -> datetime:
    """Return the instant (UTC) at which a local date ends."""
    return plain_utc(start_of_day(day + timedelta(days=1))) - timedelta(microseconds=1)


def _of_month(known: RegionHistory, month: Month, known_at: datetime) -> tuple[Facts, Month, Rulebook]:
    found, book = known.at(known_at, priced=True)
    return found, month, book


def _months_to(month: Month, count: int) -> tuple[Month, ...]:
    first: Month | None = month
    for _ in range(count - 1):
        first = first.preceding() if first is not None else None
    if first is None:
        raise OutlookRefused(f"{count} months up to {month} begin before the act")
    return months_between(first, month)


def _scored(kept: Iterable[tuple[Month, datetime, Band]], known: RegionHistory, *, now: datetime) -> Iterator[Scored]:
    """Score what was foretold; a payer without anything in the month pays nothing."""
    told = list(kept)
    months = months_between(min(one[0] for one in told), max(one[0] for one in told))
    found, book = known.at(now, priced=True)
    outcomes = payer_months(evaluate(found.periods, months, book), months, region=known.region, book=book)
    for month, as_of, band in told:
        own = (one for (payer, of), one in outcomes.items() if of == month and band.payer in (WHOLE_REGION, payer))
        outcome = sum_of(one.amount for one in own)
        if outcome is None:
            raise ValueError("a priced month has an amount")
        yield Scored(month, as_of, band, outcome)
