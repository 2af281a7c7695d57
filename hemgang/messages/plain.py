"""Reads a message in which nothing is out of the ordinary, in one pass: what nearly every line of a feed is.

It accepts nothing that the full reading (`hemgang.messages.validation`) would not accept with the same values and
without remark; a message that it does not accept may be right all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hemgang.messages.fields import COMMON, OWN, FieldKind, FieldRule
from hemgang.messages.identity import are_plain
from hemgang.messages.instants import read_instant
from hemgang.messages.model import MessageType
from hemgang.messages.values import LONGEST_NAME, Check, check_of


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


_WITHOUT_CHECK = (FieldKind.NAME, FieldKind.TEXT)
_PLANS = {kind: _plan_of(kind) for kind in MessageType}
