"""The lines of a log: in UTC, with nothing but allowed keys, whoever spoke and whatever was said."""

import json
import logging
import re
import sys
from typing import Any

import pytest

from hemgang.logs import Event
from hemgang.logs.events import FIELD_SHAPES, LogEvent
from hemgang.logs.handlers import JsonFormatter, TextFormatter

PERSON = "19121212-1212"
ALLOWED = {"at", "level", "logger", "event", "from", "text", "withheld", "caused_by", "where", *FIELD_SHAPES}
LIBRARIES = (
    "apprise",
    "sqlalchemy.engine.Engine",
    "httpx",
    "httpcore.http11",
    "prefect.flow_runs",
    "prefect.engine",
    "alembic.runtime.migration",
    "uvicorn.error",
    "uvicorn.access",
    "asyncio",
    "py.warnings",
    f"prefect.worker.{PERSON}",
    "prefect.runner.patient191212121212",
    PERSON,
    "",
)


def record(name: str, message: object, *args: object, **more: Any) -> logging.LogRecord:
    made = logging.getLogger("x").makeRecord(name, logging.DEBUG, f"/home/{PERSON}.py", 7, message, args, None)
    vars(made).update(more)
    return made


def failed(text: str) -> object:
    try:
        raise ValueError(text) from KeyError(text)
    except ValueError:
        return sys.exc_info()


def spoken(name: str) -> list[logging.LogRecord]:
    """Return what a library could say of a person."""
    return [
        record(name, f"patient {PERSON}"),
        record(name, "patient %s", PERSON),
        record(name, "%s", {"body": [PERSON]}),
        record(name, PERSON, "one argument too many"),
        record(name, "Anna Ek"),
        record(name, "it broke", exc_info=failed(PERSON)),
        record(name, "it broke", exc_text=f"Traceback: {PERSON}", exc_info=failed(PERSON)),
        record(name, "it broke", stack_info=PERSON),
        record(name, "it broke", flow_run_name=PERSON, levelname=PERSON, threadName=PERSON, funcName=PERSON),
    ]


@pytest.mark.parametrize("name", LIBRARIES)
def test_nothing_that_a_library_says_of_a_person_is_written(name: str) -> None:
    for one in spoken(name):
        as_json, as_text = JsonFormatter().format(one), TextFormatter().format(one)
        assert "1212" not in as_json + as_text
        assert set(json.loads(as_json)) <= ALLOWED
        assert "\n" not in as_json + as_text


@pytest.mark.parametrize("name", ["apprise", "sqlalchemy.engine.Engine", "httpx", "prefect.flow_runs", "py.warnings"])
def test_the_text_of_a_library_is_not_written_at_all(name: str) -> None:
    one = record(name, "Anna Ek is ready")
    assert "Anna" not in JsonFormatter().format(one) + TextFormatter().format(one)
    assert json.loads(JsonFormatter().format(one))["logger"] == name


def test_the_few_that_speak_of_themselves_are_heard() -> None:
    told = json.loads(JsonFormatter().format(record("alembic.runtime.migration", "Running upgrade %s", "0004 -> 0005")))
    assert told["text"] == "Running upgrade 0004 -> 0005"
    assert "Running upgrade" in TextFormatter().format(record("alembic.runtime.migration", "Running upgrade"))


def test_a_line_says_when_in_utc_how_grave_who_and_what() -> None:
    one = record("hemgang.services.deliver", LogEvent(Event.JOURNAL_FAILED, {"error": "OSError"}))
    one.created, one.levelno = 1_677_834_000.25, logging.ERROR
    assert json.loads(JsonFormatter().format(one)) == {
        "at": "2023-03-03T09:00:00.250Z",
        "level": "error",
        "logger": "hemgang.services.deliver",
        "event": "journal_failed",
        "error": "OSError",
    }
    line = "2023-03-03T09:00:00.250Z error    hemgang.services.deliver: the journal of the delivered"
    assert TextFormatter().format(one) == f"{line} could not be written: OSError"


def test_what_slips_into_an_event_all_the_same_is_withheld_with_the_whole_line() -> None:
    one = record("hemgang.engine", LogEvent(Event.SENDING_HELD, {"reason": PERSON}))
    assert json.loads(JsonFormatter().format(one)).keys() == {"at", "level", "logger", "withheld"}
    assert re.fullmatch(r"[0-9T:.Z-]+ debug    hemgang.engine: \(withheld\)", TextFormatter().format(one))
