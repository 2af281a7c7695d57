"""The day ledger in columns: one row a care day of each ready period, over all clauses at once (specification 4.4).

A date is one row: that of the first clause which charges it, else of the first which says that it is free. The clause
that decides also gives the month the row belongs to, so that no date is charged twice, whatever the clauses. A row
bears its payer, whether it falls wholly inside a leave (permission, 1.3), and its amount in öre: that of the year the
care day begins in, or the one agreed (LUS 5:6, 4:5).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from math import floor
from operator import or_

import polars as pl

from agreements.model import Attribution, ChargeKind, Clause
from hemgang.liability.columns import (
    DAY,
    EPOCH,
    PERIOD_ENDED,
    Evidence,
    attributed,
    charged_from,
    day0,
    end_day,
    lane_bits,
    left_out,
    outcome_number,
    reason_bit,
)
from hemgang.liability.model import DayOutcome, Reason
from hemgang.liability.patient_gates import payer_bits
from hemgang.liability.rulebook import Rulebook, Ruleset

BITS = pl.UInt32
OF_DAYS = (
    "row",
    "region",
    "payer",
    "payer_state",
    "payers",
    "leaves",
    "end_kind",
    "left_on",
    "ready_on",
    "sent_on",
    "sent_clock",
    "began",
    "blocked",
    "essential",
    "asks_leave_counts",
)
"""The columns of the table of periods that the day ledger is made from."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """The months computed, as day numbers: first date, and last date, both included; and today's."""

    first: int
    last: int
    today: int


def day_rows(
    periods: pl.DataFrame, rules: Ruleset, *, span: DayRange, exempt: Sequence[pl.DataFrame | None]
) -> pl.DataFrame:
    """Return the care days of periods that share a ruleset, in the months of the span.

    `exempt` holds, for each clause with a monthly gate, `region`, `month` (day number), `payer` and `exempt`.
    Columns out: `row`, `month`, `payer`, `day`, `n`, `lane` (the place of the clause in the ruleset), `also` (bits of
    places), `outcome`, `reasons`, `rests`, all numbers but the payer.
    """
    days = with_payers(_exploded(periods, rules.clauses, span), periods)
    for lane, table in enumerate(exempt):
        if table is not None:
            days = _with_exempt(days, periods, lane, rules.clauses[lane], table)
    chosen = days.with_columns(_charging(days, rules.clauses)).with_columns(_lane(rules.clauses))
    spoken = chosen.with_columns(month=_month(rules.clauses)).filter(pl.col("month").is_between(span.first, span.last))
    return _decided(with_leaves(spoken, periods), rules.clauses)


def _exploded(periods: pl.DataFrame, clauses: Sequence[Clause], span: DayRange) -> pl.DataFrame:
    """Return a row for each date on which some clause has a care day of a period."""
    lanes = [lane for number, clause in enumerate(clauses) for lane in _lane_columns(number, clause)]
    wide = periods.select(
        "row",
        "payer",
        "payer_state",
        pl.col("payers").is_not_null().alias("changes"),
        pl.col("leaves").is_not_null().alias("leaves"),
        pl.col("end_kind").replace_strict({k.value: reason_bit(r) for k, r in PERIOD_ENDED.items()}, return_dtype=BITS),
        pl.col("left_on").dt.month_start().cast(DAY).alias("end_month"),
        end_day(span.today).alias("stop"),
        "blocked",
        "essential",
        "asks_leave_counts",
        *lanes,
    )
    starts = [pl.col(f"day0_{number}") for number in range(len(clauses))]
    wide = wide.with_columns(start=pl.min_horizontal(starts))
    attributions = {clause.attribution for clause in clauses}
    if attributions == {Attribution.CARE_DAY}:
        wide = wide.with_columns(pl.col("start").clip(span.first), pl.col("stop").clip(upper_bound=span.last + 1))
    elif attributions == {Attribution.DISCHARGE_MONTH}:
        wide = wide.filter(pl.col("end_month").is_between(span.first, span.last))
    held = wide.filter(pl.col("start") < pl.col("stop"))
    return held.with_columns(day=pl.int_ranges("start", "stop", dtype=DAY)).explode("day", empty_as_null=False)


def _lane_columns(lane: int, clause: Clause) -> Iterator[pl.Expr]:
    first = charged_from(clause)
    yield pl.when(attributed(clause)).then(day0(clause.cutoff)).alias(f"day0_{lane}")
    yield left_out(clause).alias(f"left_out_{lane}")
    if first is not None:
        yield first.alias(f"from_{lane}")


def _with_exempt(
    days: pl.DataFrame, periods: pl.DataFrame, lane: int, clause: Clause, exempt: pl.DataFrame
) -> pl.DataFrame:
    """Add whether the payer of each date is exempt in the month that the clause gives it to; unknown is exempt."""
    regions = periods.select("row", "region")
    keyed = days.join(regions, on="row", how="left", maintain_order="left").with_columns(gate_month=_month_by(clause))
    joined = keyed.join(
        exempt.rename({"month": "gate_month", "exempt": f"exempt_{lane}"}),
        on=("region", "gate_month", "payer"),
        how="left",
        maintain_order="left",
    )
    return joined.drop("region", "gate_month").with_columns(pl.col(f"exempt_{lane}").fill_null(True))


def _charging(days: pl.DataFrame, clauses: Sequence[Clause]) -> Iterator[pl.Expr]:
    """Yield, for each clause, whether it speaks of the date, and whether it charges it before any patient gate."""
    for lane, clause in enumerate(clauses):
        within = (pl.col("day") >= pl.col(f"day0_{lane}")).fill_null(False)
        yield within.alias(f"in_{lane}")
        charges = pl.lit(False)
        if clause.charge.kind is ChargeKind.INDIVIDUAL:
            charges = within & ~pl.col(f"left_out_{lane}") & (pl.col("day") >= pl.col(f"from_{lane}"))
        if f"exempt_{lane}" in days.columns:
            charges = charges & ~pl.col(f"exempt_{lane}")
        yield charges.alias(f"charges_{lane}")


def _lane(clauses: Sequence[Clause]) -> Iterator[pl.Expr]:
    """Yield the place of the clause that speaks, whether it charges, and the bits of the others that charge too."""
    places = range(len(clauses))
    charging = [pl.when(pl.col(f"charges_{lane}")).then(lane) for lane in places]
    counted = [pl.when(pl.col(f"in_{lane}") & ~pl.col(f"left_out_{lane}")).then(lane) for lane in places]
    inside = [pl.when(pl.col(f"in_{lane}")).then(lane) for lane in places]
    first = pl.coalesce(*charging, *counted, *inside)
    yield first.cast(pl.UInt8).alias("lane")
    yield pl.any_horizontal([pl.col(f"charges_{lane}") for lane in places]).alias("charging")
    bits = lane_bits(len(clauses))
    others = [
        pl.when(pl.col(f"charges_{lane}") & (first != lane))
        .then(pl.lit(1 << lane, dtype=bits))
        .otherwise(pl.lit(0, dtype=bits))
        for lane in places
    ]
    yield reduce(or_, others).alias("also")


def _month(clauses: Sequence[Clause]) -> pl.Expr:
    return _of_lane(clauses, [_month_by(clause) for clause in clauses]).cast(DAY)


def _month_by(clause: Clause) -> pl.Expr:
    """Return the first date of the month that a clause gives a date to, as a day number."""
    match clause.attribution:
        case Attribution.CARE_DAY:
            return pl.col("day").cast(pl.Date).dt.month_start().cast(DAY)
        case Attribution.DISCHARGE_MONTH:
            return pl.col("end_month")


def _of_lane(clauses: Sequence[Clause], values: Sequence[pl.Expr]) -> pl.Expr:
    """Return what the clause that speaks says."""
    if len(clauses) == 1:
        return values[0]
    return pl.coalesce([pl.when(pl.col("lane") == lane).then(value) for lane, value in enumerate(values)])


def _decided(days: pl.DataFrame, clauses: Sequence[Clause]) -> pl.DataFrame:
    """Decide each date: outcome, reasons, and the messages it rests on."""
    outside = _of_lane(clauses, [pl.col(f"left_out_{lane}") for lane in range(len(clauses))])
    free = _of_lane(clauses, [_free_reason(lane, clause) for lane, clause in enumerate(clauses)])
    needs_end = _of_lane(clauses, [_needs_end(lane, clause) for lane, clause in enumerate(clauses)])
    zero = _of_lane(clauses, [pl.col(f"day0_{lane}") for lane in range(len(clauses))])
    blocked = pl.col("blocked") | payer_bits(pl.col("payer_state"))
    leave = pl.when(pl.col("on_leave")).then(_bit(Reason.ON_LEAVE)).otherwise(_bits(0))
    not_counted = pl.col("on_leave") & ~pl.col("asks_leave_counts")
    charge = pl.when(blocked == 0).then(_bit(Reason.BEYOND_FREE_CARE_DAYS)).otherwise(blocked) | leave
    return days.select(
        "row",
        "month",
        "payer",
        "day",
        "lane",
        "also",
        n=pl.col("day") - zero + 1,
        outcome=pl.when(pl.col("charging"))
        .then(
            pl.when(not_counted)
            .then(_outcome(DayOutcome.NOT_COUNTED))
            .when(blocked == 0)
            .then(_outcome(DayOutcome.CHARGED))
            .otherwise(_outcome(DayOutcome.NOT_PROVABLE))
        )
        .otherwise(pl.when(outside).then(_outcome(DayOutcome.NOT_COUNTED)).otherwise(_outcome(DayOutcome.FREE))),
        reasons=pl.when(pl.col("charging"))
        .then(pl.when(not_counted).then(leave).otherwise(charge))
        .otherwise(pl.when(outside).then(pl.col("end_kind")).otherwise(free)),
        rests=_bits(int(Evidence.OPENED | Evidence.NOTICE | Evidence.PAYER))
        | pl.when(needs_end).then(_bits(int(Evidence.END))).otherwise(_bits(0))
        | pl.when(pl.col("charging")).then(pl.col("essential")).otherwise(_bits(0))
        | pl.when(pl.col("charging") & not_counted).then(_bits(int(Evidence.LEAVE))).otherwise(_bits(0)),
    )


def _free_reason(lane: int, clause: Clause) -> pl.Expr:
    match clause.charge.kind:
        case ChargeKind.NONE:
            return _bit(Reason.REPORT_ONLY)
        case ChargeKind.MEAN_EXCESS:
            return _bit(Reason.COUNTED_IN_MEAN)
        case ChargeKind.INDIVIDUAL:
            within = pl.col("day") < pl.col(f"from_{lane}")
            return pl.when(within).then(_bit(Reason.WITHIN_FREE_CARE_DAYS)).otherwise(_bit(Reason.EXEMPT))


def _needs_end(lane: int, clause: Clause) -> pl.Expr:
    """Tell of which rows the end is needed: not where a patient still in would be charged all the same."""
    ended = pl.col("end_kind").is_not_null()
    if clause.open_counted and clause.attribution is Attribution.CARE_DAY:
        return ended & pl.col(f"left_out_{lane}")
    return ended


def _bit(reason: Reason) -> pl.Expr:
    return _bits(reason_bit(reason))


def _bits(bits: int) -> pl.Expr:
    return pl.lit(bits, dtype=BITS)


def _outcome(outcome: DayOutcome) -> pl.Expr:
    return pl.lit(outcome_number(outcome), dtype=pl.UInt8)


def with_leaves(days: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Add `on_leave`: whether the whole date, 00:00 to 00:00, lies in a leave of the patient."""
    away = leave_days(periods.filter(pl.col("row").is_in(days.filter(pl.col("leaves")).get_column("row").implode())))
    if away.is_empty():
        return days.with_columns(on_leave=pl.lit(False))
    marked = away.select("row", "first", "last").with_columns(on_leave=pl.lit(True))
    on_leave = days.select("row", "day").join(marked, on="row", how="inner")
    on_leave = on_leave.filter(pl.col("day").is_between("first", "last")).select("row", "day", "on_leave").unique()
    joined = days.join(on_leave, on=("row", "day"), how="left", maintain_order="left")
    return joined.with_columns(pl.col("on_leave").fill_null(False))


def leave_days(periods: pl.DataFrame) -> pl.DataFrame:
    """Return the leaves of periods: `row`, the first and last whole date as day numbers, and the `messages`."""
    told = periods.filter(pl.col("leaves").is_not_null()).select("row", "leaves").explode("leaves").unnest("leaves")
    return told.select("row", pl.col("first").cast(DAY), pl.col("last").cast(DAY), "messages")


def with_payers(days: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Give each date of a period with `changes` the payer of that date; the first payer pays for days before it too."""
    if not days.get_column("changes").any():
        return days
    spans = (
        periods.filter(pl.col("payers").is_not_null())
        .select("row", "payers")
        .explode("payers")
        .unnest("payers")
        .select("row", pl.col("since").cast(DAY).alias("day"), "payer", "payer_state")
    )
    changing = days.filter(pl.col("changes")).rename({"payer": "first_payer", "payer_state": "first_state"})
    found = changing.sort("day").join_asof(
        spans.sort("day"), on="day", by="row", strategy="backward", check_sortedness=False
    )
    told = found.with_columns(
        pl.col("payer").fill_null(pl.col("first_payer")), pl.col("payer_state").fill_null(pl.col("first_state"))
    )
    return pl.concat([days.filter(~pl.col("changes")), told.select(days.columns)])


DAYS = {
    "row": pl.UInt32,
    "month": pl.Int32,
    "payer": pl.String,
    "day": pl.Int32,
    "lane": pl.UInt8,
    "also": pl.UInt8,  # wider where a ruleset has more clauses (lane_bits)
    "n": pl.Int32,
    "outcome": pl.UInt8,
    "reasons": pl.UInt32,
    "rests": pl.UInt32,
    "ruleset": pl.Int32,
    "rate": pl.Int64,
    "amount": pl.Int64,
}


def priced(days: pl.DataFrame | None, rulesets: Sequence[Ruleset], book: Rulebook) -> pl.DataFrame:
    """Add `rate` and `amount` in öre to care days, null and 0 unless charged; None gives an empty ledger.

    Raises:
        RateUnknown: a charged day begins in a year whose amount is not known, and one is needed.
    """
    if days is None:
        return pl.DataFrame(schema=DAYS)
    charged = pl.col("outcome") == outcome_number(DayOutcome.CHARGED)
    own = {number: ore(agreed) for number, rules in enumerate(rulesets) if (agreed := _agreed(rules)) is not None}
    rate = _of_year(book)
    if own:
        agreed_rate = pl.col("ruleset").replace_strict(own, default=None, return_dtype=pl.Int64)
        rate = pl.coalesce(agreed_rate, rate)
    told = days.with_columns(rate=pl.when(charged).then(rate))
    _refuse_unpriced(told.filter(charged & pl.col("rate").is_null()), book)
    return told.with_columns(amount=pl.col("rate").fill_null(0)).select(list(DAYS))


def ore(amount_kr: Decimal) -> int:
    """Return kronor with at most two decimals in öre.

    >>> ore(Decimal("10500.50"))
    1050050
    """
    return int((amount_kr * 100).to_integral_exact(rounding=ROUND_HALF_UP))


def amount_of(care_days: Fraction, rate_kr: Decimal) -> Decimal:
    """Return the kronor of care days at an amount a day, rounded half up to whole öre, once.

    >>> amount_of(Fraction(4, 5), Decimal(8200))
    Decimal('6560.00')
    """
    return kronor(floor(care_days * ore(rate_kr) + Fraction(1, 2)))


@lru_cache(maxsize=4096)
def kronor(ore_: int) -> Decimal:
    """Return öre as kronor with two decimals.

    >>> kronor(1050050)
    Decimal('10500.50')
    """
    return Decimal(ore_).scaleb(-2)


def _of_year(book: Rulebook) -> pl.Expr:
    """Return the statutory öre of each care day's year, null where unknown."""
    years = [
        pl.when(pl.col("day").is_between((date(year, 1, 1) - EPOCH).days, (date(year, 12, 31) - EPOCH).days)).then(
            pl.lit(ore(book.rates.by_year[year].amount_kr), dtype=pl.Int64)
        )
        for year in book.rates.years()
    ]
    return pl.coalesce(*years, pl.lit(None, dtype=pl.Int64))


def _agreed(rules: Ruleset) -> Decimal | None:
    return None if rules.terms.amount_kr is None else rules.terms.amount_kr.value


def _refuse_unpriced(days: pl.DataFrame, book: Rulebook) -> None:
    if book.priced and not days.is_empty():
        first: date | None = days.get_column("day").cast(pl.Date).min()  # type: ignore[assignment]
        if first is not None:
            book.rate(first)
