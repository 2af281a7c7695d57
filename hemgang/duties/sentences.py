"""How numbers, clauses and instants are put in the English sentences of duties and reasons."""

from datetime import datetime

from agreements.citation import Citation
from calendars.wording import written_instant


def cited(citation: Citation) -> str:
    """Write the clause a value rests on in brackets, and that it is an assumption where no source gives it."""
    return f"({citation.clause}, assumption)" if citation.assumption is not None else f"({citation.clause})"


def counted(number: int, unit: str) -> str:
    """Write a number with its unit: "1 day", "3 days"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def when(instant: datetime | None) -> str:
    """Write an instant in Stockholm local time, or that there is none."""
    return "no fixed time" if instant is None else written_instant(instant)
