"""Closing a region's month and a country's year, beside the same rule by hand and the bare scan of the columns."""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import municipalities
from benchmarks.closing_by_hand import Sums, in_duckdb, in_polars, in_python
from benchmarks.columns import portions
from benchmarks.ready_periods import ready_periods
from calendars.deadlines import next_weekday
from hemgang.liability.evaluation import day_totals, evaluate
from hemgang.liability.model import Month
from hemgang.liability.rulebook import Rulebook

YEAR = tuple(Month(2023, number) for number in range(1, 13))
NOW = datetime(2024, 6, 1, tzinfo=UTC)
ROUNDS = 5
MILLION = 1_000_000
_BY_HAND = [
    "region",
    "payer",
    "age",
    "ready_on",
    "sent_on",
    "sent_clock",
    "left_on",
    "admission_notice_at",
    "sip_need",
    "sip_call_on",
]


def measure() -> dict[str, Any]:
    """Measure everything in one run; seconds are the median of five rounds, all opponents give the same sums."""
    one, ten = _year(MILLION), _far(10 * MILLION)
    growth = round(ten["seconds"] / one["alone"]["seconds"], 2)
    return {
        "name": "closing",
        "rounds": ROUNDS,
        "region_month": _region_month(),
        "year_1m": one,
        "year_10m": ten,
        "growth_1m_to_10m": growth,
        "goals": {
            "engine_ledger / polars_by_hand <= 3": one["ratios"]["engine_ledger / polars_by_hand"] <= 3,
            "growth 1 M to 10 M <= 11": growth <= 11,
            "peak memory of a national year < 4 GiB": one["peak_gib"] < 4,
        },
    }


def book() -> Rulebook:
    """Return the shipped rules, at an instant after the year."""
    return Rulebook(load_agreements(), load_rates(), municipalities(), NOW, load_payers())


def _year(rows: int) -> dict[str, Any]:
    periods, extended = ready_periods(rows), _extended()
    with tempfile.TemporaryDirectory() as folder:
        path, other = f"{folder}/periods.parquet", f"{folder}/extended.parquet"
        periods.write_parquet(path)
        extended.write_parquet(other)
        wanted = _sums(in_polars(periods, extended))
        runs: dict[str, Callable[[], object]] = {
            "engine_ledger": lambda: _closed(periods, wanted),
            "polars_by_hand": lambda: in_polars(periods, extended),
            "duckdb_by_hand": lambda: _same(in_duckdb(path, other), wanted),
            "bare_scan": lambda: periods.select(pl.col(_BY_HAND).max()),
        }
        seconds = {name: _median(run) for name, run in runs.items()}
    seconds["python_by_hand"] = _python(periods, extended, wanted)
    ledger = seconds["engine_ledger"]
    ratios = {f"engine_ledger / {name}": round(ledger / value, 2) for name, value in seconds.items() if value != ledger}
    alone = _far(rows)
    return {"rows": rows, "seconds": seconds, "ratios": ratios, "alone": alone, "peak_gib": alone["peak_gib"]}


def _closed(periods: pl.DataFrame | pl.LazyFrame, wanted: Sums | None) -> None:
    """Evaluate to the full day ledger and its sums, and hold the sums against the opponents'."""
    found: Sums = {}
    rules = book()
    for part in portions(periods):
        evaluation = evaluate(part, YEAR, rules)
        for _, month, payer, care_days, ore in day_totals(evaluation).filter(pl.col("care_days") > 0).iter_rows():
            _add(found, payer, month, 10 * care_days, ore // 100)
        for mean in evaluation.means:
            if mean.care_days:
                _add(found, mean.payer, mean.month.first, int(10 * mean.care_days), int(mean.amount))
    if wanted is not None:
        _same(found, wanted)


def _add(found: Sums, payer: str, month: date, tenths: int, kronor: int) -> None:
    before = found.get((payer, month), (0, 0))
    found[payer, month] = (before[0] + tenths, before[1] + kronor)


def _region_month() -> dict[str, Any]:
    """Measure one region's month out of a million rows a year: Skåne, March."""
    periods, extended = ready_periods(MILLION), _extended()
    region = periods.filter(pl.col("region") == "12")
    rules, march = book(), (Month(2023, 3),)
    seconds = {
        "engine_ledger": _median(lambda: evaluate(region, march, rules)),
        "polars_by_hand": _median(lambda: in_polars(region, extended)),
    }
    return {
        "rows": region.height,
        "seconds": seconds,
        "ratio": round(seconds["engine_ledger"] / seconds["polars_by_hand"], 2),
    }


def _far(rows: int) -> dict[str, float]:
    """Measure a year from files, in a process of its own: the median of three rounds, and its peak memory in GiB."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rows // MILLION):
            part = ready_periods(MILLION, seed=number + 1).with_columns(pl.col("stay") + number * MILLION)
            part.sort("region").write_parquet(f"{folder}/{number}.parquet", row_group_size=65_536)
        told = subprocess.run(  # noqa: S603 - this very module, with a folder of its own
            [sys.executable, "-m", "benchmarks.closing", folder], check=True, capture_output=True, text=True
        )
    seconds, peak = told.stdout.split()
    return {"rows": rows, "seconds": float(seconds), "peak_gib": float(peak)}


def _alone(folder: str) -> None:
    """Read and evaluate the files of a folder to the full ledger and its sums."""
    seconds = _median(lambda: _closed(pl.scan_parquet(f"{folder}/*.parquet"), None), rounds=3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(seconds, round(peak, 2))


def _python(periods: pl.DataFrame, extended: pl.DataFrame, wanted: Sums) -> float:
    rows, weekdays = periods.select(_BY_HAND).rows(), dict(extended.iter_rows())
    started = perf_counter()
    _same(in_python(rows, weekdays), wanted)
    return round(perf_counter() - started, 3)


def _sums(frame: pl.DataFrame) -> Sums:
    return {(payer, month): (tenths, kronor) for payer, month, tenths, kronor in frame.iter_rows()}


def _same(found: Sums, wanted: Sums) -> None:
    if found != wanted:
        raise AssertionError("the opponents do not compute the same sums")


def _extended() -> pl.DataFrame:
    days = np.arange(np.datetime64("2022-11-01"), np.datetime64("2024-06-01"))
    return pl.DataFrame({"day": pl.Series(days).cast(pl.Date), "weekday": pl.Series(next_weekday(days)).cast(pl.Date)})


def _median(run: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    run()
    found = []
    for _ in range(rounds):
        started = perf_counter()
        run()
        found.append(perf_counter() - started)
    return round(sorted(found)[rounds // 2], 3)


if __name__ == "__main__":
    _alone(sys.argv[1])
