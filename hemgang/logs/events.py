"""The events that hemgang logs: an allow-list of names, sentences and fields, and errors scrubbed of their text.

No field is free text: what has another shape than the field's, or that of an identity number, is withheld. Of an error
its type, the types of its causes and the frames of our own packages are logged. `scrub_errors` keeps an error's text
from Prefect, which stores it in its database, where a database's text may quote a value.
"""

import functools
import logging
import math
import re
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypedDict, TypeVar, Unpack

from hemgang.messages.identity_numbers import holds_identity_number

_INFO, _WARNING, _ERROR = logging.INFO, logging.WARNING, logging.ERROR


class Event(StrEnum):
    """What can be said in a log; anything else is not said."""

    DISCHARGE_SET_ASIDE = "discharge_set_aside"
    DISCHARGES_SET_ASIDE = "discharges_set_aside"
    MESSAGE_FAILING = "message_failing"
    JOURNAL_FAILED = "journal_failed"
    STATE_FAILED = "state_failed"
    SENDING_HELD = "sending_held"
    TROUBLE = "trouble"
    DRAFT_FAILED = "draft_failed"
    FILE_NOT_READ = "file_not_read"
    RULES_LOADED = "rules_loaded"
    RULES_KEPT = "rules_kept"
    HEARTBEAT_FAILED = "heartbeat_failed"
    FILE_TAKEN = "file_taken"
    FILE_REFUSED = "file_refused"
    ENGINE_STARTED = "engine_started"
    ENGINE_STOPPING = "engine_stopping"
    ENGINE_STOPPED = "engine_stopped"
    RUN_FAILED = "run_failed"
    STANDING_IN = "standing_in"
    METRICS_SERVED = "metrics_served"
    METRICS_OFF_LOOPBACK = "metrics_off_loopback"
    METRICS_UNREADABLE = "metrics_unreadable"
    UNEXPECTED = "unexpected"


TEMPLATES: Mapping[Event, tuple[int, str]] = MappingProxyType(
    {
        Event.DISCHARGE_SET_ASIDE: (_ERROR, "discharge {reference} set aside for an hour: {error}"),
        Event.DISCHARGES_SET_ASIDE: (_WARNING, "{count} discharges set aside for an hour"),
        Event.MESSAGE_FAILING: (_ERROR, "message {bundle}: its last channel fails: {reason}"),
        Event.JOURNAL_FAILED: (_ERROR, "the journal of the delivered could not be written: {error}"),
        Event.STATE_FAILED: (_ERROR, "what this machine has seen of the database cannot be read or kept: {error}"),
        Event.SENDING_HELD: (_ERROR, "sending is held: {reason}"),
        Event.TROUBLE: (_ERROR, "the engine is in trouble: {reason}"),
        Event.DRAFT_FAILED: (_ERROR, "the draft of {month} for county {region} could not be made: {error}"),
        Event.FILE_NOT_READ: (_WARNING, "file {file} in the inbox is not read: {reason}"),
        Event.RULES_LOADED: (_INFO, "the changed file of the {reason} was loaded"),
        Event.RULES_KEPT: (_ERROR, "the file of the {reason} cannot be used any more: the last good one stays"),
        Event.HEARTBEAT_FAILED: (_WARNING, "a watcher outside did not answer: {error}"),
        Event.FILE_TAKEN: (_INFO, "file {file}: {accepted} messages accepted, {quarantined} quarantined"),
        Event.FILE_REFUSED: (_WARNING, "file {file} refused: {reason}"),
        Event.ENGINE_STARTED: (_INFO, "the engine runs"),
        Event.ENGINE_STOPPING: (_INFO, "the engine was asked to end, and finishes what is under way"),
        Event.ENGINE_STOPPED: (_INFO, "the engine ends"),
        Event.RUN_FAILED: (_ERROR, "a run failed: {error}"),
        Event.STANDING_IN: (_WARNING, "no run of {loop} looks for work, is Prefect away? the engine looks itself"),
        Event.METRICS_SERVED: (_INFO, "metrics are served on port {port}"),
        Event.METRICS_OFF_LOOPBACK: (_WARNING, "metrics on port {port} can be read from other machines"),
        Event.METRICS_UNREADABLE: (_ERROR, "the figures for the metrics cannot be read: {error}"),
        Event.UNEXPECTED: (_ERROR, "not expected: {error}"),
    }
)
"""The level and the sentence of each."""


WITHHELD = "(withheld)"
Value = str | int | float | list[str]


class Fields(TypedDict, total=False):
    """Fields by name, for mypy: a name that is not here fails the type check, and at run time is left out."""

    reference: str
    bundle: str
    region: str
    state: str
    loop: str
    outcome: str
    reason: str
    child: str
    kind: str
    file: str
    month: str
    answered: int
    code: int
    port: int
    count: int
    accepted: int
    duplicate: int
    conflicting: int
    quarantined: int
    seconds: float
    late_s: float
    error: BaseException


def loggable(name: str, value: object) -> Value | None:
    """Return a field's value as it is logged; None for a name that no field has, `(withheld)` for another shape."""
    check = FIELD_SHAPES.get(name)
    if check is None:
        return None
    found = check(value)
    if found is None or (isinstance(found, str) and holds_identity_number(found)):
        return WITHHELD
    return found


def _shaped(shape: str) -> Callable[[object], Value | None]:
    matches = re.compile(shape).fullmatch
    return lambda value: str(value) if isinstance(value, str) and matches(value) else None


def _count(value: object) -> Value | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_MANY else None


def _seconds(value: object) -> Value | None:
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) < _TOO_MANY:
        return round(float(value), 3)
    return None


def _type_of(value: object) -> Value | None:
    if not isinstance(value, BaseException):
        return None
    named = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return named if _TYPE_NAME.fullmatch(named) else None


_TOO_MANY = 10**9
_REFERENCE = "[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}"
_WORD = "[A-Za-z][A-Za-z_-]{0,39}"
_TYPE_NAME = re.compile(r"[A-Za-z_][\w.<>]{0,119}")

FIELD_SHAPES: Mapping[str, Callable[[object], Value | None]] = MappingProxyType(
    {
        "reference": _shaped(_REFERENCE),
        "bundle": _shaped(_REFERENCE),
        "region": _shaped("[0-9]{2}"),
        "state": _shaped(_WORD),
        "loop": _shaped(_WORD),
        "outcome": _shaped(_WORD),
        "reason": _shaped(_WORD),
        "child": _shaped("[a-z][a-z_.]{0,39}"),
        "kind": _shaped(_WORD),
        "file": _shaped("[0-9a-f]{12}"),
        "month": _shaped("20[0-9]{2}-[01][0-9]"),
        "answered": _count,
        "code": _count,
        "port": _count,
        "count": _count,
        "accepted": _count,
        "duplicate": _count,
        "conflicting": _count,
        "quarantined": _count,
        "seconds": _seconds,
        "late_s": _seconds,
        "error": _type_of,
    }
)
"""What each field's value must be; the same names as in `Fields`."""


Log = logging.Logger | logging.LoggerAdapter[Any]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event with its fields as they may be logged; written out it is the event's sentence."""

    event: Event
    fields: Mapping[str, Value]

    def __str__(self) -> str:
        """Write the sentence; a field that was not given is a question mark."""
        return TEMPLATES[self.event][1].format_map(_Words(self.fields))


def event(log: Log, name: Event, **fields: Unpack[Fields]) -> None:
    """Log an event with fields; `error` is the exception itself, of which type, cause and our own frames are kept.

    A field that is not allowed is an error for mypy; at run time it is left out and counted as `withheld`, since a log
    line must never stop what it tells of.
    """
    level = TEMPLATES[name][0]
    if log.isEnabledFor(level):
        log.log(level, LogEvent(name, _told(fields)))


def _told(fields: Mapping[str, object]) -> dict[str, Value]:
    found = {name: loggable(name, value) for name, value in fields.items()}
    told: dict[str, Value] = {name: value for name, value in found.items() if value is not None}
    if unknown := len(found) - len(told):
        told["withheld"] = unknown
    error = fields.get("error")
    return told | (error_fields(error) if isinstance(error, BaseException) else {})


def error_fields(error: BaseException) -> dict[str, Value]:
    """Return what may be said of an exception: its type, the types it came from, our own frames; never its text."""
    told: dict[str, Value] = {"error": loggable("error", error) or ""}
    if causes := caused_by(error):
        told["caused_by"] = causes
    if frames := frames_of(error):
        told["where"] = frames
    return told


class _Words(dict[str, Value]):
    def __missing__(self, _name: str) -> str:
        return "?"


P = ParamSpec("P")
T = TypeVar("T")


class ScrubbedError(Exception):
    """Something failed in a run; says the error's type and where, nothing else. The engine's log has the frames."""


def scrub_errors(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a coroutine function raise `ScrubbedError` for any error, the original neither in its text nor behind it.

    Under the decorator of a flow or task, so that Prefect never holds the original:

        @flow(name="watch")
        @scrub_errors
        async def watch() -> None: ...
    """

    @functools.wraps(function)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except ScrubbedError:
            raise
        except Exception as error:  # the border to Prefect: whatever it is, its text stays here
            told = f"{loggable('error', error)} at {(frames_of(error) or ['a library'])[0]}"
        raise ScrubbedError(told)

    return guarded


OURS = ("agreements", "calendars", "hemgang", "tasks", "flows", "deployments")
MOST = 5
_ROOT = Path(__file__).parent.parent.parent
_HERE = Path(__file__).parent.relative_to(_ROOT)


def frames_of(error: BaseException) -> list[str]:
    """Return our own frames, the innermost first, at most five: `hemgang/services/advance.py:33`."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [f"{place}:{frame.lineno}" for frame in reversed(frames) if (place := _place(frame.filename)) is not None]
    return found[:MOST]


def caused_by(error: BaseException) -> list[str]:
    """Return the types of the exceptions that led to this one, the nearest first, at most five."""
    found: list[str] = []
    current = error.__cause__ or error.__context__
    while current is not None and len(found) < MOST:
        found.append(str(loggable("error", current)))
        current = current.__cause__ or current.__context__
    return found


def _place(filename: str) -> str | None:
    try:
        inside = Path(filename).relative_to(_ROOT)
    except ValueError:
        return None
    return inside.as_posix() if inside.parts[0] in OURS and inside.parent != _HERE else None
