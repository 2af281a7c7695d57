"""One message read and checked: every field by its rule, identity numbers refused (specification 1.2 and 6).

A message with nothing out of the ordinary, nearly every line of a feed, is read in one pass; all others fully. Fields
that the type does not name are kept and reported. Of a rejected line enough is kept to mend it, and no identity number.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hemgang.findings import Code
from hemgang.messages.identity_numbers import are_plain, holds_identity_number, texts_in
from hemgang.messages.model import FIELD_NAME, REMARKS, Accepted, Message, MessageType, Problem, Rejection
from hemgang.messages.readers import Line
from hemgang.messages.schema import (
    COMMON,
    LONGEST_NAME,
    OLDEST,
    OWN,
    Check,
    FieldKind,
    FieldRule,
    FieldRules,
    Reader,
    check_of,
    is_clean_text,
    read_instant,
    rules_for,
)

AHEAD = timedelta(hours=24)
"""How far ahead of the clock a message may lie, included."""


def read_message(obj: Mapping[str, Any], *, now: datetime | None) -> Accepted | Rejection:
    """Return the message that a JSON object holds, or why it is rejected; never raises for what it holds.

    `now` (aware) is the clock against which `at` and `received_at` may lie at most 24 hours ahead (included);
    without it they are not compared with any. JSON null counts as absent. All problems are found, not only
    the first.
    """
    if not isinstance(obj, Mapping):
        return Rejection((Problem(Code.INVALID_JSON),))
    given = obj.get("type")
    kind = _TYPES.get(given) if isinstance(given, str) else None
    if kind is not None and (plain := plain_values(obj, kind)) is not None and not _contradictions(plain, now):
        return Accepted(_message(kind, plain))
    return _read_fully(obj, kind, now)


def plain_values(obj: Mapping[str, Any], kind: MessageType) -> dict[str, Any] | None:
    """Return the typed values of a message of a kind, if all fields are known, right and no identity number.

    None says nothing against the message, only that it takes the full reading.
    """
    plan = _PLANS[kind]
    names, check_for = plan.names, plan.checks.get
    values: dict[str, Any] = {}
    texts: list[str] = []
    for name, given in obj.items():
        if name in names:
            if type(given) is not str or not 0 < len(given) <= LONGEST_NAME or given.isspace():
                return None
            texts.append(given)
            values[name] = given
            continue
        check = check_for(name)
        value = None if check is None else check(given)
        if value is None:
            return None
        if type(value) is tuple:
            texts.extend(value)
        values[name] = value
    return values if values.keys() >= plan.needed and are_plain(texts) else None


def text_to_keep(line: Line, rejection: Rejection) -> str | None:
    """Return the line's text, or None where it may hold an identity number or cannot be stored.

    That is: an identity number was found in a field, the text is shaped like one anywhere, JSON that could
    not be read may hide one behind escapes, or there are control characters. A line that is too long or not
    UTF-8 has no text.
    """
    text = line.text
    if text is None or holds_identity_number(text) or not is_clean_text(text):
        return None
    codes = {problem.code for problem in rejection.problems}
    if Code.IDENTITY_NUMBER in codes or (Code.INVALID_JSON in codes and "\\u" in text):
        return None
    return text


def _read_fully(obj: Mapping[str, Any], kind: MessageType | None, now: datetime | None) -> Accepted | Rejection:
    """Read field by field, noting all that is wrong or worth a remark."""
    given = obj.get("type")
    rules = rules_for(kind)
    problems: list[Problem] = []
    values = _read_fields(obj, rules.readers, problems)
    if kind is None and given is not None:
        problems.append(Problem(Code.UNKNOWN_TYPE if isinstance(given, str) else Code.INVALID_FIELD, "type"))
    if not values.keys() >= rules.needed:
        problems.extend(Problem(Code.INVALID_FIELD, name) for name in sorted(rules.needed - values.keys()))
    problems.extend(_identity_problems(obj, values, rules))
    problems.extend(_contradictions(values, now))
    if kind is None or any(problem.code not in REMARKS for problem in problems):
        return _rejection(problems, values)
    return Accepted(_message(kind, values), tuple(problems))


def _read_fields(obj: Mapping[str, Any], readers: Mapping[str, Reader], problems: list[Problem]) -> dict[str, Any]:
    """Return every field that is there: its typed value, or None where a problem says why it has none."""
    values: dict[str, Any] = {}
    for name, given in obj.items():
        reader = readers.get(name)
        if reader is None:
            if not _is_field_name(name) or not _can_be_kept(given):
                problems.append(Problem(Code.INVALID_FIELD, _shown(name)))
            elif given is not None:
                problems.append(Problem(Code.UNKNOWN_FIELD, _shown(name)))
                values[name] = given
        elif given is not None:
            values[name] = reader(given, name, problems)
    return values


def _identity_problems(obj: Mapping[str, Any], values: Mapping[str, Any], rules: FieldRules) -> Iterator[Problem]:
    """Yield each field whose name or value, however deep, is shaped like an identity number.

    A field that was read as a date, a choice or the like is none, whatever its digits.
    """
    for name, given in obj.items():
        if name in rules.closed and values.get(name) is not None:
            continue
        if name not in rules.readers and isinstance(name, str) and holds_identity_number(name):
            yield Problem(Code.IDENTITY_NUMBER, FIELD_NAME)
        elif holds_identity_number(given) if isinstance(given, str) else _holds_one_inside(given):
            yield Problem(Code.IDENTITY_NUMBER, _shown(name))


def _holds_one_inside(given: object) -> bool:
    return any(map(holds_identity_number, texts_in(given)))


def _contradictions(values: Mapping[str, Any], now: datetime | None) -> list[Problem]:
    """Return problems of fields right by themselves: ahead of the clock, or born after the message.

    Whoever is born on the day of the message is born by then in any time zone: the next day in UTC counts.
    """
    problems: list[Problem] = []
    if now is not None:
        for name in ("at", "received_at"):
            if (instant := values.get(name)) is not None and instant - now > AHEAD:
                problems.append(Problem(Code.FUTURE_MESSAGE, name))
    born, at = values.get("birth_date"), values.get("at")
    if type(born) is date and at is not None and not 0 <= _age(born, (at + timedelta(days=1)).date()) <= OLDEST:
        problems.append(Problem(Code.INVALID_FIELD, "birth_date"))
    return problems


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _rejection(problems: list[Problem], values: Mapping[str, Any]) -> Rejection:
    identities = {problem.field for problem in problems if problem.code is Code.IDENTITY_NUMBER}
    reasons = [
        problem
        for problem in problems
        if problem.code is Code.IDENTITY_NUMBER or (problem.code not in REMARKS and problem.field not in identities)
    ]
    reasons.sort(key=lambda problem: problem.code is not Code.IDENTITY_NUMBER)
    return Rejection(tuple(dict.fromkeys(reasons)), None if "id" in identities else values.get("id"))


def _message(kind: MessageType, values: dict[str, Any]) -> Message:
    """Make the message of values whose needed fields are all there; those left over are its own fields."""
    take = values.pop
    take("type")
    at = take("at")
    received_at, sender = take("received_at", at), take("sender", None)
    return Message(take("id"), take("episode"), kind, at, received_at, sender, values)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What reading one type takes: the fields that are names, those with a check of their own, the needed ones.

    Names are by far the most, so that all of a message's names are judged together. Free texts are in neither.
    """

    names: frozenset[str]
    checks: Mapping[str, Check]
    needed: frozenset[str]


def _plan_of(kind: MessageType) -> _Plan:
    fields = {**COMMON, **OWN[kind]}
    return _Plan(
        names=frozenset(name for name, rule in fields.items() if rule.kind is FieldKind.NAME),
        checks={name: _check_of(rule) for name, rule in fields.items() if rule.kind not in _WITHOUT_CHECK},
        needed=frozenset(name for name, rule in fields.items() if rule.needed),
    )


def _check_of(rule: FieldRule) -> Check:
    if rule.kind is FieldKind.INSTANT:
        return _instant
    return _type if rule.kind is FieldKind.TYPE else check_of(rule)


def _instant(given: object) -> datetime | None:
    read = read_instant(given) if isinstance(given, str) else None
    return read[0] if isinstance(read, tuple) and read[1] is None else None


def _type(given: object) -> object:
    """The type chose the plan: it has been read."""
    return given


def _shown(name: object) -> str:
    """Return a field's name as a problem may show it: itself, or `(field name)` where it may be no name."""
    if isinstance(name, str) and _PLAIN_NAME.fullmatch(name) and not holds_identity_number(name):
        return name
    return FIELD_NAME


def _is_field_name(name: object) -> bool:
    """Whether a key can name a field: a text of 1 to 128 characters that can be stored."""
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and is_clean_text(name)


def _can_be_kept(value: object) -> bool:
    """Whether a value is JSON that any store takes: clean texts, finite numbers, whole ones below 2**63."""
    waiting = [(value, 0)]
    while waiting:
        current, depth = waiting.pop()
        if isinstance(current, dict | list):
            if depth >= _DEEPEST or not _has_clean_keys(current):
                return False
            inner = current.values() if isinstance(current, dict) else current
            waiting.extend((one, depth + 1) for one in inner)
        elif not _is_plain_scalar(current):
            return False
    return True


def _has_clean_keys(value: dict[Any, Any] | list[Any]) -> bool:
    return isinstance(value, list) or all(isinstance(key, str) and is_clean_text(key) for key in value)


def _is_plain_scalar(value: object) -> bool:
    if isinstance(value, str):
        return is_clean_text(value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return -_BEYOND_INTEGERS <= value < _BEYOND_INTEGERS
    return isinstance(value, float) and math.isfinite(value)


_PLAIN_NAME = re.compile(r"[^\W\d][\w.\-]{0,63}")

_DEEPEST = 16
"""Levels of lists and objects in one field, included."""

_BEYOND_INTEGERS = 2**63

_TYPES = {kind.value: kind for kind in MessageType}

_WITHOUT_CHECK = (FieldKind.NAME, FieldKind.TEXT)

_PLANS = {kind: _plan_of(kind) for kind in MessageType}
