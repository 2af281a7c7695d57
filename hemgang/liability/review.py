"""The joint review list (gemensam granskning): charged although a condition is in doubt (4.3, 001)."""

from collections.abc import Iterable, Iterator

from hemgang.liability.conditions import Effect
from hemgang.liability.ledger import PeriodRows
from hemgang.liability.model import Outcome, ReviewItem


def review_list(found: Iterable[PeriodRows], *, payer: str | None) -> tuple[ReviewItem, ...]:
    """Return one entry for each doubtful condition of a ready period with charged days in the month, sorted.

    A period charged to two payers stands once for each. `payer` picks one; None = all.
    """
    return tuple(sorted(_items(found, payer), key=lambda item: (item.payer, item.episode, item.period, item.condition)))


def _items(found: Iterable[PeriodRows], wanted: str | None) -> Iterator[ReviewItem]:
    for period in found:
        doubts = [answer for answer in period.answers if answer.effect is Effect.REVIEW]
        charged = {row.payer for row in period.rows if row.outcome is Outcome.CHARGED}
        for payer in charged:
            for doubt in doubts if wanted in (None, payer) else ():
                yield ReviewItem(
                    payer=payer,
                    episode=period.ruled.episode.id,
                    period=period.ruled.period.number,
                    condition=doubt.condition,
                    situation=doubt.situation,
                    clause=doubt.citation.clause,
                    messages=doubt.messages,
                )
