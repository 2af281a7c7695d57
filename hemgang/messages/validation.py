"""Reads one message: every field by its rule, identity numbers refused (specification 1.2 and 6)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hemgang.findings import Code
from hemgang.messages.identity import holds_identity_number, texts_in
from hemgang.messages.model import Message, MessageType
from hemgang.messages.outcome import FIELD_NAME, REMARKS, Accepted, Problem, Rejection
from hemgang.messages.plain import plain_values
from hemgang.messages.rules import Rules, rules_for
from hemgang.messages.unknown import can_be_kept, is_field_name, shown
from hemgang.messages.values import OLDEST, Reader

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
    if kind is not None and (plain := plain_values(obj, kind)) is not None and not _misplaced(plain, now):
        return Accepted(_message(kind, plain))
    return _read_fully(obj, kind, now)


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
    problems.extend(_misplaced(values, now))
    if kind is None or any(problem.code not in REMARKS for problem in problems):
        return _rejection(problems, values)
    return Accepted(_message(kind, values), tuple(problems))


def _read_fields(obj: Mapping[str, Any], readers: Mapping[str, Reader], problems: list[Problem]) -> dict[str, Any]:
    """Return every field that is there: its typed value, or None where a problem says why it has none."""
    values: dict[str, Any] = {}
    for name, given in obj.items():
        reader = readers.get(name)
        if reader is None:
            if not is_field_name(name) or not can_be_kept(given):
                problems.append(Problem(Code.INVALID_FIELD, shown(name)))
            elif given is not None:
                problems.append(Problem(Code.UNKNOWN_FIELD, shown(name)))
                values[name] = given
        elif given is not None:
            values[name] = reader(given, name, problems)
    return values


def _identity_problems(obj: Mapping[str, Any], values: Mapping[str, Any], rules: Rules) -> Iterator[Problem]:
    """Yield each field whose name or value, however deep, is shaped like an identity number.

    A field that was read as a date, a choice or the like is none, whatever its digits.
    """
    for name, given in obj.items():
        if name in rules.closed and values.get(name) is not None:
            continue
        if name not in rules.readers and isinstance(name, str) and holds_identity_number(name):
            yield Problem(Code.IDENTITY_NUMBER, FIELD_NAME)
        elif holds_identity_number(given) if isinstance(given, str) else _holds_one_inside(given):
            yield Problem(Code.IDENTITY_NUMBER, shown(name))


def _holds_one_inside(given: object) -> bool:
    return any(map(holds_identity_number, texts_in(given)))


def _misplaced(values: Mapping[str, Any], now: datetime | None) -> list[Problem]:
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


_TYPES = {kind.value: kind for kind in MessageType}
