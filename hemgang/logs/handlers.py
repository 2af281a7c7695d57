"""The logging of a process: one handler on standard error, JSON or text, libraries kept quiet, no traceback.

A record that `event` did not make is reduced to logger, level, file and line; its text is kept only of loggers known to
carry no data. A line that holds the shape of an identity number is withheld.
"""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, TextIO

from hemgang.logs.events import WITHHELD, Event, LogEvent, Value, error_fields, event
from hemgang.messages.identity_numbers import holds_identity_number
from hemgang.settings import Settings, read_settings

LIBRARY_LEVELS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(
        (
            "aiosmtpd",
            "aiosqlite",
            "apprise",
            "asyncio",
            "docket",
            "httpcore",
            "httpx",
            "mail",
            "prefect",
            "psycopg",
            "redis",
            "sqlalchemy",
            "urllib3",
            "websockets",
        ),
        logging.WARNING,
    )
)
"""Libraries that say what they carry: heard from this level on, whatever `HEMGANG_LOG_LEVEL` says."""

log = logging.getLogger("hemgang")


def configure(settings: Settings | None = None) -> None:
    """Let this process log through one handler on standard error; to be called once, when its libraries are imported.

    Without `settings` the environment says in which form and from which level on. Handlers of libraries that stay, such
    as Prefect's to its own API, get the plain form.

    Raises:
        SettingsError: the environment cannot be used.
    """
    found = settings or read_settings()
    handler = StderrHandler(found.log)
    wanted = logging.getLevelNamesMapping()[found.log_level]
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(wanted)
    for name, least in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(least, wanted))
    for theirs in _handlers_of_others():
        theirs.setFormatter(TextFormatter())
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    sys.unraisablehook = lambda what: _tell(what.exc_value)
    threading.excepthook = lambda what: _tell(what.exc_value)


def _handlers_of_others() -> list[logging.Handler]:
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return [handler for one in loggers for handler in one.handlers if not isinstance(handler, StderrHandler)]


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt):
        return
    _tell(error.with_traceback(trace))


def _tell(error: BaseException | None) -> None:
    if error is not None:
        event(log, Event.UNEXPECTED, error=error)


TRUSTED_LOGGERS = ("alembic.runtime.migration", "uvicorn.error")
"""Loggers whose text is kept: they tell of tables and sockets. An exception's text never is."""

LONGEST_TEXT = 200


def record_fields(record: logging.LogRecord) -> dict[str, Value]:
    """Return what is told of a record: when (UTC), how grave, who, and what."""
    told: dict[str, Value] = {
        "at": _at(record),
        "level": _level(record.levelno),
        "logger": _name(record.name),
    }
    if isinstance(record.msg, LogEvent):
        told["event"] = record.msg.event.value
        return told | dict(record.msg.fields)
    told["from"] = f"{_name(record.module)}:{record.lineno}"
    if record.name in TRUSTED_LOGGERS and not record.exc_info:
        told["text"] = _text(record)
    error = record.exc_info[1] if record.exc_info else None
    return told | (error_fields(error) if error is not None else {})


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        return _netted(json.dumps(record_fields(record), ensure_ascii=True), record, as_json=True)


class TextFormatter(logging.Formatter):
    """One sentence a line, for a terminal and for Prefect's page."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of text."""
        told = record_fields(record)
        said = str(record.msg) if isinstance(record.msg, LogEvent) else str(told.get("text") or f"from {told['from']}")
        error = f" {told['error']}" if "error" in told and not isinstance(record.msg, LogEvent) else ""
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


FORMATTERS = {"json": JsonFormatter, "text": TextFormatter}


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes one line a record in the form that `HEMGANG_LOG` names: json, or text; without it text on a terminal.

    A line that cannot be written is lost without a word: the library's own complaint would show the record's arguments.
    """

    def __init__(self, form: str | None = None) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(FORMATTERS[form or log_format()]())
        logging.raiseExceptions = False  # of every handler of this process, for the same reason

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing, see above."""


def log_format() -> str:
    """Return the form that the environment asks for, else text on a terminal and JSON elsewhere.

    Raises:
        SettingsError: it cannot be used.
    """
    if wanted := read_settings().log:
        return wanted
    return "text" if sys.stderr is not None and sys.stderr.isatty() else "json"
