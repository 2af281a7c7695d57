"""The facts of a region's stays and their table of ready periods: one row each, with every fact a closing asks for.

One row or ten million take the same code. A stay's payers are those of its messages, a merged board followed by its
successor (4.1). The table holds no agreement: the rules are evaluated over its columns.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any
from unicodedata import normalize

import polars as pl

from agreements.payers import Payers
from calendars.timezone import local, local_date, start_of_day
from hemgang.episode.model import Episode, Fact, PayerFrom, ReadyPeriod, State
from hemgang.findings import Code
from hemgang.liability.model import UNKNOWN_PAYER, Month
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


INSTANT: pl.DataType = pl.Datetime("us", "UTC")
_PAYERS: pl.DataType = pl.List(
    pl.Struct({"since": pl.Date, "payer": pl.String, "payer_state": pl.UInt8, "payer_message": pl.String})
)
_LEAVES: pl.DataType = pl.List(pl.Struct({"first": pl.Date, "last": pl.Date, "messages": pl.List(pl.String)}))

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "stay": pl.UInt32,  # number of the episode in this table
    "episode": pl.String,
    "period": pl.Int32,
    "region": pl.String,  # county that the stay ended in, or is in
    "care": pl.String,
    "age": pl.Int32,  # years at admission
    "compulsory": pl.Boolean,
    "opened_at": INSTANT,
    "notice_at": INSTANT,
    "ready_on": pl.Date,
    "sent_on": pl.Date,  # local date of the notice
    "sent_clock": pl.Time,  # local time of the notice
    "end_kind": pl.String,  # null while open
    "left_on": pl.Date,  # local date of the end
    "status": pl.String,  # of the discharge
    "payer": pl.String,  # the only one, or the first
    "payer_state": pl.UInt8,
    "payer_began": pl.String,  # on the clock date without any cut-off
    "payer_left": pl.String,  # on the local date of the end; the latest while open
    "payers": _PAYERS,  # null where there is only one
    "leaves": _LEAVES,  # whole dates, both included; null where there is none
    "admission_notice_at": INSTANT,  # first one during the stay
    "assessed_at": INSTANT,
    "sip_need": pl.String,  # latest word, and the one before it
    "sip_need_before": pl.String,
    "sip_call_on": pl.Date,  # local date of the first call
    "outpatient": pl.String,  # latest word, and the one before it
    "outpatient_before": pl.String,
    "opened_message": pl.String,
    "notice_message": pl.String,
    "payer_message": pl.String,
    "end_message": pl.String,
    "admission_notice_message": pl.String,
    "care_contact_message": pl.String,  # first one until the period's end
    "sip_call_message": pl.String,
    "sip_need_message": pl.String,
    "outpatient_message": pl.String,
    "care_plan_message": pl.String,  # first one until the ready notice
}

PERIODS = pl.Schema(_COLUMNS)
"""Columns of the table. Dates are local, instants UTC; a null says that no message speaks of it."""


def period_table(
    stays: Iterable[Episode], *, municipalities: Container[str], payers: Payers | None = None
) -> pl.DataFrame:
    """Return the ready periods of stays in the order given, as `PERIODS`.

    A stay that nothing opened, or that was cancelled, has none. `municipalities` and `payers` tell which payers exist.
    """
    rows = [
        row
        for number, stay in enumerate(stays)
        if stay.opened is not None and stay.state is not State.CANCELLED and stay.periods
        for row in _rows(number, stay, payer_spans(stay, municipalities=municipalities, payers=payers))
    ]
    return pl.DataFrame(rows, schema=PERIODS, orient="row")


def _rows(number: int, stay: Episode, spans: tuple[PayerSpan, ...]) -> Iterator[tuple[Any, ...]]:
    of_stay = _of_stay(stay)
    leaves = _leaves(stay) or None
    changes = [_change(one) for one in spans] if len(spans) > 1 else None
    for period in stay.periods:
        yield (
            number,
            stay.id,
            period.number,
            stay.region,
            *_of_patient(stay),
            *_of_period(period),
            spans[0].payer,
            int(spans[0].state),
            span_on(spans, period.clock_date()).payer,
            span_on(spans, period.end_date() or date.max).payer,
            changes,
            leaves,
            *of_stay,
            stay.opened.message if stay.opened else None,
            period.notice.message,
            spans[0].message,
            period.end.message if period.end else None,
            *_messages(stay, period),
        )


def _change(span: PayerSpan) -> dict[str, Any]:
    state = int(span.state)
    return {"since": span.since, "payer": span.payer, "payer_state": state, "payer_message": span.message}


def _of_patient(stay: Episode) -> tuple[Any, ...]:
    patient = stay.patient
    care, age = (patient.care, patient.age) if patient else ("", None)
    return care, age, stay.compulsory, stay.opened.at if stay.opened else None


def _of_period(period: ReadyPeriod) -> tuple[Any, ...]:
    sent, end = local(period.notice.at), period.end
    kind, left_on = (end.kind.value, period.end_date()) if end else (None, None)
    status = plain_status(end.status) if end and end.status else None
    return period.notice.at, period.ready_on, sent.date(), sent.time(), kind, left_on, status


def plain_status(status: str) -> str:
    """Return a status as it is compared: without case, spaces around it, and ways to compose a letter."""
    return normalize("NFC", status).strip().upper()


def _of_stay(stay: Episode) -> tuple[Any, ...]:
    notice = _notice_during_stay(stay)
    needs, words = stay.sip_needs, stay.outpatient_care
    return (
        notice.at if notice else None,
        notice.assessed_at if notice else None,
        needs[-1].value if needs else None,
        needs[-2].value if len(needs) > 1 else None,
        local_date(stay.sip_calls[0].at) if stay.sip_calls else None,
        words[-1].value if words else None,
        words[-2].value if len(words) > 1 else None,
    )


def _messages(stay: Episode, period: ReadyPeriod) -> tuple[str | None, ...]:
    notice, end, notice_id = _notice_during_stay(stay), period.end, period.notice.message
    contact = next((one for one in stay.care_contacts if end is None or one.at <= end.at), None)
    without = any(one.code is Code.READY_WITHOUT_CARE_PLAN and notice_id in one.messages for one in stay.findings)
    plan = None if without else next((one for one in stay.care_plans if one.at <= period.notice.at), None)
    return (
        notice.message if notice else None,
        contact.message if contact else None,
        stay.sip_calls[0].message if stay.sip_calls else None,
        stay.sip_needs[-1].message if stay.sip_needs else None,
        stay.outpatient_care[-1].message if stay.outpatient_care else None,
        plan.message if plan else None,
    )


def _notice_during_stay(stay: Episode) -> Fact | None:
    """Return the first admission notice; one sent after the end meets the ward's duty, not the condition."""
    return next((one for one in stay.admission_notices if stay.end is None or one.at <= stay.end.at), None)


def _leaves(stay: Episode) -> list[dict[str, Any]]:
    """Return the whole dates (00:00 to 00:00) of each leave; one that is not ended lasts until the stay does."""
    found = []
    for leave in stay.leaves:
        over = leave.ended_at or (stay.end.at if stay.end else None)
        first = local_date(leave.started_at)
        if leave.started_at > start_of_day(first):
            first += timedelta(days=1)
        last = date.max if over is None else local_date(over) - timedelta(days=1)
        if first <= last:
            found.append({"first": first, "last": last, "messages": list(leave.messages)})
    return found
