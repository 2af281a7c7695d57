"""The alert rules: a file that Prometheus can load, over metrics that there are, each rule told of in the docs."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from hemgang.metrics.exporter import COUNTERS, StoreCollector
from hemgang.store.database import open_database, upgrade

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deployments" / "monitoring" / "alerts.yaml"
PAGE = ROOT / "docs" / "monitoring.md"
DURATION = re.compile(r"[0-9]+[smhd]")
FUNCTIONS = {"absent", "max", "sum", "by", "and", "offset", "rate", "loop", "kind", "watch", "deliver", "1h"}


def rules() -> list[dict[str, Any]]:
    read = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    assert set(read) == {"groups"}
    [group] = read["groups"]
    assert set(group) == {"name", "interval", "rules"}
    assert DURATION.fullmatch(group["interval"])
    found: list[dict[str, Any]] = group["rules"]
    return found


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of all metrics, as they are scraped."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'hemgang.db'}")
    upgrade(database)
    families = [*StoreCollector(database, lambda: datetime(2023, 3, 14, tzinfo=UTC)).collect(), *COUNTERS.collect()]
    database.close()
    return {f"{one.name}_total" if one.type == "counter" else one.name for one in families}


def test_every_rule_is_one_that_prometheus_takes() -> None:
    for rule in rules():
        assert (
            {"alert", "expr", "labels", "annotations"} <= set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        )
        assert re.fullmatch("Hemgang[A-Za-z]+", rule["alert"])
        assert DURATION.fullmatch(rule.get("for", "1m"))
        assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
        assert list(rule["annotations"]) == ["summary"]
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert re.search(r"[<>] [0-9a-z(]+|^absent\(", rule["expr"]), rule["alert"]
    assert len({rule["alert"] for rule in rules()}) == len(rules()) > 7


def test_every_rule_is_over_metrics_that_there_are(names: set[str]) -> None:
    for rule in rules():
        words = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", rule["expr"]))
        metrics = {word for word in words if word.startswith("hemgang_")}
        assert metrics
        assert metrics <= names
        assert words - metrics <= FUNCTIONS | {"h"}, rule["alert"]
        asked = set(re.findall(r"\$labels\.([a-z]+)", rule["annotations"]["summary"]))
        assert all(f"by ({label})" in rule["expr"] for label in asked)


def test_the_page_tells_of_every_metric_and_of_every_rule(names: set[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(hemgang_[a-z_]+)`", page, re.MULTILINE))
    assert told == names
    assert set(re.findall(r"^\| `(Hemgang[A-Za-z]+)`", page, re.MULTILINE)) == {rule["alert"] for rule in rules()}


def test_the_line_of_a_log_on_the_page_is_one_that_is_written() -> None:
    import json
    import logging

    from hemgang.logs import Event
    from hemgang.logs.events import LogEvent, Value
    from hemgang.logs.handlers import JsonFormatter

    [line] = re.findall(r"```json\n(.*)\n```", PAGE.read_text(encoding="utf-8"))
    shown = json.loads(line)
    fields: dict[str, Value] = {"reference": "7K3M-Q9TB-2XWD", "error": "ValueError"}
    fields["where"] = ["hemgang/services/advance.py:33"]
    said = LogEvent(Event.DISCHARGE_SET_ASIDE, fields)
    record = logging.getLogger("x").makeRecord("hemgang.services.advance", logging.ERROR, "x", 1, said, (), None)
    assert json.loads(JsonFormatter().format(record)) | {"at": shown["at"]} == shown
    assert [*json.loads(JsonFormatter().format(record))] == [*shown]
