"""What a message says of payer and age, read in one place (specification 1.2, `admitted` and `payer_changed`)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

STOCKHOLM_CITY = "0180"


def payer_code(fields: Mapping[str, Any]) -> str:
    """Return the payer (betalningsansvarig): the municipality code, in Stockholm city `0180/<district>`."""
    municipality = str(fields["municipality"])
    district = fields.get("district")
    return f"{municipality}/{district}" if municipality == STOCKHOLM_CITY and district else municipality


def age_at(day: date, fields: Mapping[str, Any]) -> int | None:
    """Return the age in whole years on `day`, from `birth_date` or as given in `age`; None where neither is known."""
    born = fields.get("birth_date")
    if not isinstance(born, date):
        age = fields.get("age")
        return age if isinstance(age, int) else None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
