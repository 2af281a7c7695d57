"""The fields of every type of message as data, and one strict reader for each kind of field (specification 1.2).

A field is needed or not, of a kind, and may have allowed values. Nothing is bent into shape: a number is no text, a
text no number, a truth value neither. Instants are ISO 8601, with an offset or read in Stockholm.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from calendars.timezone import read_local
from hemgang.findings import Code
from hemgang.messages.model import MessageType as M
from hemgang.messages.model import Problem

LONGEST_TEXT = 4_000
"""Characters that a free text may have."""

LONGEST_NAME = 128
"""Characters that a name or id may have; it has at least one that is no space."""

OLDEST = 130
"""Years, included."""

EARLIEST = datetime(1999, 12, 31, 23, tzinfo=UTC)
"""The first instant taken: 2000-01-01 00:00 in Stockholm."""

TOO_LATE = datetime(2100, 12, 31, 23, tzinfo=UTC)
"""The first instant no longer taken: 2101-01-01 00:00 in Stockholm."""

Reader = Callable[[object, str, list[Problem]], Any]
"""Takes what is given, the field's name and the problems so far.

Answers the typed value, or None after adding a problem, which never holds the value.
"""

Check = Callable[[object], Any]
"""Answers the typed value, or None where there is none."""


class FieldKind(StrEnum):
    """What a field may hold; each kind has a reader of its own."""

    NAME = "name"
    NAMES = "names"
    NAME_OR_NAMES = "name_or_names"
    TEXT = "text"
    CHOICE = "choice"
    INSTANT = "instant"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    REGION = "region"
    MUNICIPALITY = "municipality"
    AGE = "age"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field may hold, and whether the message is rejected without it."""

    kind: FieldKind
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What reading one type takes.

    `readers` are those of every field it names, `needed` the fields it cannot be without, `closed` the fields
    that, once read, cannot hold just any text.
    """

    readers: Mapping[str, Reader]
    needed: frozenset[str]
    closed: frozenset[str]


def names_of(*kinds: FieldKind) -> frozenset[str]:
    """Return the names of every field, of whatever type of message, that is of one of the kinds."""
    tables = (COMMON, *OWN.values())
    return frozenset(name for table in tables for name, rule in table.items() if rule.kind in kinds)


def rules_for(kind: M | None) -> FieldRules:
    """Return the rules for a type; for None those of the fields that every message may have."""
    return _RULES[kind]


def check_of(rule: FieldRule) -> Check:
    """Return what tells the typed value of a field from what is none; not for instants and types."""
    return _one_of(frozenset(rule.choices)) if rule.kind is FieldKind.CHOICE else _CHECKS[rule.kind]


def read_instant(text: str) -> tuple[datetime, Code | None] | Code:
    """Return the instant in UTC with a remark (`ambiguous_time` or None), or the code that says why not.

    Taken are complete dates with hours and minutes, basic or extended, from 2000 to 2100 (both included). A
    time without an offset is read on the clock of Stockholm: of an hour that comes twice the first, with the
    remark; in the hour that does not exist the code is `nonexistent_time`. Whatever else is no instant is
    `invalid_field`.
    """
    if _INSTANT_SHAPE.fullmatch(text) is None:
        return Code.INVALID_FIELD
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return Code.INVALID_FIELD
    remark = None
    if given.tzinfo is None:
        ahead, remark = _clock_in(given.replace(minute=0, second=0, microsecond=0))
        if ahead is None:
            return Code.NONEXISTENT_TIME
        instant = (given - ahead).replace(tzinfo=UTC)
    else:
        instant = given.astimezone(UTC)
    return (instant, remark) if EARLIEST <= instant < TOO_LATE else Code.INVALID_FIELD


def is_clean_text(text: str) -> bool:
    """Whether a text can be stored anywhere: no control character, no half of a surrogate pair.

    Line breaks and tabs are clean.
    """
    return _UNCLEAN.search(text) is None


_NAME = FieldRule(FieldKind.NAME)

_NAMES = FieldRule(FieldKind.NAMES)

_DATE = FieldRule(FieldKind.DATE)

_INSTANT = FieldRule(FieldKind.INSTANT)

_NEEDED_NAME = FieldRule(FieldKind.NAME, needed=True)

_MUNICIPALITY = FieldRule(FieldKind.MUNICIPALITY, needed=True)


def _choice(*choices: str, needed: bool = False) -> FieldRule:
    return FieldRule(FieldKind.CHOICE, needed, choices)


COMMON: Mapping[str, FieldRule] = MappingProxyType(
    {
        "id": _NEEDED_NAME,
        "episode": _NEEDED_NAME,
        "type": FieldRule(FieldKind.TYPE, needed=True),
        "at": FieldRule(FieldKind.INSTANT, needed=True),
        "received_at": _INSTANT,
        "sender": _NAME,
    }
)
"""The fields that every message may have."""

OWN: Mapping[M, Mapping[str, FieldRule]] = MappingProxyType(
    {
        M.ADMITTED: {
            "region": FieldRule(FieldKind.REGION, needed=True),
            "municipality": _MUNICIPALITY,
            "district": _NAME,
            "care": _choice("somatic", "psychiatric", needed=True),
            "clinic": _NAME,
            "care_centre": _NAME,
            "birth_date": FieldRule(FieldKind.BIRTH_DATE),
            "age": FieldRule(FieldKind.AGE),
            "sex": _choice("female", "male", "unknown"),
            "legal_status": _choice("voluntary", "compulsory_outpatient"),
            "groups": _NAMES,
        },
        M.ADMISSION_NOTICE: {"expected_discharge": _DATE, "to": _NAMES, "assessed_at": _INSTANT},
        M.ADMISSION_NOTICE_ACKNOWLEDGED: {},
        M.PLANNING_STARTED: {},
        M.CARE_CONTACT_ASSIGNED: {"contact": _NEEDED_NAME},
        M.EXPECTED_DISCHARGE_CHANGED: {"expected_discharge": FieldRule(FieldKind.DATE, needed=True)},
        M.SIP_NEED: {"needed": _choice("yes", "no", "declined", needed=True)},
        M.OUTPATIENT_CARE: {"available": _choice("yes", "no", needed=True)},
        M.CARE_PLAN_ESTABLISHED: {},
        M.READY_NOTICE: {"ready_on": _DATE, "to": _NAMES},
        M.READY_WITHDRAWN: {"reason": FieldRule(FieldKind.TEXT)},
        M.SIP_CALLED: {"by": _NAME},
        M.SIP_HELD: {},
        M.SIP_ESTABLISHED: {},
        M.DISCHARGE_INFORMATION: {},
        M.LEAVE_STARTED: {},
        M.LEAVE_ENDED: {},
        M.TRANSFERRED: {"clinic": _NEEDED_NAME, "region": FieldRule(FieldKind.REGION)},
        M.PAYER_CHANGED: {"municipality": _MUNICIPALITY, "district": _NAME},
        M.DISCHARGED: {"to": FieldRule(FieldKind.NAME_OR_NAMES), "status": _NAME},
        M.DIED: {},
        M.CANCELLED: {},
        M.DISCHARGE_CANCELLED: {},
        M.RETRACTED: {"message": _NEEDED_NAME},
    }
)
"""The fields beyond the common ones, type by type. Any other field is kept and reported as unknown."""


def _reader_of(rule: FieldRule) -> Reader:
    """Return the reader for a field."""
    return _READERS[rule.kind] if rule.kind in _READERS else _strictly(check_of(rule))


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
    if isinstance(given, str) and _NAME_SHAPE.fullmatch(given) is not None and not given.isspace():
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
    if not isinstance(given, str) or _DATE_SHAPE.fullmatch(given) is None:
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


def _rules_of(kind: M | None) -> FieldRules:
    fields = {**COMMON, **(OWN[kind] if kind else {})}
    return FieldRules(
        readers={name: _reader_of(rule) for name, rule in fields.items()},
        needed=frozenset(name for name, rule in fields.items() if rule.needed),
        closed=frozenset(name for name, rule in fields.items() if rule.kind not in _OPEN_KINDS),
    )


_CACHED_HOURS = 1 << 14  # nearly two years


@lru_cache(maxsize=_CACHED_HOURS)
def _clock_in(hour: datetime) -> tuple[timedelta | None, Code | None]:
    """How far Stockholm is ahead of UTC in an hour, with the remark; the clock changes on whole hours."""
    reading = read_local(hour)
    if reading.instant is None:
        return None, None
    began = datetime.fromtimestamp(reading.instant.int_timestamp, UTC).replace(tzinfo=None)
    return hour - began, Code.AMBIGUOUS_TIME if reading.ambiguous else None


_OPEN_KINDS: frozenset[FieldKind] = frozenset(
    {FieldKind.NAME, FieldKind.NAMES, FieldKind.NAME_OR_NAMES, FieldKind.TEXT, FieldKind.TYPE}
)
"""Kinds whose text is the sender's own: it may hold anything, an identity number too."""

_FIRST_YEAR, _LAST_YEAR = 2000, 2100

_NAME_SHAPE = re.compile(f"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{{1,{LONGEST_NAME}}}")

_UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_DATE_SHAPE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

_INSTANT_SHAPE = re.compile(
    r"(?:1999|20[0-9]{2}|210[01])"
    r"(?:-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,12})?)?"
    r"|[0-9]{4}T[0-9]{4}(?:[0-9]{2}(?:[.,][0-9]{1,12})?)?)"
    r"(?:Z|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)

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

_RULES = {kind: _rules_of(kind) for kind in (None, *M)}
