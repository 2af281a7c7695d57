"""The payer of each care day, for the few periods whose payer changes (specification 1.3)."""

import polars as pl

from hemgang.liability.clause_days import DAY


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
