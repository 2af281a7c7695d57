"""Fields that the type of message does not name: kept as they came, and reported (specification 1.2)."""

import math
import re
from typing import Any

from hemgang.messages.identity import holds_identity_number
from hemgang.messages.outcome import FIELD_NAME
from hemgang.messages.values import is_clean_text

DEEPEST = 16
"""Levels of lists and objects in one field, included."""

_LARGEST = 2**63
_LONGEST_NAME = 128


def shown(name: object) -> str:
    """Return a field's name as a problem may show it: itself, or `(field name)` where it may be no name."""
    if isinstance(name, str) and _PLAIN_NAME.fullmatch(name) and not holds_identity_number(name):
        return name
    return FIELD_NAME


def is_field_name(name: object) -> bool:
    """Whether a key can name a field: a text of 1 to 128 characters that can be stored."""
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and is_clean_text(name)


def can_be_kept(value: object) -> bool:
    """Whether a value is JSON that any store takes: clean texts, finite numbers, whole ones below 2**63."""
    waiting = [(value, 0)]
    while waiting:
        current, depth = waiting.pop()
        if isinstance(current, dict | list):
            if depth >= DEEPEST or not _has_clean_keys(current):
                return False
            inner = current.values() if isinstance(current, dict) else current
            waiting.extend((one, depth + 1) for one in inner)
        elif not _is_plain(current):
            return False
    return True


def _has_clean_keys(value: dict[Any, Any] | list[Any]) -> bool:
    return isinstance(value, list) or all(isinstance(key, str) and is_clean_text(key) for key in value)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return is_clean_text(value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    return isinstance(value, float) and math.isfinite(value)


_PLAIN_NAME = re.compile(r"[^\W\d][\w.\-]{0,63}")
