"""What reading one message comes to: accepted with remarks, or rejected with reasons (specification 1.4).

A problem names a code and a field, never a value: what is wrong may be a personal identity number
(specification 6).
"""

from dataclasses import dataclass

from hemgang.findings import Code
from hemgang.messages.model import Message

FIELD_NAME = "(field name)"
"""Stands in a problem for a field whose own name cannot be shown."""

ROW = "(row)"
"""Stands in a problem for a CSV row that cannot be split into the columns of its header."""

REMARKS: frozenset[Code] = frozenset({Code.AMBIGUOUS_TIME, Code.UNKNOWN_FIELD})
"""Codes that are reported while the message is accepted; every other one rejects it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing noticed about a message: a stable code, and the field where there is one to name."""

    code: Code
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that counts, with what was noticed about it (only codes of `REMARKS`)."""

    message: Message
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message or line to be quarantined, with at least one reason.

    `id` is the message's id where it is one and can be shown, else None.
    """

    problems: tuple[Problem, ...]
    id: str | None = None
