"""A second opinion on what is a message, written from specification 1.2 and 6 alone; it shares no code with the reader.

It covers: JSON (one object, no key twice at any depth, only finite numbers), the needed fields and every field of all
24 types by kind, names (1 to 128 characters, no control character, not blank), texts, choices, dates that exist,
instants with and without offset on both nights of the clock, the years 2000 to 2100, 24 hours ahead of the clock, birth
date and age, unknown fields (16 levels, whole numbers below 2**63), and plain identity numbers in any text. It does not
cover the rarer shapes of identity numbers and other scripts: there the reader may refuse more than this opinion.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from tests.faults.malformed.instants import MICROS, date_number, instant_micros
from tests.faults.malformed.specified import COMMON, OWN, fields_of
from tests.faults.nights.eu_clock import DAY, HOUR, day_number, year_of

OLDEST, DEEPEST = 130, 16
FIRST = (day_number(2000, 1, 1) * DAY - HOUR) * MICROS
LAST = (day_number(2101, 1, 1) * DAY - HOUR) * MICROS
_NOT_AROUND = r"""[^ \t",;:(){}\[\]']"""
NUMBER = re.compile(
    f"(?<!{_NOT_AROUND})(?:1[7-9]|2[01])?[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-?[0-9]{{4}}(?!{_NOT_AROUND})"
)
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
NO_PERSON = re.compile(
    "(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9:.,+Z-]*|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)


class Wrong(Exception):
    """The line is no message; the text says by which rule."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a line is: the object with its instants (microseconds), or the rule it breaks."""

    content: Mapping[str, Any]
    at: int = 0
    received_at: int = 0
    rule: str = ""


def opinion(content: Mapping[str, Any], *, now: int) -> Opinion:
    """Return whether an object is a message at `now` (microseconds since 1970 UTC)."""
    try:
        if not all(1 <= len(name) <= 128 and _clean(name) for name in content):
            raise Wrong("a name that is none")
        given = {name: value for name, value in content.items() if value is not None}
        kind = given.get("type")
        if not isinstance(kind, str) or kind not in OWN:
            raise Wrong("type")
        fields = fields_of(kind)
        if missing := [name for name, rule in fields.items() if rule.endswith("!") and name not in given]:
            raise Wrong(f"without {missing[0]}")
        for name, value in given.items():
            _field(name, fields.get(name), value)
        at = int(instant_micros(given["at"]) or 0)
        received = int(instant_micros(given.get("received_at", given["at"])) or 0)
        _placed(given, at, received, now, born_counts=kind == "admitted")
    except Wrong as wrong:
        return Opinion(content, rule=str(wrong))
    return Opinion(given, at, received)


def read_json(text: str) -> dict[str, Any] | None:
    """Return the object of a line, None if it is no JSON object as RFC 8259 and the specification have it."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_never)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and all(map(_finite, _leaves(value))) else None


def plain_number(text: str) -> bool:
    """Whether a plain personal identity number stands by itself in a text (an instant or UUID is none)."""
    text = NO_PERSON.sub("|", UNSEEN.sub("", text))
    return NUMBER.search(text) is not None


def _field(name: str, rule: str | None, value: object) -> None:
    if rule is None:
        if not _kept(value) or _hides_number([name, value]):
            raise Wrong("an unknown field")
        return
    kind = rule.rstrip("!")
    right = value in kind.split("|") if "|" in kind else kind == "type" or _KINDS[kind](value)
    if not right or (kind in "NLOT" and _hides_number(value)):
        raise Wrong(name)


def _placed(given: Mapping[str, Any], at: int, received: int, now: int, *, born_counts: bool) -> None:
    if max(at, received) > now + DAY * MICROS:
        raise Wrong("ahead of the clock")
    if not born_counts or "birth_date" not in given:
        return
    born = date_number(given["birth_date"]) or 0
    day = at // MICROS // DAY + 1
    age = year_of(day) - year_of(born) - (_in_year(day) < _in_year(born))
    if not 0 <= age <= OLDEST:
        raise Wrong("birth_date")


def _in_year(number: int) -> tuple[int, int]:
    year, month = year_of(number), 12
    while day_number(year, month, 1) > number:
        month -= 1
    return month, number - day_number(year, month, 1)


def _name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 128 and bool(value.strip()) and _shown_as_it_is(value)


def _shown_as_it_is(text: str) -> bool:
    """Whether a text has no control, no half letter, no line separator and no mark that turns its direction."""
    return (text.isascii() and text.isprintable()) or not any(
        ord(c) < 0x20
        or 0x7F <= ord(c) < 0xA0
        or 0x2028 <= ord(c) <= 0x202E
        or 0x2066 <= ord(c) <= 0x2069
        or 0xD800 <= ord(c) < 0xE000
        for c in text
    )


def _clean(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    return not any((ord(c) < 0x20 and c not in "\t\n\r") or 0x7F <= ord(c) < 0xA0 or _half(c) for c in text)


def _half(c: str) -> bool:
    return 0xD800 <= ord(c) < 0xE000


def _names(value: object) -> bool:
    return isinstance(value, list) and all(map(_name, value))


def _instant(value: object) -> bool:
    micros = instant_micros(value)
    return micros is not None and FIRST <= micros < LAST


def _dated(first: int) -> Any:
    def right(value: object) -> bool:
        day = date_number(value)
        return day is not None and first <= year_of(day) <= 2100

    return right


def _digits(count: int) -> Any:
    return lambda value: isinstance(value, str) and len(value) == count and set(value) <= set("0123456789")


def _age(value: object) -> bool:
    return type(value) is int and 0 <= value <= OLDEST


_KINDS: Mapping[str, Any] = {
    "N": _name,
    "L": _names,
    "O": lambda value: _name(value) or _names(value),
    "T": lambda value: isinstance(value, str) and len(value) <= 4000 and _clean(value),
    "I": _instant,
    "D": _dated(2000),
    "B": _dated(1869),
    "R": _digits(2),
    "M": _digits(4),
    "A": _age,
}
assert {rule.rstrip("!") for rule in COMMON.values()} - {"type"} <= _KINDS.keys()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _never(_: str) -> None:
    raise ValueError


def _finite(value: object) -> bool:
    return not isinstance(value, float) or isfinite(value)


def _leaves(value: object) -> Iterator[object]:
    """Yield every key and every value that is no list or object."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
        else:
            yield one


def _kept(value: object) -> bool:
    """Whether an unknown field's value can be stored anywhere."""
    layer, depth = [value], 0
    while layer := [one for one in layer if isinstance(one, dict | list)]:
        depth += 1
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]
    return depth <= DEEPEST and all(map(_storable, _leaves(value)))


def _storable(value: object) -> bool:
    if isinstance(value, str):
        return _clean(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _hides_number(value: object) -> bool:
    return any(isinstance(one, str) and plain_number(one) for one in _leaves(value))
