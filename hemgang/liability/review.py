"""The joint review list (gemensam granskning): charged although a condition is in doubt (4.3, 001)."""

from collections.abc import Iterable, Iterator

import polars as pl

from hemgang.liability.answers import doubts
from hemgang.liability.evaluation import Evaluation
from hemgang.liability.model import Outcome, ReviewItem, Row


def review_list(rows: Iterable[Row], found: Evaluation) -> tuple[ReviewItem, ...]:
    """Return one entry for each doubtful condition of a ready period with charged days among the rows, sorted.

    A period charged to two payers stands once for each.
    """
    charged = {(row.payer, row.episode, row.period) for row in rows if row.episode and row.outcome is Outcome.CHARGED}
    items = _items(charged, found)
    return tuple(sorted(items, key=lambda item: (item.payer, item.episode, item.period, item.condition)))


def _items(charged: set[tuple[str, str, int]], found: Evaluation) -> Iterator[ReviewItem]:
    doubtful = found.periods.filter(pl.col("review") != 0)
    by_key = {(one["episode"], one["period"]): one for one in doubtful.iter_rows(named=True)}
    for payer, episode, number in charged:
        period = by_key.get((episode, number))
        if period is None:
            continue
        for doubt in doubts(period, found.rulesets[period["ruleset"]].terms):
            yield ReviewItem(
                payer=payer,
                episode=episode,
                period=number,
                condition=doubt.condition,
                situation=doubt.situation,
                clause=doubt.citation.clause,
                messages=doubt.messages,
            )
