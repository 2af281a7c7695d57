"""What can stop a look ahead: each error one line that the user can act on."""

from datetime import date

from hemgang.errors import HemgangError


class OutlookRefused(HemgangError):
    """A comparison or forecast that cannot be made as asked; the text says what is missing."""


class NoClause(OutlookRefused):
    """An agreement says nothing of liability on a day, so there is nothing to compute by; the statute is `lus`."""

    def __init__(self, name: str, on: date) -> None:
        """Keep the agreement and the day."""
        super().__init__(f"agreement {name} has no clause of its own on {on}; the statute holds then: lus")


class HistoryTooShort(OutlookRefused):
    """A forecast rests on the region's own history, and there is too little of it."""

    def __init__(self, region: str, *, months: int, needed: int) -> None:
        """Keep how many whole months there are."""
        super().__init__(
            f"county {region}: {months} whole months with ready notices before the forecast, and it needs {needed}; "
            "ingest earlier months"
        )
