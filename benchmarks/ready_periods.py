"""Makes tables of ready periods for measuring, by NumPy: a country's year, as many rows as wanted, seeded."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from agreements.payers import municipalities
from hemgang.liability.periods import PERIODS

FIRST_DAY = "2022-12-20"
DAYS = 377
"""Ready notices from the last days of 2022 to the end of 2023: a closed year with what runs into it."""

_US_PER_HOUR = 3_600_000_000


def ready_periods(rows: int, *, seed: int = 1) -> pl.DataFrame:
    """Return a table of ready periods over all municipalities, as `PERIODS`.

    Ready days are geometric with a mean of 2.3 days and a tail to 90; one period in nine is psychiatric, one in fifty
    lacks its admission notice, one in ten was noticed late, and a third say nothing of SIP.
    """
    draw = np.random.default_rng(seed)
    codes = list(municipalities().values())
    place = draw.integers(0, len(codes), rows)
    sent_on = np.datetime64(FIRST_DAY) + draw.integers(0, DAYS, rows).astype("timedelta64[D]")
    clock = draw.integers(7 * 3600, 17 * 3600, rows)
    ready_days = np.minimum(draw.geometric(0.3, rows) - 1 + (draw.random(rows) < 0.01) * 30, 90)
    opened = (sent_on - draw.integers(1, 15, rows).astype("timedelta64[D]")).astype("datetime64[us]")
    opened += np.timedelta64(9 * _US_PER_HOUR, "us")
    noticed = opened + draw.integers(0, 26, rows).astype("timedelta64[h]")
    call = sent_on + draw.integers(0, 5, rows).astype("timedelta64[D]")
    return _table(
        {
            "stay": np.arange(rows, dtype=np.uint32),
            "region": np.array([one.county for one in codes])[place],
            "payer": np.array([one.code for one in codes])[place],
            "care": np.where(draw.random(rows) < 8 / 9, "somatic", "psychiatric"),
            "age": draw.integers(10, 96, rows).astype(np.int32),
            "opened_at": opened,
            # Stockholm is one hour before UTC half the year; a notice's instant decides nothing here but its date.
            "notice_at": sent_on.astype("datetime64[us]") + (clock * 1_000_000).astype("timedelta64[us]"),
            "ready_on": sent_on,
            "sent_on": sent_on,
            "sent_clock": clock * 1_000_000_000,
            "left_on": sent_on + ready_days.astype("timedelta64[D]"),
            "admission_notice_at": np.where(draw.random(rows) < 0.98, noticed, np.datetime64("NaT")),
            "sip": draw.integers(0, 3, rows),
            "sip_call_on": call,
        }
    )


def _table(columns: Mapping[str, np.ndarray]) -> pl.DataFrame:
    frame = pl.DataFrame(dict(columns)).with_columns(
        pl.format("e{}", "stay").alias("episode"),
        pl.lit(1, dtype=pl.Int32).alias("period"),
        pl.lit(False).alias("compulsory"),
        pl.col("sip").replace_strict({0: "yes", 1: "no", 2: None}, return_dtype=pl.String).alias("sip_need"),
        pl.col("sent_clock").cast(pl.Time),
        pl.lit("discharged").alias("end_kind"),
        pl.lit("UTFÖRD").alias("status"),
        pl.lit(0, dtype=pl.UInt8).alias("payer_state"),
        pl.col("payer").alias("payer_began"),
        pl.col("payer").alias("payer_left"),
        pl.lit("yes").alias("outpatient"),
        pl.col("opened_at", "notice_at", "admission_notice_at").dt.replace_time_zone("UTC"),
        pl.col("sip_call_on", "ready_on", "sent_on", "left_on").cast(pl.Date),
    )
    messages = {
        name: pl.format(f"{{}}/{name.removesuffix('_message')}", "episode") for name in PERIODS if "_message" in name
    }
    known = frame.with_columns(**messages)
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in PERIODS.items() if name not in known.columns]
    return known.with_columns(missing).select(list(PERIODS)).cast(PERIODS)
