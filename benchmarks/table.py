"""The table of docs/benchmarks.md, made from the stored results of the benchmarks."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Result = Mapping[str, Any]
"""What a benchmark's `measure` returned, as it was stored."""

FOLDER = Path(__file__).parent / "results"
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: begin (python -m benchmarks writes it) -->", "<!-- table: end -->"
_HEAD = "| what | hemgang | beside | ratio | goal | met |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `goal` is the name under which the result says whether it was met, None for none."""

    what: str
    ours: str
    beside: str
    ratio: str
    goal: str | None = None


def stored(folder: Path = FOLDER) -> dict[str, Result]:
    """Read the results that there are, by name, in the order of the table."""
    files = {name: folder / f"{name}.json" for name in ROWS}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items() if path.exists()}


def with_table(text: str, results: Mapping[str, Result]) -> str:
    """Return a document with the table of some results between its marks.

    Raises:
        ValueError: the document has not both marks, in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no table between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def table(results: Mapping[str, Result]) -> str:
    """Return the table, a line for each comparison, and below it when and where each benchmark ran."""
    lines = [_line(row, result) for name, result in results.items() for row in ROWS[name](result)]
    ran = [f"- {name}: {_machine(result['machine'])}" for name, result in results.items()]
    return "\n".join([_HEAD, *lines, "", *ran])


def _line(row: Row, result: Result) -> str:
    met = "" if row.goal is None else "yes" if result["goals"][row.goal] else "**no**"
    return f"| {row.what} | {row.ours} | {row.beside} | {row.ratio} | {row.goal or ''} | {met} |"


def _machine(machine: Mapping[str, Any]) -> str:
    return f"{machine['day']}, {machine['cores']} cores, Python {machine['python']}, load before {machine['load']}"


def _planning(result: Result) -> Iterator[Row]:
    spent = result["one_instant"]["nanoseconds"]
    what, ours = "planning start of an instant", spent["hemgang"]
    for name, beside, goal in [
        ("businesstimedelta", "businesstimedelta, `holidays` object", "businesstimedelta / hemgang >= 300"),
        ("businesstimedelta_dates", "businesstimedelta, set of dates", None),
        ("pandas", "pandas CustomBusinessHour", None),
        ("workalendar", "workalendar, day by day", None),
    ]:
        yield Row(what, _micros(ours), f"{beside}: {_micros(spent[name])}", _ratio(ours, spent[name]), goal)
    ours, other = spent["hemgang_with_reason"], spent["businesstimedelta"]
    beside = f"businesstimedelta, `holidays` object: {_micros(other)}"
    yield Row("the same with its reason", _micros(ours), beside, _ratio(ours, other))
    column = result["column"]
    ours, other = column["nanoseconds"]["hemgang"], column["nanoseconds"]["numpy_by_hand"]
    what, beside = f"the same in a column of {column['instants']:,}", f"NumPy table by hand: {other} ns"
    yield Row(what, f"{ours} ns", beside, _ratio(ours, other), "hemgang / numpy_by_hand <= 3")


def _closing(result: Result) -> Iterator[Row]:
    year, far, month = result["year_1m"], result["year_10m"], result["region_month"]
    ours = year["seconds"]["engine_ledger"]
    what = f"a year of {year['rows']:,} ready periods, full ledger"
    for name, beside, goal in [
        ("polars_by_hand", "Polars by hand, sums only", "engine_ledger / polars_by_hand <= 3"),
        ("duckdb_by_hand", "DuckDB by hand, sums only", None),
        ("python_by_hand", "Python by hand, sums only", None),
        ("bare_scan", "one pass over the columns", None),
    ]:
        other = year["seconds"][name]
        yield Row(what, f"{ours} s", f"{beside}: {other} s", _ratio(ours, other), goal)
    yield Row("its memory", f"{year['peak_gib']} GiB at its peak", "", "", "peak memory of a national year < 4 GiB")
    more, alone = far["seconds"], year["alone"]["seconds"]
    beside = f"the year of {year['rows']:,} as it, in a process of its own: {alone} s"
    taken = f"{more} s, {far['peak_gib']} GiB at its peak"
    yield Row(f"the same of {far['rows']:,}", taken, beside, _ratio(more, alone), "growth 1 M to 10 M <= 11")
    ours, other = month["seconds"]["engine_ledger"], month["seconds"]["polars_by_hand"]
    what = f"a region's month out of its year of {month['rows']:,}"
    yield Row(what, f"{ours} s", f"Polars by hand, the whole year: {other} s", _ratio(ours, other))


def _fold(result: Result) -> Iterator[Row]:
    for key, what, named, goal in [
        ("fold_from_store", "messages folded from the store", "json.loads", "fold >= 50000 messages/s/core"),
        ("ingest_into_sqlite", "messages taken into SQLite", "executemany", "ingest >= 30000 messages/s/core"),
    ]:
        found = result[key]
        ours, other = found["seconds_of_a_core"], found[f"{named}_seconds_of_a_core"]
        beside = f"`{named}` alone: {round(found['messages'] / other, -3):,.0f}"
        yield Row(
            f"{what}, a second and core", f"{found['messages_a_second_and_core']:,}", beside, _ratio(ours, other), goal
        )


def _load(result: Result) -> Iterator[Row]:
    sizes, memory = result["sizes"], result["peak_mib"]
    under = f"{sizes['messages_a_second']} messages and {sizes['timers_a_second']} timers a second, "
    under += f"{result['filled']['open']:,} open, {sizes['seconds']} s"
    told = list(result["goals"])
    yield Row(
        f"a message acknowledged: {under}", _spread(result["acknowledged"]["milliseconds"], "ms"), "", "", told[0]
    )
    yield Row("the same: from due to received", _spread(result["timers"]["seconds"], "s"), "", "", told[1])
    after = result["alerts_after_messages"]["seconds"]
    yield Row("the same: from message to alert received", _spread(after, "s"), "", "")
    yield Row("the same: memory of the engine", f"{memory['engine']} MiB at its peak", "", "", told[2])


def _growth(result: Result) -> Iterator[Row]:
    sizes, goals = result["sizes"], list(result["goals"])
    beside = " / ".join(f"{one['open']:,}" for one in sizes)
    for at, (key, what) in enumerate(
        [
            ("claim_ms", f"claim of {result['due']} due discharges, {beside} open"),
            ("claim_nothing_ms", "the same with nothing due"),
            ("step_ms", f"step of {result['due']}"),
            ("ingest_ms", "one message taken in"),
        ]
    ):
        ours = " / ".join(f"{one[key]:g}" for one in sizes)
        yield Row(
            what, f"{ours} ms", "", f"{result['growth'][key]} times as long", goals[at] if at < len(goals) else None
        )


def _national_day(result: Result) -> Iterator[Row]:
    what = f"a day of the country, {result['messages']:,} messages, through the flows"
    (goal,) = result["goals"]
    yield Row(what, f"{result['seconds']:g} s", "a day", f"{result['headroom']:g} times as fast", goal)


def _timers_peers(result: Result) -> Iterator[Row]:
    of, sizes, goals = result["of"], result["sizes"], list(result["goals"])
    what = (
        f"{sizes['timers']:,} timers in {sizes['seconds']} s, workers killed: lost / doubled / early / late; p99, max"
    )
    others = [name for name in of if name != "hemgang"]
    for at, name in enumerate(others):
        beside = f"{of[name]['version']}: {_kept(of[name])}"
        yield Row(what, _kept(of["hemgang"]), beside, "", goals[at] if at < len(goals) else None)


def _kept(one: Result) -> str:
    counts = " / ".join(str(one[name]) for name in ("lost", "doubled", "early", "late"))
    return f"{counts}; {one['seconds']['p99']} s, {one['seconds']['max']} s"


def _spread(found: Result, unit: str) -> str:
    return f"p50 {found['p50']} {unit}, p99 {found['p99']} {unit}, longest {found['max']} {unit}"


def _ratio(ours: float, other: float) -> str:
    """Say how two times compare, by whichever is the longer."""
    return f"{other / ours:,.3g} times as fast" if other >= ours else f"{ours / other:,.3g} times as long"


def _micros(nanoseconds: float) -> str:
    return f"{nanoseconds / 1000:.2f} µs" if nanoseconds < 10_000 else f"{nanoseconds / 1000:.0f} µs"


ROWS: Mapping[str, Callable[[Result], Iterator[Row]]] = {
    "planning": _planning,
    "closing": _closing,
    "fold": _fold,
    "load": _load,
    "growth": _growth,
    "national_day": _national_day,
    "timers_peers": _timers_peers,
}
"""By benchmark, the comparisons that its result holds."""
