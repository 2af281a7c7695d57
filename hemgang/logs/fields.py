"""The fields that a log line may have, and the shape that each one's value must have: an allow-list.

No field is free text. What has another shape, or is shaped like an identity number all the same, is withheld.
"""

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypedDict

from hemgang.messages.identity import holds_identity_number

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


def kept(name: str, value: object) -> Value | None:
    """Return a field's value as it is logged; None for a name that no field has, `(withheld)` for another shape."""
    check = SHAPES.get(name)
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

SHAPES: Mapping[str, Callable[[object], Value | None]] = MappingProxyType(
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
