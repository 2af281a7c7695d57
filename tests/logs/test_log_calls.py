"""Everything that hemgang logs goes through `hemgang.logs.event`: no other call to a logger, no print."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hemgang.logs import Event

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("agreements", "calendars", "hemgang", "tasks", "flows", "deployments")
SPEAKING = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logger", "logging", "_log", "_logger"}
BY_HAND = {"hemgang/logs/events.py"}
"""Where a logger is called: the place that all others call."""


def files() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def speaks(call: ast.Call) -> bool:
    """Whether a call says something to a logger, or prints."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id == "print"
    if not isinstance(function, ast.Attribute) or function.attr not in SPEAKING:
        return False
    whose = function.value
    if isinstance(whose, ast.Call):
        named = whose.func
        return (named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")) in {
            "getLogger",
            "get_run_logger",
        }
    return isinstance(whose, ast.Name) and whose.id in LOGGERS


def test_nobody_speaks_to_a_logger_but_by_an_event() -> None:
    found = {f"{name}:{call.lineno}" for name, tree in files() for call in calls(tree) if speaks(call)}
    assert {place for place in found if place.partition(":")[0] not in BY_HAND} == set()


def test_the_look_for_calls_finds_them() -> None:
    lines = ["log.error('x')", "logging.getLogger('x').info('x')", "get_run_logger().warning('x')", "print('x')"]
    assert [speaks(call) for line in lines for call in [next(calls(ast.parse(line)))]] == [True] * 4
    assert not speaks(next(calls(ast.parse("math.log(2)"))))


def test_events_are_named_by_the_list_of_events() -> None:
    names = {one.name for one in Event}
    for place, tree in files():
        for call in calls(tree):
            if isinstance(call.func, ast.Name) and call.func.id == "event" and len(call.args) == 2:
                named = call.args[1]
                known = isinstance(named, ast.Attribute) and named.attr in names
                assert known or place in BY_HAND, f"{place}:{call.lineno}"
