"""How often things happen in a simulated stay, and what that rests on; `parameters_of` says where a county differs.

| figure | published | here |
|---|---|---|
| mean ready days, stays with at least one | 2.5 Sweden, 4.2 Östergötland (March 2024, SKR, press) | about as there |
| of 30: day 0, day 1, later, after day 7 | 20, 5, 5, 1 and 10, 10, 10, 2 (001, its two examples) | between |
| expected discharge moved at least once | in most cases (Norrbotten 2021-2023, second hand) | 0.60 |
| ready date moved or withdrawn | a trouble, not counted (004, 3.3) | 0.13 |
| a stay ready for about 1.5 years | one, nearly 5.4 MSEK (Tjörn, 2023) | one in some thousand: 100 to 560 days |
| district boards of Stockholm city | dates as in `agreements/payers.toml` | the same |

Everything else is invented: no source gives it. Probabilities are per stay unless said otherwise.

Where a county differs from the rest of the country:

| county | here | published |
|---|---|---|
| Östergötland | slower from day 2 on | mean 4.2 ready days, the country 2.5 (March 2024, SKR by the press) |
| Västmanland | ready dates moved twice as often; discharges with status | the trouble, `UTFÖRD` (004, 3.1, 3.3) |
| Norrbotten | expected discharge moved more often | "in most cases" 2021-2023 (second hand) |
| Stockholm, Västmanland | date of birth in place of age | invented |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# Who comes
PSYCHIATRIC: Final = 0.09
COMPULSORY: Final = 0.25  # of the psychiatric: leave for compulsory outpatient care
CHILD: Final = 0.01  # of the somatic

# Admission and planning
NOTICE_MISSING: Final = 0.012
NOTICE_LATE: Final = 0.035  # after 24 to 50 hours
NOTICE_CLOSE: Final = 0.06  # in the last four hours
NEED_SEEN_LATER: Final = 0.04
ACKNOWLEDGED: Final = 0.85
PLANNING_NEVER: Final = 0.03
PLANNING_LATE: Final = 0.07
PLANNING_CLOSE: Final = 0.28  # in the last three staffed hours
PLANNING_LATE_AT_HOLIDAY: Final = 0.40  # of those due on the third day of a long holiday
CONTACT_NEVER: Final = 0.03
CONTACT_LATE: Final = 0.04  # after the discharge
EXPECTED_MOVED: Final = 0.60
EXPECTED_MOVED_AGAIN: Final = 0.35  # of those

# The joint plan (SIP): need yes, no, declined, not stated
SIP_NEEDS: Final = (("yes", 0.54), ("no", 0.31), ("declined", 0.06), (None, 0.09))
CALL_WHEN_NEEDED: Final = 0.95
CALL_WHEN_UNKNOWN: Final = 0.50
CALL_BEFORE_NOTICE: Final = 0.30  # of the calls
CALL_CLOSE: Final = 0.28  # in the last three staffed hours
CALL_LATE: Final = 0.08
SIP_HELD: Final = 0.85
SIP_ESTABLISHED: Final = 0.92  # of the held

# Ready and leaving
WITHDRAWN: Final = 0.08  # per ready period
MOVED: Final = 0.05  # per ready period
REPEATED: Final = 0.02  # per ready period
ANNOUNCED: Final = 0.12  # ready notices that name the next day
AFTER_TWELVE: Final = 0.38  # ready notices sent in the afternoon
AFTER_TWELVE_FRIDAY: Final = 0.50
READY_ON_DAY_OFF: Final = 0.35  # kept on a weekend or holiday, of those that fall there
HOME_ON_DAY_OFF: Final = 0.65  # received on a weekend or holiday, of those that could leave then
STEP_LATER: Final = 0.36  # from day 2 on: leaves on this day, else stays
LONG_STAYER: Final = 0.06  # of those who do not leave by day 1: 8 to 20 days
VERY_LONG: Final = 0.02  # of the long stayers: 100 to 560 days
OUTSIDE_HOURS: Final = 0.03  # discharges after 17:00
INFORMATION_NEVER: Final = 0.01
INFORMATION_LATE: Final = 0.03  # the days after
INFORMATION_EVENING: Final = 0.04  # 20:00 to 23:30 the same day
OUTPATIENT_CARE: Final = (("yes", 0.88), ("no", 0.03), (None, 0.09))
CARE_PLAN: Final = (("before", 0.75), ("after", 0.12), (None, 0.13))  # of compulsory outpatient care

# Turns
DIES: Final = 0.025
CANCELLED: Final = 0.012
LEAVE_SOMATIC: Final = 0.03
LEAVE_PSYCHIATRIC: Final = 0.20
TRANSFERRED: Final = 0.06
PAYER_CHANGED: Final = 0.01
DISCHARGE_CANCELLED: Final = 0.01


@dataclass(frozen=True, slots=True)
class CountyParameters:
    """The shares of one county; `statuses` are those that its discharges carry, with None for none at all."""

    withdrawn: float = WITHDRAWN
    moved: float = MOVED
    expected_moved: float = EXPECTED_MOVED
    step_later: float = STEP_LATER
    long_stayer: float = LONG_STAYER
    statuses: tuple[tuple[str | None, float], ...] = ()
    birth_dates: bool = False


EVERYWHERE = CountyParameters()
"""The parameters of a county of which nothing else is known."""


def parameters_of(region: str) -> CountyParameters:
    """Return the parameters of a county by its two-digit code."""
    return _BY_COUNTY.get(region, EVERYWHERE)


_BY_COUNTY: Mapping[str, CountyParameters] = MappingProxyType(
    {
        "01": CountyParameters(birth_dates=True),
        "05": CountyParameters(step_later=0.10, long_stayer=0.25),
        "19": CountyParameters(
            withdrawn=0.16,
            moved=0.12,
            statuses=(("UTFÖRD", 0.90), ("PÅGÅENDE", 0.04), (None, 0.06)),
            birth_dates=True,
        ),
        "25": CountyParameters(expected_moved=0.75, moved=0.09),
    }
)
