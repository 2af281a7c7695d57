"""JSON as RFC 8259 has it and no more: no NaN, no infinity, no key twice, no nesting without end."""

import json
import math
from typing import Any


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object that the text is.

    Raises:
        ValueError: if it is none, or holds what is refused here. The error's own text may quote the line: do
            not show it.
    """
    try:
        value = _decoded(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _decoded(text: str) -> object:
    """Decode a text; one without white space around it, as nearly every line is, in a single scan."""
    if text[:1] != "{":
        return _DECODER.decode(text)
    value, end = _DECODER.raw_decode(text)
    return value if end == len(text) else _DECODER.decode(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError("NaN and infinity are no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
