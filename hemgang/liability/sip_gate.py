"""The gate of the joint plan as columns: was the call to SIP sent in time, where one is needed (LUS 4:3, 5:3)."""

from datetime import date

import polars as pl

from calendars.day_table import next_weekday
from hemgang.episode.model import SipNeed
from hemgang.liability.conditions import Situation
from hemgang.liability.gates import BLOCK, NO_BITS, Bits, by_policy, flagged, rests
from hemgang.liability.marks import Evidence

_NOT_NEEDED = (SipNeed.NO.value, SipNeed.DECLINED.value)


def with_sip_days(periods: pl.DataFrame) -> pl.DataFrame:
    """Add the last date for the call, strict and as lag (1930:173) extends it: `sip_last` and `sip_extended`.

    The local date of the ready notice is day 0; the call is in time to the end of the last date.
    """
    last = periods.get_column("sent_on").cast(pl.Int32) + periods.get_column("asks_sip_days").cast(pl.Int32)
    days = last.to_numpy().astype("datetime64[D]")
    return periods.with_columns(sip_last=last.cast(pl.Date), sip_extended=pl.Series(next_weekday(days)).cast(pl.Date))


def sip_called(today: date) -> Bits:
    """Return whether the call came in time, or need not have come; `today` tells what can still be done in time.

    A call by the extended date goes to review. A call before the notice in the same episode is in time.
    """
    need, called = pl.col("sip_need"), _called(today)
    spared = need.is_in(_NOT_NEEDED).fill_null(False)
    needed = (need == SipNeed.YES.value).fill_null(False)
    unknown = ~spared & ~needed
    passed = _by("sip_last") | _by("sip_extended")
    policy = pl.col("asks_unknown_need")
    blocked_unknown, review_unknown = by_policy(unknown & ~passed, policy, Situation.SIP_NEED_UNKNOWN)
    asked = needed | (unknown & passed)
    rests_on_call = called.essential.ne(0) & (needed | (unknown & (policy == BLOCK)))
    return Bits(
        blocked=pl.when(needed).then(called.blocked).otherwise(NO_BITS) | blocked_unknown,
        review=pl.when(asked).then(called.review).otherwise(NO_BITS) | review_unknown,
        essential=rests(rests_on_call, Evidence.SIP_CALL)
        | rests(spared & _blocked_without_the_latest_need(called, passed), Evidence.SIP_NEED),
    )


def _blocked_without_the_latest_need(called: Bits, passed: pl.Expr) -> pl.Expr:
    before = pl.col("sip_need_before")
    needed_before = (before == SipNeed.YES.value).fill_null(False)
    unknown_before = ~before.is_in(_NOT_NEEDED).fill_null(False) & ~needed_before
    return (needed_before & called.blocked.ne(0)) | (unknown_before & ~passed & (pl.col("asks_unknown_need") == BLOCK))


def _called(today: date) -> Bits:
    """Return what the call says where one is needed."""
    sent = pl.col("sip_call_on").is_not_null()
    extended = sent & ~_by("sip_last") & _by("sip_extended")
    late = sent & ~_by("sip_extended")
    awaited = ~sent & (pl.lit(today) <= pl.col("sip_extended"))
    blocked, review = by_policy(late, pl.col("asks_late_sip"), Situation.SIP_CALLED_LATE)
    return Bits(
        blocked=flagged(awaited, Situation.SIP_NOT_YET_CALLED)
        | flagged(~sent & ~awaited, Situation.SIP_NOT_CALLED)
        | blocked,
        review=flagged(extended, Situation.SIP_CALLED_BY_EXTENDED_DATE) | review,
        essential=rests(sent & ~(late & (pl.col("asks_late_sip") == BLOCK)), Evidence.SIP_CALL),
    )


def _by(last: str) -> pl.Expr:
    """Tell whether a call was sent by a date, the date included."""
    return (pl.col("sip_call_on") <= pl.col(last)).fill_null(False)
