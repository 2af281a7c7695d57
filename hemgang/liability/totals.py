"""Sums over the day ledger: care days and öre of each payer and month, and of each clause on its own (4.4)."""

import polars as pl

from hemgang.liability.evaluation import Evaluation
from hemgang.liability.marks import outcome_number
from hemgang.liability.model import Outcome
from hemgang.liability.rulebook import agreement_of


def day_totals(found: Evaluation) -> pl.DataFrame:
    """Return the charged care days and their amount in öre, for each `region`, `month` and `payer` with any."""
    regions = found.periods.get_column("region")
    charged = found.days.filter(pl.col("outcome") == outcome_number(Outcome.CHARGED))
    told = charged.select(
        pl.lit(regions.gather(charged.get_column("row"))).alias("region"),
        pl.col("month").cast(pl.Date),
        "payer",
        "amount",
        pl.lit(1).alias("care_days"),
    )
    return told.group_by("region", "month", "payer").agg(
        pl.col("care_days").cast(pl.Int64).sum(), pl.col("amount").sum()
    )


def clause_totals(found: Evaluation) -> pl.DataFrame:
    """Return care days and persons of each clause that charges: a date that two clauses charge counts in both.

    Columns `region`, `month`, `payer`, `agreement`, `clause`, `care_days`, `persons` (stays with a charged day).
    """
    charged = found.days.filter(pl.col("outcome") == outcome_number(Outcome.CHARGED))
    parts = [
        charged.filter((pl.col("ruleset") == number) & _speaks(lane)).select(
            "row", "month", "payer", agreement=pl.lit(agreement_of(clause)), clause=pl.lit(clause.id)
        )
        for number, rules in enumerate(found.rulesets)
        for lane, clause in enumerate(rules.clauses)
    ]
    empty = {"row": pl.UInt32, "month": pl.Int32, "payer": pl.String, "agreement": pl.String, "clause": pl.String}
    rows = pl.concat([pl.DataFrame(schema=empty), *parts])
    stays = found.periods.select("row", "region", "stay")
    told = rows.join(stays, on="row", how="left").with_columns(pl.col("month").cast(pl.Date))
    keys = ("region", "month", "payer", "agreement", "clause")
    return told.group_by(keys).agg(care_days=pl.len().cast(pl.Int64), persons=pl.col("stay").n_unique().cast(pl.Int64))


def _speaks(lane: int) -> pl.Expr:
    return (pl.col("lane") == lane) | ((pl.col("also") & (1 << lane)) != 0)
