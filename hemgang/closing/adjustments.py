"""What a restated month changes in the next open one: sums by payer and cause (specification 4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Cause(StrEnum):
    """Why a closed month would come out otherwise now."""

    LATE_MESSAGE = "late_message"
    CORRECTION = "correction"
    DISPUTE = "dispute"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A difference of an earlier month that is charged, or given back, in a later one.

    `version` is the restatement that found it; `care_days` and `amount` (kronor) may be negative.
    """

    payer: str
    from_month: str
    version: int
    cause: Cause
    care_days: Fraction
    amount: Decimal


def of_payer(adjustments: Iterable[Adjustment], payer: str) -> tuple[Adjustment, ...]:
    """Return those of one payer, by month, version and cause."""
    found = (one for one in adjustments if one.payer == payer)
    return tuple(sorted(found, key=lambda one: (one.from_month, one.version, one.cause)))
