"""The words of a review: the two parties, and what they can do with a month (specification 4.5)."""

from enum import StrEnum


class Side(StrEnum):
    """The two parties of a month."""

    REGION = "region"
    MUNICIPALITY = "municipality"

    @property
    def other(self) -> "Side":
        """The other party."""
        return Side.MUNICIPALITY if self is Side.REGION else Side.REGION


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

GIVES_WAY = {Act.DROPPED: Side.REGION, Act.UPHELD: Side.MUNICIPALITY}
"""Who can end a dispute so alone: the party it goes against. The other one needs both (001: nothing one-sided)."""

AFTER_CLOSING = frozenset({Act.ESCALATED, *SETTLING})
"""Acts that a closed month still takes: parked rows go on up the ladder."""
