"""What is known of a region's stays, ready to be computed: the stays themselves and their table of ready periods."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from hemgang.episode.model import Episode, State
from hemgang.liability.month import Month
from hemgang.liability.payer_spans import payer_spans
from hemgang.liability.periods import period_table
from hemgang.liability.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Facts:
    """A region's stays that something opened and nobody cancelled, by episode, and their ready periods (`PERIODS`)."""

    region: str
    stays: tuple[Episode, ...]
    periods: pl.DataFrame


def facts(episodes: Iterable[Episode], region: str, book: Rulebook) -> Facts:
    """Return the facts of a region out of episodes in any order; those of other regions are left out.

    Raises:
        ValueError: an episode is given twice.
    """
    by_id: dict[str, Episode] = {}
    for episode in episodes:
        if episode.id in by_id:
            raise ValueError(f"episode {episode.id!r} is given twice")
        by_id[episode.id] = episode
    stays = tuple(by_id[name] for name in sorted(by_id) if _counts(by_id[name], region))
    return Facts(region, stays, period_table(stays, municipalities=book.municipalities, payers=book.payers))


def in_month(stay: Episode, month: Month, book: Rulebook) -> bool:
    """Tell whether a stay overlaps a month; one that is not over lasts until `now`."""
    until = stay.end.at if stay.end else book.now
    return stay.opened is not None and stay.opened.at < month.ends_at and until >= month.starts_at


def payers_in_month(stay: Episode, month: Month, book: Rulebook) -> frozenset[str]:
    """Return the payers that a stay has on the dates of a month."""
    spans = payer_spans(stay, municipalities=book.municipalities, payers=book.payers)
    first = max(month.first, spans[0].since)
    begun = [span for span in spans if span.since <= first]
    later = [span for span in spans if first < span.since <= month.last]
    return frozenset(span.payer for span in (*(begun[-1:] or spans[:1]), *later))


def _counts(episode: Episode, region: str) -> bool:
    return episode.region == region and episode.opened is not None and episode.state is not State.CANCELLED
