"""Opening hours as the directory writes them: "always", "agreement", "weekdays 08:00-17:00" (specification 3.5)."""

import re
from dataclasses import dataclass
from datetime import time

from calendars.staffing import ALWAYS, STANDARD, StaffingRule

_WEEKDAYS = re.compile(r"weekdays (\d\d:\d\d)-(\d\d:\d\d)(, third day)?")


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there; `by_agreement`: the hours of the agreement in force, as far as it is known."""

    rule: StaffingRule
    by_agreement: bool = False


def read_hours(text: str) -> Hours:
    """Return the hours that a directory's text stands for.

    "weekdays 08:00-17:00" are working days, the opening included and the closing excluded (00:00 is the end of the
    day); ", third day" adds the third day of a long holiday. "agreement" stands for the agreement's planning hours,
    and for working days 08:00 to 17:00 with the third day where no agreement is at hand.

    Raises:
        ValueError: the text is none of these; the message says what can stand there.
    """
    if text == "always":
        return Hours(ALWAYS)
    if text == "agreement":
        return Hours(STANDARD, by_agreement=True)
    written = _WEEKDAYS.fullmatch(text)
    if written is None:
        raise ValueError('hours are "always", "agreement", "weekdays 08:00-17:00" or "weekdays 08:00-17:00, third day"')
    opens, closes, third_day = written.groups()
    try:
        rule = StaffingRule(time.fromisoformat(opens), time.fromisoformat(closes), third_day is not None)
    except ValueError:
        raise ValueError(f"the hours {opens}-{closes} are no hours of one day") from None
    return Hours(rule)
