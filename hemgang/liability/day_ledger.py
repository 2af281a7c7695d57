"""The day ledger in columns: one row a care day of each ready period, over all clauses at once (specification 4.4).

A date is one row: that of the first clause which charges it, else of the first which says that it is free. The clause
that speaks also says which month the row belongs to, so that no date is charged twice, whatever the clauses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from agreements.clause import Attribution, ChargeKind, Clause
from hemgang.liability.clause_days import DAY, attributed, charged_from, day0, end_day, left_out
from hemgang.liability.gates import payer_bits
from hemgang.liability.leaves import with_leaves
from hemgang.liability.marks import PERIOD_ENDED, Evidence, lane_bits, outcome_number, reason_bit
from hemgang.liability.model import Outcome, Reason
from hemgang.liability.payers_by_day import with_payers
from hemgang.liability.rulesets import Ruleset

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
class Span:
    """The months computed, as day numbers: first date, and last date, both included; and today's."""

    first: int
    last: int
    today: int


def day_rows(
    periods: pl.DataFrame, rules: Ruleset, *, span: Span, exempt: Sequence[pl.DataFrame | None]
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


def _exploded(periods: pl.DataFrame, clauses: Sequence[Clause], span: Span) -> pl.DataFrame:
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
            .then(_outcome(Outcome.NOT_COUNTED))
            .when(blocked == 0)
            .then(_outcome(Outcome.CHARGED))
            .otherwise(_outcome(Outcome.NOT_PROVABLE))
        )
        .otherwise(pl.when(outside).then(_outcome(Outcome.NOT_COUNTED)).otherwise(_outcome(Outcome.FREE))),
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


def _outcome(outcome: Outcome) -> pl.Expr:
    return pl.lit(outcome_number(outcome), dtype=pl.UInt8)
