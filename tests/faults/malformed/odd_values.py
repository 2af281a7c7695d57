"""Values that a field should not have, or hardly may: types swapped, edges of time, identity numbers, odd letters."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.malformed.specified import KNOWN, OWN

Chance = random.Random


def nested(depth: int, value: object = 1) -> object:
    """Return a value inside so many lists and objects."""
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


TEXTS: Sequence[Any] = (
    *("", " ", "\t", "a", "null", "NaN", "Infinity", "1e999", "=1+1", "{{7*7}}", "%s%n", "../../etc/passwd", "\\", '"'),
    *(
        "a\x00b",
        "\x00",
        "\x1b[2J",
        "a\nb",
        "a\r\nb",
        "\x7f",
        "\x85",
        "\ud800",
        "x\udfffy",
        "\U0001f600",
        "\ufeff",
        "\ufffe",
    ),
    *("\u202eabc", "\u2066abc", "\u2028", "\u200b", "\u00a0", "A\u030angstr\u00f6m", "Å", "ÅÄÖ åäö", "Ångström-Öst"),
    *("a" * 127, "a" * 128, "a" * 129, "å" * 128, "å" * 129, "a" * 4000, "a" * 4001, "Ä" * 70_000, " " * 128),
    *("٠١٢٣", "２３", "Ⅳ", "23 ", " 23", "2380\n", "ward-2\r", "yes ", "YES", "somatic ", "Somatic", "féminin"),
)
NUMBERS: Sequence[Any] = (
    *(0, -1, 1, 130, 131, 23, 2380, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40, 10**4000),
    *(0.0, -0.0, 1.5, 92.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"), 1912121212, 191212121212),
)
SHAPES: Sequence[Any] = (None, True, False, [], {}, [[]], [None], [1], ["a", 2], ["a"] * 300, {"id": "m"}, [""], ["å"])
DEEP: Sequence[Any] = tuple(map(nested, (14, 15, 16, 17, 40, 900)))
DATES: Sequence[Any] = (
    *("2023-02-28", "2023-02-29", "2024-02-29", "2100-02-29", "2000-02-29", "2000-01-01", "1999-12-31", "2100-12-31"),
    *("2101-01-01", "1869-01-01", "1868-12-31", "1893-06-01", "0000-00-00", "0001-01-01", "9999-12-31", "2023-13-01"),
    *("2023-00-10", "2023-1-5", "20230105", "2023-01-05T00:00", "2023-W10-3", "2023-060", "٢٠٢٣-٠١-٠٥", "2023-01-32"),
    *("-2023-01-05", "+2023-01-05", "2023/01/05", "05.01.2023", "2023-01-05 ", "2024-06-02", "2024-06-03"),
)
INSTANTS: Sequence[Any] = (
    *(
        "2023-03-26T01:59:59",
        "2023-03-26T02:00",
        "2023-03-26T02:30:00",
        "2023-03-26T02:59:59.999999",
        "2023-03-26T03:00",
    ),
    *("2023-10-29T01:59", "2023-10-29T02:00", "2023-10-29T02:30", "2023-10-29T02:59:59", "2023-10-29T03:00"),
    *(
        "1999-12-31T23:59:59+01:00",
        "2000-01-01T00:00",
        "1999-12-31T23:00Z",
        "1999-12-31T22:59:59Z",
        "2100-12-31T23:00Z",
    ),
    *(
        "2101-01-01T00:00",
        "2024-06-02T12:00:00Z",
        "2024-06-02T12:00:01Z",
        "2024-06-02T14:00",
        "2024-06-02T14:00:00.000001",
    ),
    *(
        "2023-05-01T10:00+23:59",
        "2023-05-01T10:00-23:59",
        "2023-05-01T10:00+24:00",
        "2023-05-01T10:00+14",
        "2023-05-01T10:00-00:00",
    ),
    *(
        "2023-05-01T10:00+01:00:30",
        "2023-05-01T10:00+1",
        "2023-05-01T10:00+01:60",
        "2023-05-01T10:00 +01:00",
        "2023-05-01T10:00z",
    ),
    *(
        "2023-05-01t10:00Z",
        "2023-05-01 10:00",
        "2023-05-01T24:00",
        "2023-05-01T23:59:60Z",
        "2023-05-01T10",
        "2023-05-01",
        "10:00",
    ),
    *("20230501T1000", "20230501T100000.5Z", "20230501T10:00", "2023-05-01T1000", "2023-W18-1T10:00", "2023-121T10:00"),
    *(
        "2023-05-01T10:00:00,123456789012",
        "2023-05-01T10:00:00.1234567890123",
        "2023-05-01T10:00:00.",
        "2023-05-01T10:00.5",
    ),
    *(
        "1682928000",
        1682928000,
        "2023-05-01T10:00:00.999999999+02:00",
        "2023-05-01T10:00\u2212 02:00",
        "２０２３-05-01T10:00",
    ),
    *("2023-05-01T10:00:00+02:00[Europe/Stockholm]", "Mon, 01 May 2023 10:00:00 +0200", "2023-05-01T10:00:00 CEST"),
)
NUMBERS_OF_PERSONS: Sequence[Any] = (
    *("191212121212", "19121212-1212", "121212-1212", "1212121212", "20000161-2384", "pnr 191212121212 i texten"),
    *(
        "９１２１２１２１２１２",
        "1912 12 12-1212",
        "19121212+1212",
        "9912345678901",
        "19121212TF12",
        "１９１２１２１２-1212",
    ),
)
NAMES: Sequence[str] = (
    *sorted(KNOWN),
    "ID",
    "Id",
    " id",
    "id\u0000",
    "",
    "a.b",
    "å" * 129,
    "19121212-1212",
    "x" * 65,
    "\ud800",
)

POOLS: Sequence[Sequence[Any]] = (TEXTS, NUMBERS, SHAPES, DEEP, DATES, INSTANTS, NUMBERS_OF_PERSONS)


def odd_value(chance: Chance, name: str) -> Any:
    """Return an odd value: for a field of time mostly an odd time, else anything."""
    if name in {"at", "received_at", "assessed_at"} and chance.random() < 0.7:
        return chance.choice(INSTANTS) if chance.random() < 0.5 else _some_instant(chance)
    if name in {"ready_on", "expected_discharge", "birth_date"} and chance.random() < 0.7:
        return chance.choice(DATES)
    return chance.choice(chance.choice(POOLS))


def change(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    """Return an object with one field given an odd value, taken away, renamed, of another type, or from elsewhere."""
    return chance.choice(_CHANGES)(chance, dict(content))


def _replace(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    name = chance.choice(list(content))
    return content | {name: odd_value(chance, name)}


def _add(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    name = chance.choice(NAMES)
    return content | {name: odd_value(chance, name)}


def _drop(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    del content[chance.choice(list(content))]
    return content


def _rename(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    content[chance.choice(NAMES)] = content.pop(chance.choice(list(content)))
    return content


def _retype(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    return content | {"type": chance.choice([*OWN, "Admitted", "admitted ", "", "unknown", 1, None, ["admitted"]])}


def _wrap(chance: Chance, content: dict[str, Any]) -> dict[str, Any]:
    name = chance.choice(list(content))
    value = content[name]
    return content | {name: chance.choice([[value], {name: value}, str(value), [value, value], repr(value)])}


def _some_instant(chance: Chance) -> str:
    """Return a text put together of the parts of instants, right or wrong."""
    day = f"{chance.choice([2023, 2024, 2023, 1999, 2100])}-{chance.randrange(14):02}-{chance.randrange(33):02}"
    clock = f"{chance.randrange(26):02}:{chance.randrange(62):02}"
    rest = chance.choice(["", ":00", f":{chance.randrange(62):02}", ":59.5", ":00,25"])
    offset = chance.choice(["", "Z", "+01:00", "+02:00", "-1130", "+05", "+25:00"])
    return f"{day}{chance.choice('TTT _')}{clock}{rest}{offset}"


_CHANGES: Sequence[Callable[[Chance, dict[str, Any]], dict[str, Any]]] = (
    *(_replace, _replace, _replace, _add, _drop, _rename, _retype, _wrap),
)
