"""Outlooks as a reader may see them: thresholds, forecasts and their scores, months under other agreements.

Each function refuses a county that the scope shows nothing of, enters the reading in the access log before it reads,
and leaves out of the result the payers that are outside the scope.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agreements.registry import Agreements
from calendars.timezone import local_date
from hemgang.liability.model import Month
from hemgang.outlook.forecast import Forecast, Scored, forecast
from hemgang.outlook.scenarios import Scenario, ScenarioResult, backtest
from hemgang.outlook.threshold import ThresholdReport, threshold_report
from hemgang.outlook.whatif import WhatIf, what_if
from hemgang.queries.access import log_reading, refuse_outside
from hemgang.queries.episodes import Progress
from hemgang.scope import Scope
from hemgang.services import outlook as service
from hemgang.services.installation import Installation
from hemgang.services.outlook import RegionHistory, keep_forecast, read_region, try_forecasts
from hemgang.store.access_log import Reader

Scenarios = Callable[[Agreements], Sequence[Scenario]]
"""Makes the agreements to compute under, of those known at the instant."""


@dataclass(frozen=True, slots=True)
class RegionReading:
    """One reading of a region by a reader, to compute from: what is returned of it is in the scope."""

    installation: Installation
    scope: Scope
    known: RegionHistory

    def shows(self, payer: str) -> bool:
        """Whether a payer's figures are in the scope; the whole region's ("") are where the county is."""
        return self.scope.shows(self.known.region, (payer,))


def read_region_as(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    *,
    region: str,
    known_at: datetime,
    action: str,
    months: Sequence[Month] = (),
) -> RegionReading:
    """Read a region's history up to an instant, to compute `months` from; `action` names the reading in the log.

    Raises:
        OutsideScope: the county is outside the scope.
        DetailsGone: see `hemgang.services.outlook.read_region`.
    """
    refuse_outside(scope, region=region, payer=None)
    log_reading(installation.database, reader, action=action)
    known = read_region(installation.database, region, installation.rules, known_at=known_at, months=months)
    return RegionReading(installation, scope, known)


def view_thresholds(
    installation: Installation, reader: Reader, scope: Scope, *, region: str, known_at: datetime
) -> ThresholdReport:
    """Return how far each payer in the scope is from its threshold in the month of an instant, as known then.

    Raises:
        OutsideScope: the county is outside the scope.
    """
    month = Month.of(local_date(known_at))
    read = read_region_as(
        installation, reader, scope, region=region, known_at=known_at, action="threshold", months=(month,)
    )
    found = threshold_report(*read.known.at(known_at))
    return replace(found, payers=tuple(one for one in found.payers if read.shows(one.payer)))


def make_forecast(
    read: RegionReading, month: Month | None, *, seed: int, now: datetime, progress: Progress
) -> Forecast:
    """Forecast a month (None = the running one), keep the whole forecast, and return the bands in the scope.

    Raises:
        HistoryTooShort: there are fewer than three whole months before it.
        RateUnknown: the amount a care day is not known for the month.
    """
    facts, book = read.known.at(now, priced=True)
    month = month or Month.of(book.today)
    progress(f"{month} …")
    try:
        made = forecast(facts, month, book, seed=seed)
    finally:
        progress("")
    keep_forecast(read.installation.database, made, now=now)
    return replace(made, bands=tuple(band for band in made.bands if read.shows(band.payer)))


def score_forecasts(read: RegionReading, *, now: datetime) -> Sequence[Scored]:
    """Return the kept forecasts in the scope of months that are over, each against the outcome.

    Raises:
        OutlookRefused: no month with a forecast is over.
    """
    scored = service.score_forecasts(read.installation.database, read.known, now=now)
    return [one for one in scored if read.shows(one.band.payer)]


def backtest_forecasts(
    read: RegionReading, month: Month, *, count: int, seed: int, now: datetime, progress: Progress
) -> Sequence[Scored]:
    """Return forecasts of the `count` months up to a month, made as of the 10th and 20th, each against the outcome.

    Raises:
        OutlookRefused, HistoryTooShort, RateUnknown: see `hemgang.services.outlook.try_forecasts`.
    """
    tried = try_forecasts(read.known, month, count=count, now=now, seed=seed, told=progress)
    return [one for one in tried if read.shows(one.band.payer)]


def backtest_agreements(
    read: RegionReading, scenarios: Scenarios, months: Sequence[Month], *, known_at: datetime
) -> tuple[ScenarioResult, ...]:
    """Return months under each agreement, as if it had always governed the region; the payers in the scope."""
    facts, book = read.known.at(known_at)
    tried = backtest(facts, months, scenarios(book.agreements), book)
    return tuple(
        replace(one, months={key: found for key, found in one.months.items() if read.shows(key[0])}) for one in tried
    )


def compare_agreements(read: RegionReading, scenarios: Scenarios, month: Month, *, known_at: datetime) -> WhatIf:
    """Return a month under one agreement against the same under another; the payers in the scope.

    Raises:
        OutlookRefused: the two agreements are the same.
    """
    facts, book = read.known.at(known_at)
    first, second = scenarios(book.agreements)
    found = what_if(facts, month, first=first, second=second, book=book)
    steps = tuple(
        replace(step, effects={payer: effect for payer, effect in step.effects.items() if read.shows(payer)})
        for step in found.steps
    )
    return replace(
        found,
        payers={payer: pair for payer, pair in found.payers.items() if read.shows(payer)},
        steps=steps,
        episodes=tuple(one for one in found.episodes if read.shows(one.payer)),
    )
