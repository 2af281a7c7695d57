"""How a county differs from the rest of the country in what is simulated: shares as in `hemgang.simulate.habits`.

| county | here | published |
|---|---|---|
| Östergötland | slower from day 2 on | mean 4.2 ready days, the country 2.5 (March 2024, SKR by the press) |
| Västmanland | ready dates withdrawn and moved twice as often; discharges carry a status | the trouble and the status \
`UTFÖRD` (004, 3.1 and 3.3), no shares |
| Norrbotten | expected discharge moved more often | "in most cases" 2021-2023 (second hand) |
| Stockholm, Västmanland | date of birth in place of age | invented |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hemgang.simulate import habits


@dataclass(frozen=True, slots=True)
class Ways:
    """The shares of one county; `statuses` are those that its discharges carry, with None for none at all."""

    withdrawn: float = habits.WITHDRAWN
    moved: float = habits.MOVED
    expected_moved: float = habits.EXPECTED_MOVED
    step_later: float = habits.STEP_LATER
    long_stayer: float = habits.LONG_STAYER
    statuses: tuple[tuple[str | None, float], ...] = ()
    birth_dates: bool = False


EVERYWHERE = Ways()
"""The ways of a county of which nothing else is known."""


def ways_of(region: str) -> Ways:
    """Return the ways of a county by its two-digit code."""
    return _WAYS.get(region, EVERYWHERE)


_WAYS: Mapping[str, Ways] = MappingProxyType(
    {
        "01": Ways(birth_dates=True),
        "05": Ways(step_later=0.10, long_stayer=0.25),
        "19": Ways(
            withdrawn=0.16,
            moved=0.12,
            statuses=(("UTFÖRD", 0.90), ("PÅGÅENDE", 0.04), (None, 0.06)),
            birth_dates=True,
        ),
        "25": Ways(expected_moved=0.75, moved=0.09),
    }
)
