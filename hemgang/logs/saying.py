"""Says an event: the only way in which hemgang's own words reach a log."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack

from hemgang.logs.events import SAID, Event
from hemgang.logs.fields import Fields, Value, kept
from hemgang.logs.frames import caused_by, where

Log = logging.Logger | logging.LoggerAdapter[Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One event with its fields as they may be logged; written out it is the event's sentence."""

    event: Event
    fields: Mapping[str, Value]

    def __str__(self) -> str:
        """Write the sentence; a field that was not given is a question mark."""
        return SAID[self.event][1].format_map(_Words(self.fields))


def event(log: Log, name: Event, **fields: Unpack[Fields]) -> None:
    """Log an event with fields; `error` is the exception itself, of which type, cause and our own frames are kept.

    A field that is not allowed is an error for mypy; at run time it is left out and counted as `withheld`, since a log
    line must never stop what it tells of.
    """
    level = SAID[name][0]
    if log.isEnabledFor(level):
        log.log(level, Said(name, _told(fields)))


def _told(fields: Mapping[str, object]) -> dict[str, Value]:
    found = {name: kept(name, value) for name, value in fields.items()}
    told: dict[str, Value] = {name: value for name, value in found.items() if value is not None}
    if unknown := len(found) - len(told):
        told["withheld"] = unknown
    error = fields.get("error")
    return told | (about(error) if isinstance(error, BaseException) else {})


def about(error: BaseException) -> dict[str, Value]:
    """Return what may be said of an exception: its type, the types it came from, our own frames; never its text."""
    told: dict[str, Value] = {"error": kept("error", error) or ""}
    if causes := caused_by(error):
        told["caused_by"] = causes
    if frames := where(error):
        told["where"] = frames
    return told


class _Words(dict[str, Value]):
    def __missing__(self, _name: str) -> str:
        return "?"
