"""Why a care day is charged, free, not provable or not counted, in sentences with clause and quote (7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl

from agreements.municipalities import Municipality
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.episode.model import Episode, State
from hemgang.liability.evaluation import with_gates
from hemgang.liability.model import Draft, Outcome, Row
from hemgang.liability.month import FIRST_DATE, Month
from hemgang.liability.no_care_day import why_no_care_day
from hemgang.liability.periods import period_table
from hemgang.liability.rulebook import Rulebook
from hemgang.liability.rules import Rules
from hemgang.liability.rulesets import ruled
from hemgang.liability.sentences import Language
from hemgang.liability.telling import Telling


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a run of care days with one outcome and one reason has it; both dates included.

    `outcome` is None where there is no care day to explain, and `reason` then says why not.
    """

    episode: str
    period: int | None
    first: date | None
    last: date | None
    outcome: Outcome | None
    reason: str
    sentences: tuple[str, ...]


def explain(
    episode: Episode,
    drafts: Iterable[Draft],
    *,
    agreements: Agreements,
    rates: Rates,
    municipalities: Mapping[str, Municipality],
    now: datetime,
    language: Language,
    payers: Payers | None = None,
    day: date | None = None,
) -> tuple[Explanation, ...]:
    """Return why each run of an episode's care days, or one `day`, has the outcome that the drafts give it.

    Draft the months of `months_of` with the same rules and `now`, not `priced`, over all episodes of the region, for a
    share or mean is taken over all. Where there is no care day, one explanation says why.
    """
    known = agreements.as_known_on(local_date(now))
    book = Rulebook(known, rates, municipalities, now, payers, priced=False)
    asked = with_gates(ruled(_table(episode, book), book), book.today)
    periods = {period["period"]: period for period in asked.periods.iter_rows(named=True)}
    found: list[Explanation] = []
    for draft in sorted(drafts, key=lambda draft: draft.month):
        telling = Telling(draft, Rules(draft.region, draft.month, book), language, periods, asked.rulesets)
        rows = [row for row in draft.ledger if row.episode == episode.id and day in (None, row.date)]
        found += [_of_run(run, telling) for run in _runs(rows)]
    if not found:
        reason, sentences = why_no_care_day(episode, day, agreements=agreements, now=now, language=language)
        found.append(Explanation(episode.id, None, day, day, None, reason, sentences))
    return tuple(sorted(found, key=lambda told: (told.period or 0, told.first or date.max)))


def _table(episode: Episode, book: Rulebook) -> pl.DataFrame:
    table = period_table([episode], municipalities=book.municipalities, payers=book.payers)
    return table.with_row_index("row")


def months_of(episode: Episode, *, now: datetime, day: date | None = None) -> tuple[Month, ...]:
    """Return the months in which care days of an episode, or the one on `day`, can lie or be settled, in order.

    None after that of `now`, and none before 2018, the first year of the act.
    """
    today = local_date(now)
    spans = [(period.clock_date(), min(today, period.end_date() or today)) for period in episode.periods]
    if day is not None:
        spans = [(at, at) for first, last in spans if first <= day <= last for at in (day, last)]
    if episode.state is State.CANCELLED:
        return ()
    return tuple(sorted({month for first, last in spans for month in _months(first, last)}))


def _months(first: date, last: date) -> Iterator[Month]:
    start = max(first, FIRST_DATE)
    while start <= last:
        month = Month.of(start)
        yield month
        start = month.last + timedelta(days=1)


def _runs(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """Yield rows that say the same of one date after the other, together."""
    run: list[Row] = list(rows[:1])
    for before, row in pairwise(rows):
        if _said(row) == _said(before) and row.date == before.date + timedelta(days=1):
            run.append(row)
            continue
        yield tuple(run)
        run = [row]
    if run:
        yield tuple(run)


def _said(row: Row) -> tuple[object, ...]:
    decided = (row.agreement, row.clause, row.also, row.outcome, row.reasons)
    return (row.payer, row.period, decided, row.rate, row.messages)


def _of_run(run: Sequence[Row], telling: Telling) -> Explanation:
    row = run[0]
    return Explanation(
        episode=row.episode,
        period=row.period,
        first=row.date,
        last=run[-1].date,
        outcome=row.outcome,
        reason=row.reason,
        sentences=tuple(telling.of_run(run)),
    )
