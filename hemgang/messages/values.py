"""One reader for each kind of field: from what the JSON holds to a typed value, strictly (specification 1.2).

Nothing is bent into shape: a number is no text, a text is no number, a truth value is neither.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from hemgang.findings import Code
from hemgang.messages.fields import FieldKind, FieldRule
from hemgang.messages.instants import read_instant
from hemgang.messages.outcome import Problem

Reader = Callable[[object, str, list[Problem]], Any]
"""Takes what is given, the field's name and the problems so far.

Answers the typed value, or None after adding a problem, which never holds the value.
"""

LONGEST_TEXT = 4_000
"""Characters that a free text may have."""

LONGEST_NAME = 128
"""Characters that a name or id may have; it has at least one that is no space."""

OLDEST = 130
"""Years, included."""


Check = Callable[[object], Any]
"""Answers the typed value, or None where there is none."""


def reader_of(rule: FieldRule) -> Reader:
    """Return the reader for a field."""
    return _READERS[rule.kind] if rule.kind in _READERS else _strictly(check_of(rule))


def check_of(rule: FieldRule) -> Check:
    """Return what tells the typed value of a field from what is none; not for instants and types."""
    return _one_of(frozenset(rule.choices)) if rule.kind is FieldKind.CHOICE else _CHECKS[rule.kind]


def is_clean_text(text: str) -> bool:
    """Whether a text can be stored anywhere: no control character, no half of a surrogate pair.

    Line breaks and tabs are clean.
    """
    return _UNCLEAN.search(text) is None


def _strictly(check: Check) -> Reader:
    def read(given: object, name: str, problems: list[Problem]) -> object:
        value = check(given)
        if value is None:
            problems.append(Problem(Code.INVALID_FIELD, name))
        return value

    return read


def _instant(given: object, name: str, problems: list[Problem]) -> datetime | None:
    read = read_instant(given) if isinstance(given, str) else Code.INVALID_FIELD
    if isinstance(read, Code):
        problems.append(Problem(read, name))
        return None
    if read[1] is not None:
        problems.append(Problem(read[1], name))
    return read[0]


def _type(given: object, name: str, problems: list[Problem]) -> object:
    """The type chose the readers: it has been read."""
    return given


def _name(given: object) -> str | None:
    """Without line separators and marks of text direction too: a name is shown in one line, as it is."""
    if isinstance(given, str) and _NAME.fullmatch(given) is not None and not given.isspace():
        return given
    return None


def _names(given: object) -> tuple[str, ...] | None:
    if isinstance(given, list | tuple) and all(_name(one) is not None for one in given):
        return tuple(given)
    return None


def _name_or_names(given: object) -> tuple[str, ...] | None:
    return _names([given] if isinstance(given, str) else given)


def _text(given: object) -> str | None:
    return given if isinstance(given, str) and len(given) <= LONGEST_TEXT and is_clean_text(given) else None


def _real_date(given: object) -> date | None:
    if not isinstance(given, str) or _DATE.fullmatch(given) is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _dates(*, first_year: int) -> Check:
    def check(given: object) -> date | None:
        read = _real_date(given)
        return read if read is not None and first_year <= read.year <= _LAST_YEAR else None

    return check


def _shaped(shape: str) -> Check:
    matches = re.compile(shape).fullmatch

    def check(given: object) -> str | None:
        return given if isinstance(given, str) and matches(given) is not None else None

    return check


def _age(given: object) -> int | None:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= OLDEST:
        return given
    return None


def _one_of(choices: frozenset[str]) -> Check:
    def check(given: object) -> str | None:
        return given if isinstance(given, str) and given in choices else None

    return check


_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_NAME = re.compile(f"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{{1,{LONGEST_NAME}}}")
_UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

_READERS: Mapping[FieldKind, Reader] = MappingProxyType({FieldKind.INSTANT: _instant, FieldKind.TYPE: _type})

_CHECKS: Mapping[FieldKind, Check] = MappingProxyType(
    {
        FieldKind.NAME: _name,
        FieldKind.NAMES: _names,
        FieldKind.NAME_OR_NAMES: _name_or_names,
        FieldKind.TEXT: _text,
        FieldKind.DATE: _dates(first_year=_FIRST_YEAR),
        FieldKind.BIRTH_DATE: _dates(first_year=_FIRST_YEAR - OLDEST - 1),
        FieldKind.REGION: _shaped("[0-9]{2}"),
        FieldKind.MUNICIPALITY: _shaped("[0-9]{4}"),
        FieldKind.AGE: _age,
    }
)
