"""An instant becomes words in one place: `hemgang.i18n.formats`; what programs read is written by the codecs listed.

What is an instant is told by annotations: a name that is, in the packages, a field, a parameter or a function of type
`datetime`, and never a `date` or a `time`. Dates have one way to be written and are free.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import hemgang

ROOT = Path(hemgang.__file__).parents[1]
PACKAGES = ("agreements", "calendars", "hemgang", "tasks", "flows", "deployments")

CODECS: Mapping[str, tuple[str, set[str]]] = {
    "agreements/diff.py": (
        "clock times of an agreement in JSON; agreements lie below the catalogue",
        {"rule.closes", "rule.opens", "value", "value.closes", "value.opens"},
    ),
    "calendars/staffing.py": (
        "errors of a caller of the calendars, below the catalogue",
        {"closes", "ends.isoformat", "opens"},
    ),
    "calendars/timezone.py": (
        "errors of a caller of the calendars, below the catalogue",
        {"instant.isoformat", "naive.isoformat"},
    ),
    "hemgang/clock.py": (
        "the file of a simulated clock",
        {"instant.astimezone(UTC).isoformat"},
    ),
    "hemgang/doctor/examine.py": (
        "what the reference of a test message is derived from",
        {"clock.machine_now().isoformat"},
    ),
    "hemgang/doctor/prefect.py": (
        "a query to Prefect's server",
        {"datetime.fromtimestamp(now.timestamp() - LATE_AFTER_S, now.tzinfo).isoformat"},
    ),
    "hemgang/doctor/reference_data.py": (
        "instants at which zone tables differ, in UTC: Stockholm's time is in doubt",
        {"instant"},
    ),
    "hemgang/logs/handlers.py": (
        "the time of a log record, in UTC",
        {"datetime.fromtimestamp(record.created, UTC).isoformat"},
    ),
    "hemgang/messages/canonical.py": (
        "the canonical line of a message, which its hash is taken over",
        {"value.isoformat"},
    ),
    "hemgang/services/closing.py": (
        "what the hash of a closing is taken over",
        {"stored_until.isoformat"},
    ),
    "hemgang/services/restore_guard.py": (
        "the watermark beside the database, and names and lines of the delivery journal",
        {"seen.at.isoformat", "now", "now - KEPT_FOR", "now.isoformat"},
    ),
    "hemgang/services/operator_alarm.py": (
        "a stored setting, and what the reference of an alarm is derived from",
        {"now.isoformat"},
    ),
    "hemgang/services/restatement.py": (
        "what the hash of a restatement is taken over",
        {"one.taken_in.isoformat"},
    ),
    "hemgang/simulate/story.py": (
        "the messages that are simulated",
        {"at.astimezone(STOCKHOLM).isoformat"},
    ),
    "hemgang/store/access_log.py": (
        "what the chain of the access log is hashed over",
        {"anchor.at.isoformat", "anchor.row_at.isoformat", "row.at.isoformat"},
    ),
    "hemgang/store/backup/format.py": (
        "manifest and rows of a backup",
        {"manifest.made_at.isoformat", "value.astimezone(UTC).isoformat"},
    ),
    "hemgang/store/installation.py": (
        "a stored setting",
        {"now.isoformat"},
    ),
    "hemgang/store/tables.py": (
        "the column of an instant",
        {"instant.isoformat"},
    ),
}
"""What writes an instant for programs or stores it, and not for people, with the reason."""

INSTANTS = {"datetime", "DateTime"}
WORDS = "hemgang/i18n/formats.py"

CLOCK_OF_STRFTIME = re.compile("%[-#]?[A-Za-z]")


def annotations() -> Iterator[tuple[str, str]]:
    """Yield every name of a field, parameter, function or property with its type, None left out."""
    for tree in trees().values():
        for node in ast.walk(tree):
            match node:
                case (
                    ast.AnnAssign(target=ast.Name(id=name), annotation=kind)
                    | ast.arg(arg=name, annotation=kind)
                    | ast.FunctionDef(name=name, returns=kind)
                ) if kind is not None:
                    yield name, ast.unparse(kind).removesuffix(" | None")


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module by its path."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


@cache
def kinds_of_names() -> dict[str, set[str]]:
    """Return with which types each name is annotated."""
    kinds: dict[str, set[str]] = {"fromtimestamp": {"datetime"}, "astimezone": {"datetime"}}
    for name, kind in annotations():
        kinds.setdefault(name, set()).add(kind)
    return kinds


def is_instant(node: ast.expr, *, surely: bool) -> bool:
    """Whether an expression is an instant: `surely` where its name is nowhere that of something else."""
    kinds = kinds_of_names().get(last_name(node) or "", set())
    return INSTANTS >= kinds != set() if surely else bool(INSTANTS & kinds) and not kinds & {"date", "time"}


def last_name(node: ast.expr) -> str | None:
    """Return the name that tells what an expression is: of an attribute, a variable, or a function that is called."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return last_name(func)
        case ast.BinOp(left=left):
            return last_name(left)
    return None


def written_instants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each place where an instant becomes text, with how."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="strftime" | "ctime" | "asctime" | "isoformat" as how, value=value):
                if how != "isoformat" or is_instant(value, surely=False):
                    yield node.lineno, ast.unparse(node)
            case ast.FormattedValue(value=value, format_spec=spec):
                clock = spec is not None and CLOCK_OF_STRFTIME.search(ast.unparse(spec))
                if clock or (spec is None and is_instant(value, surely=True)):
                    yield node.lineno, ast.unparse(value)


@pytest.mark.parametrize("file", sorted(trees().keys() - {WORDS}))
def test_an_instant_becomes_words_in_one_place(file: str) -> None:
    _, excepted = CODECS.get(file, ("", set()))
    found = {(line, written) for line, written in written_instants(trees()[file]) if written not in excepted}
    assert found == set(), f"{file}: write it with {WORDS}"


@pytest.mark.parametrize("file", CODECS)
def test_what_is_excepted_writes_an_instant(file: str) -> None:
    _, excepted = CODECS[file]
    assert {written for _, written in written_instants(trees()[file])} == excepted


@pytest.mark.parametrize(
    "line",
    [
        "row.closed_at.isoformat()",
        "local(closed_at).isoformat(' ')",
        "now.isoformat()",
        "day.strftime('%Y')",
        "f'{row.closed_at:%Y-%m-%d}'",
        "f'{row.closed_at}'",
        "f'{now - STEP:%H}'",
    ],
)
def test_the_look_finds_what_writes_an_instant(line: str) -> None:
    assert list(written_instants(ast.parse(line)))


@pytest.mark.parametrize("line", ["day.isoformat()", "f'{valid_from}'", "f'{share:.0%}'", "f'{table_text(closed_at)}'"])
def test_dates_shares_and_texts_may_be_written(line: str) -> None:
    assert not list(written_instants(ast.parse(line)))
