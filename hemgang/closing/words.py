"""The words of a review: the two parties, and what they can do with a month (specification 4.5)."""

from enum import StrEnum


class Side(StrEnum):
    """The two parties of a month."""

    REGION = "region"
    MUNICIPALITY = "municipality"


class Act(StrEnum):
    """What a party can do with a month."""

    OPENED = "opened"
    AGREED = "agreed"
    DISPUTED = "disputed"
    ESCALATED = "escalated"
    UPHELD = "upheld"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


SETTLING = frozenset({Act.UPHELD, Act.DROPPED, Act.WITHDRAWN})
"""Acts that end a dispute: the charge stands, it falls, or nobody disputes it any more."""

AFTER_CLOSING = frozenset({Act.ESCALATED, *SETTLING})
"""Acts that a closed month still takes: parked rows go on up the ladder."""
