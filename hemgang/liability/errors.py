"""What can stop a closing: each error one line that the user can act on."""

from agreements.citation import Citation
from hemgang.errors import HemgangError


class StrictRefused(HemgangError):
    """A strict closing rests on values that no source gives; names each, so that the parties can agree on it."""

    def __init__(self, assumptions: tuple[Citation, ...]) -> None:
        """Keep the assumptions, sorted by agreement and parameter."""
        self.assumptions = assumptions
        named = "; ".join(f"{used.agreement}: {used.parameter}" for used in assumptions)
        super().__init__(f"strict: {len(assumptions)} values of this month rest on an assumption: {named}")


class NotAMonth(HemgangError):
    """A month is written YYYY-MM, such as 2023-03, from 2018-01 (the first month of the act) to 2100-12."""

    def __init__(self, text: str) -> None:
        """Keep what was written instead."""
        super().__init__(f"{text!r} is not a month: write YYYY-MM, from 2018-01 to 2100-12")


class ThresholdUnknown(HemgangError):
    """A threshold is the county mean of a month of which nothing is stored; ingest that month, or publish the value."""

    def __init__(self, *, region: str, clause: str, agreement: str, month: str) -> None:
        """Keep which month is missing."""
        self.month = month
        super().__init__(
            f"agreement {agreement}: the threshold of {clause} is the mean of county {region} in {month}, and nobody "
            f"counted was discharged in it; ingest that month, or add published to the threshold in {agreement}.toml"
        )
