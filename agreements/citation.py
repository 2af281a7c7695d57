"""What a value of an agreement rests on: a clause with the source's words, or an assumption with its reason."""

from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value comes from: a clause with the source's words, or an assumption with its reason.

    Exactly one of `quote` and `assumption` is set. `source` names a text in `docs/sources`.
    `reading` says how a quote is read where its words leave room. `line` is the row's line in the file.
    """

    agreement: str
    parameter: str
    clause: str
    source: str | None = None
    quote: str | None = None
    assumption: str | None = None
    reading: str | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cited(Generic[T]):
    """A value with its citation and the dates on which it holds, both included; None = no end.

    `approved`: the date on which it became known that the value holds; `end_approved`: on which it became known that it
    ends on `valid_to`. None = known from its first day.
    """

    value: T
    citation: Citation
    valid_from: date
    valid_to: date | None = None
    approved: date | None = None
    end_approved: date | None = None
