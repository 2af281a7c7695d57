"""An episode as it stood at an instant: what is known of the time after it, such as a notice dated ahead, left out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from hemgang.episode.model import FACT_LISTS, Episode, Fact, PeriodEnd, ReadyPeriod


def as_at(episode: Episode, now: datetime) -> Episode:
    """Return the episode with facts, ready periods and ends up to `now` only (`now` included).

    `state` and `findings` stay those of the whole fold: duties do not read them. A message dated ahead that undoes
    an earlier end (a cancelled discharge, a cancelled stay) has undone it already; none lies more than 24 hours ahead.
    """
    if all(instant <= now for instant in instants_of(episode)):
        return episode
    facts: dict[str, Any] = {name: _by(getattr(episode, name), now) for name in FACT_LISTS}
    return replace(
        episode,
        opened=episode.opened if episode.opened and episode.opened.at <= now else None,
        end=_end_by(episode.end, now),
        periods=tuple(_period_by(period, now) for period in episode.periods if period.notice.at <= now),
        **facts,
    )


def instants_of(episode: Episode) -> Iterator[datetime]:
    """Yield the instant of every fact, notice and end of an episode, in no order; duties can change at these."""
    if episode.opened is not None:
        yield episode.opened.at
    if episode.end is not None:
        yield episode.end.at
    for period in episode.periods:
        yield period.notice.at
        if period.end is not None:
            yield period.end.at
    for name in FACT_LISTS:
        for fact in getattr(episode, name):
            yield fact.at


def _by(facts: tuple[Fact, ...], now: datetime) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.at <= now)


def _end_by(end: PeriodEnd | None, now: datetime) -> PeriodEnd | None:
    return end if end is not None and end.at <= now else None


def _period_by(period: ReadyPeriod, now: datetime) -> ReadyPeriod:
    return replace(period, end=_end_by(period.end, now))
