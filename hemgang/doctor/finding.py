"""A finding of the doctor: how grave, about what, what was seen, and what to do; nothing in it names a person."""

from dataclasses import dataclass
from enum import StrEnum

from hemgang.i18n.catalogue import Phrase, phrase


class Level(StrEnum):
    """How grave a finding is: all well, look at it soon, or something that should work does not."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor, to be said in a language; `do` is what to do, "" where nothing is to be done.

    A text that is no phrase stands as it is: what a file's error says.
    """

    level: Level
    name: str
    found: Phrase | str
    do: Phrase | str = ""


def ok(name: str, found: Phrase | str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.OK, name, found)


def warning(name: str, found: Phrase | str, do: Phrase | str) -> Finding:
    """Return a finding to look at soon."""
    return Finding(Level.WARNING, name, found, do)


def error(name: str, found: Phrase | str, do: Phrase | str) -> Finding:
    """Return a finding that something does not work."""
    return Finding(Level.ERROR, name, found, do)


def count_of(number: int, noun: str) -> Phrase:
    """Return a number with its noun, `1 file` or `2 files`; `noun` is one of the catalogue's `doctor.count`."""
    return phrase(f"doctor.count.{noun}", count=number)


def duration_text(seconds: float) -> str:
    """Return a length of time in its two largest units: `42 s`, `5 min`, `3 h 20 min`, `2 d 4 h`."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
