"""The rule of a national year written straight, by hand: Polars, DuckDB, pure Python; only sums come out.

The act (three free care days, 12:00, by care day), Jämtland Härjedalen's two conditions (by month of discharge),
Stockholm's mean over adults (1.3) and Västmanland's (3, patients of day zero out), and the gates on the single patient
as shipped. Each opponent returns tenths of care days and kronor of each payer and month of 2023, so that all can be
compared with the engine.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import polars as pl

Sums = dict[tuple[str, date], tuple[int, int]]
"""By payer and the first date of the month: tenths of care days, and kronor."""

JAMTLAND = ("2303", "2305", "2309", "2313", "2321", "2326", "2361", "2380")
FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
RATES = {2022: 9300, 2023: 10500}
NOON = time(12)


def in_polars(periods: pl.DataFrame, extended: pl.DataFrame) -> pl.DataFrame:
    """Return `payer`, `month`, `tenths`, `kronor`; `extended` gives each `day` the next `weekday`."""
    in_county = pl.col("payer").is_in(JAMTLAND) & (pl.col("region") == "23")
    sent_on = pl.col("sent_on") + pl.duration(days=1) * (pl.col("sent_clock") > NOON).cast(pl.Int64)
    needed = pl.col("sip_need").is_null() | (pl.col("sip_need") == "yes")
    told = (
        periods.lazy()
        .select(
            "payer",
            "region",
            "age",
            "left_on",
            "sip_need",
            "sip_call_on",
            in_county.alias("jamtland"),
            zero=pl.max_horizontal("ready_on", "sent_on"),
            noon=pl.max_horizontal("ready_on", sent_on),
            notified=pl.col("admission_notice_at").is_not_null(),
            month=pl.col("left_on").dt.month_start(),
            day=pl.col("sent_on") + pl.duration(days=3),
        )
        .join(extended.lazy(), on="day", how="left")
        .with_columns(
            provable=pl.col("notified")
            & ~(needed & pl.col("sip_need").is_not_null() & (pl.col("sip_call_on") > pl.col("weekday"))),
            d=(pl.col("left_on") - pl.col("zero")).dt.total_days().clip(0),
        )
    )
    over_mean = ((pl.col("region") == "01") & (pl.col("age") >= 18)) | (pl.col("region") == "19")
    home = over_mean & (pl.col("payer").str.slice(0, 2) == pl.col("region"))
    means = (
        told.filter(home, pl.col("month").is_between(FIRST, LAST), (pl.col("region") == "01") | (pl.col("d") > 0))
        .group_by("payer", "month", "region")
        .agg(days=pl.col("d").sum(), members=pl.len())
        .select(
            "payer",
            "month",
            tenths=10 * pl.col("days")
            - pl.when(pl.col("region") == "01").then(13).otherwise(30) * pl.col("members").cast(pl.Int64),
        )
        .filter(pl.col("tenths") > 0)
        .with_columns(kronor=pl.col("tenths") * 1050)
    )
    within = told.filter("jamtland", pl.col("month").is_between(FIRST, LAST))
    share = within.group_by("payer", "month").agg(exempt=4 * (pl.col("d") <= 1).sum() >= 3 * pl.len())
    ruled = told.join(share, on=("payer", "month"), how="left").with_columns(
        begins=pl.when(pl.col("jamtland") & pl.col("exempt").fill_null(True))
        .then(pl.col("zero") + pl.duration(days=7))
        .when("jamtland")
        .then(pl.min_horizontal(pl.col("zero") + pl.duration(days=7), pl.col("noon") + pl.duration(days=3)))
        .otherwise(pl.col("noon") + pl.duration(days=3))
    )
    days = (
        ruled.filter(pl.col("provable") & ~home & (pl.col("begins") < pl.col("left_on")))
        .select("payer", "jamtland", "month", on=pl.date_ranges("begins", "left_on", closed="left"))
        .explode("on")
        .with_columns(month=pl.when("jamtland").then("month").otherwise(pl.col("on").dt.month_start()))
        .filter(pl.col("month").is_between(FIRST, LAST))
    )
    kronor = pl.col("on").dt.year().replace_strict(RATES, return_dtype=pl.Int64)
    sums = days.group_by("payer", "month").agg(tenths=10 * pl.len().cast(pl.Int64), kronor=kronor.sum())
    both = pl.concat([sums, means]).group_by("payer", "month").agg(pl.col("tenths", "kronor").sum())
    return both.collect(engine="streaming")


def in_duckdb(path: str, extended: str) -> Sums:
    """Return the sums of a Parquet file by SQL; `extended` is a Parquet file of `day` and `weekday`."""
    import duckdb

    rows = duckdb.execute(_SQL.format(path=path, extended=extended, jamtland=JAMTLAND)).fetchall()
    return {(payer, month): (int(tenths), int(kronor)) for payer, month, tenths, kronor in rows}


_SQL = """
WITH told AS (
  SELECT payer, region, left_on,
         (region = '01' AND age >= 18 OR region = '19') AND payer[1:2] = region AS home,
         region = '23' AND payer IN {jamtland} AS jamtland,
         greatest(ready_on, sent_on) AS zero,
         greatest(ready_on, sent_on + (sent_clock::TIME > TIME '12:00')::INT) AS noon,
         date_trunc('month', left_on)::DATE AS month,
         admission_notice_at IS NOT NULL
           AND NOT (sip_need = 'yes' AND sip_call_on > weekday) IS TRUE AS provable
  FROM '{path}' LEFT JOIN '{extended}' e ON e.day = sent_on + 3
), share AS (
  SELECT payer, month, 4 * count(*) FILTER (left_on - zero <= 1) >= 3 * count(*) AS exempt
  FROM told WHERE jamtland AND month BETWEEN DATE '2023-01-01' AND DATE '2023-12-31' GROUP BY ALL
), ruled AS (
  SELECT payer, jamtland, told.month, left_on, provable AND NOT home AS provable,
         CASE WHEN jamtland AND coalesce(exempt, true) THEN zero + 7
              WHEN jamtland THEN least(zero + 7, noon + 3) ELSE noon + 3 END AS begins
  FROM told LEFT JOIN share USING (payer, month)
), days AS (
  SELECT payer, jamtland, month AS left_in,
         unnest(range(begins::TIMESTAMP, left_on::TIMESTAMP, INTERVAL 1 DAY))::DATE AS on_day
  FROM ruled WHERE provable AND begins < left_on
), means AS (
  SELECT payer, month,
         10 * sum(left_on - zero) - CASE WHEN any_value(region) = '01' THEN 13 ELSE 30 END * count(*) AS tenths
  FROM told
  WHERE home AND month BETWEEN DATE '2023-01-01' AND DATE '2023-12-31' AND (region = '01' OR left_on > zero)
  GROUP BY ALL
), sums AS (
SELECT payer, CASE WHEN jamtland THEN left_in ELSE date_trunc('month', on_day)::DATE END AS month,
       10 * count(*) AS tenths, sum(CASE year(on_day) WHEN 2022 THEN 9300 ELSE 10500 END) AS kronor
FROM days
WHERE (CASE WHEN jamtland THEN left_in ELSE date_trunc('month', on_day)::DATE END)
  BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'
GROUP BY ALL
)
SELECT payer, month, sum(tenths), sum(kronor)
FROM (FROM sums UNION ALL SELECT payer, month, tenths, tenths * 1050 FROM means WHERE tenths > 0)
GROUP BY ALL
"""


def in_python(rows: list[tuple[Any, ...]], extended: dict[date, date]) -> Sums:
    """Return the sums of rows: region, payer, age, ready_on, sent_on, clock, left_on, notice, need, call."""
    share, means = _populations(rows)
    sums: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
    for key, tenths in means.items():
        if tenths > 0:
            sums[key] = [tenths, tenths * 1050]
    for row in rows:
        for month, on in _charged(row, share, extended):
            if FIRST <= month <= LAST:
                sums[row[1], month][0] += 10
                sums[row[1], month][1] += RATES[on.year]
    return {key: (tenths, kronor) for key, (tenths, kronor) in sums.items()}


def _populations(rows: list[tuple[Any, ...]]) -> tuple[dict[tuple[str, date], list[int]], dict[tuple[str, date], int]]:
    share: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
    means: dict[tuple[str, date], int] = defaultdict(int)
    for region, payer, age, ready_on, sent_on, _, left_on, *_ in rows:
        if not FIRST <= left_on <= LAST:
            continue
        key, d = (payer, left_on.replace(day=1)), (left_on - max(ready_on, sent_on)).days
        if region == "23" and payer in JAMTLAND:
            share[key][0] += d <= 1
            share[key][1] += 1
        elif _over_mean(region, payer, age) and (region == "01" or d > 0):
            means[key] += 10 * d - (13 if region == "01" else 30)
    return share, means


def _over_mean(region: str, payer: str, age: int) -> bool:
    return payer[:2] == region and ((region == "01" and age >= 18) or region == "19")


def _charged(
    row: tuple[Any, ...], share: dict[tuple[str, date], list[int]], extended: dict[date, date]
) -> Iterator[tuple[date, date]]:
    region, payer, age, ready_on, sent_on, clock, left_on, notice, need, call = row
    late = need == "yes" and call > extended[sent_on + timedelta(days=3)]
    if notice is None or late or _over_mean(region, payer, age):
        return
    noon = max(ready_on, sent_on + timedelta(days=clock > NOON))
    begins, by_month = noon + timedelta(days=3), None
    if region == "23" and payer in JAMTLAND:
        by_month = left_on.replace(day=1)
        early, everybody = share.get((payer, by_month), (0, 0))
        seventh = max(ready_on, sent_on) + timedelta(days=7)
        begins = seventh if 4 * early >= 3 * everybody else min(begins, seventh)
    while begins < left_on:
        yield by_month or begins.replace(day=1), begins
        begins += timedelta(days=1)
