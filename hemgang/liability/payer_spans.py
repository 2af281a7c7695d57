"""Who pays for which care days of a stay: the messages' payers, a merged board followed by its successor (4.1)."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from agreements.payers import Payers
from hemgang.episode.model import Episode, PayerFrom
from hemgang.liability.model import UNKNOWN_PAYER


class PayerState(IntEnum):
    """Whether a payer can be charged; numbers, since they stand in columns."""

    KNOWN = 0
    UNKNOWN = 1
    NOT_VALID = 2


@dataclass(frozen=True, slots=True)
class PayerSpan:
    """A payer from a local date on, until the next span's; `message` is None where no message names a payer."""

    since: date
    payer: str
    state: PayerState
    message: str | None


NOBODY = PayerSpan(date.min, UNKNOWN_PAYER, PayerState.UNKNOWN, None)


def payer_spans(episode: Episode, *, municipalities: Container[str], payers: Payers | None) -> tuple[PayerSpan, ...]:
    """Return the payers of a stay in order of date; the first one pays for days before it too.

    Of two that begin on the same date the later message counts. `payers` is the register of payers with dates (None =
    none is kept): one whose days end within its span is followed by its successor from the day after, and stands as not
    valid where it has none.
    """
    if not episode.payers:
        return (NOBODY,)
    if len(episode.payers) == 1 and payers is None:
        return (_span(episode.payers[0], episode.payers[0].since, municipalities, None),)
    held = sorted({one.since: one for one in episode.payers}.values(), key=lambda one: one.since)
    ends = [*(one.since for one in held[1:]), date.max]
    return tuple(
        _span(one, since, municipalities, payers)
        for one, until in zip(held, ends, strict=True)
        for since in _dates(one, until, payers)
    )


def span_on(spans: Sequence[PayerSpan], day: date) -> PayerSpan:
    """Return the span that a care day beginning on `day` lies in, the first one for days before it."""
    current = spans[0]
    for span in spans:
        if span.since <= day:
            current = span
    return current


def _dates(held: PayerFrom, until: date, payers: Payers | None) -> Iterator[date]:
    """Yield the dates within a payer's span on which the register says something new of it."""
    yield held.since
    if payers is not None:
        yield from (edge for edge in payers.edges(held.payer) if held.since < edge < until)


def _span(held: PayerFrom, since: date, municipalities: Container[str], payers: Payers | None) -> PayerSpan:
    if held.payer.partition("/")[0] not in municipalities:
        return PayerSpan(since, held.payer, PayerState.UNKNOWN, held.message)
    if payers is None:
        return PayerSpan(since, held.payer, PayerState.KNOWN, held.message)
    found = payers.resolve(held.payer, since)
    state = PayerState.KNOWN if found.valid else PayerState.NOT_VALID
    return PayerSpan(since, found.code, state, held.message)
