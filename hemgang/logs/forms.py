"""The two forms of a log line, JSON and plain text, both made of the same few allowed things of a record.

A record that `event` did not make is reduced to logger, level, and the file and line that spoke; its text is kept only
of loggers known to speak of themselves alone. What is shaped like an identity number in spite of all that withholds the
whole line.
"""

import json
import logging
from datetime import UTC, datetime

from hemgang.logs.fields import WITHHELD, Value
from hemgang.logs.saying import Said, about
from hemgang.messages.identity import holds_identity_number

SPEAK_OF_THEMSELVES = ("alembic.runtime.migration", "uvicorn.error")
"""Loggers whose text is kept: they tell of tables and sockets. An exception's text never is."""

LONGEST_TEXT = 200


def line_of(record: logging.LogRecord) -> dict[str, Value]:
    """Return what is told of a record: when (UTC), how grave, who, and what."""
    told: dict[str, Value] = {
        "at": _at(record),
        "level": _level(record.levelno),
        "logger": _name(record.name),
    }
    if isinstance(record.msg, Said):
        told["event"] = record.msg.event.value
        return told | dict(record.msg.fields)
    told["from"] = f"{_name(record.module)}:{record.lineno}"
    if record.name in SPEAK_OF_THEMSELVES and not record.exc_info:
        told["text"] = _text(record)
    error = record.exc_info[1] if record.exc_info else None
    return told | (about(error) if error is not None else {})


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        return _netted(json.dumps(line_of(record), ensure_ascii=True), record, as_json=True)


class PlainLines(logging.Formatter):
    """One sentence a line, for a terminal and for Prefect's page."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of text."""
        told = line_of(record)
        said = str(record.msg) if isinstance(record.msg, Said) else str(told.get("text") or f"from {told['from']}")
        error = f" {told['error']}" if "error" in told and not isinstance(record.msg, Said) else ""
        frames = told.get("where")
        places = f" ({', '.join(frames)})" if isinstance(frames, list) else ""
        line = f"{told['at']} {told['level']:<8} {told['logger']}: {said}{error}{places}"
        return _netted(line, record, as_json=False)


def _netted(line: str, record: logging.LogRecord, *, as_json: bool) -> str:
    """Return the line, or no more than when, how grave and whose it was where it holds an identity number."""
    if not holds_identity_number(line):
        return line
    at, level, logger = _at(record), _level(record.levelno), _name(record.name)
    told = {"at": at, "level": level, "logger": logger, "withheld": 1}
    return json.dumps(told) if as_json else f"{at} {level:<8} {logger}: (withheld)"


def _at(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC).isoformat(timespec='milliseconds')[:23]}Z"


def _text(record: logging.LogRecord) -> str:
    try:
        return " ".join(record.getMessage().split())[:LONGEST_TEXT]
    except (TypeError, ValueError, KeyError):  # a text that does not fit its arguments
        return WITHHELD


def _level(number: int) -> str:
    names = ((logging.CRITICAL, "critical"), (logging.ERROR, "error"), (logging.WARNING, "warning"))
    for least, name in (*names, (logging.INFO, "info")):
        if number >= least:
            return name
    return "debug"


def _name(dotted: str) -> str:
    """Return a logger's name up to the first part that is no plain word: some are made of what a user named."""
    plain: list[str] = []
    for part in dotted.split("."):
        if not (part.isascii() and part.isidentifier()) or sum(letter.isdigit() for letter in part) > _DIGITS:
            break
        plain.append(part)
    return ".".join(plain) or "other"


_DIGITS = 4
