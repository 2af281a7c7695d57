"""How the engine ticks, as its environment says; see docs/prefect.md."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hemgang.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Pace:
    """How the engine ticks: each flow run lives `run_seconds` and looks every `tick_seconds`; see `flows.watch`.

    A `discharge` run takes some tenths of a second, a step a thousandth: a few get a run, and the others do not wait.
    """

    run_seconds: float = 300.0
    tick_seconds: float = 2.0
    run_limit: int = 3
    runs_at_once: int = 1
    run_budget: int | None = None
    runs_a_second: float = 0.5
    stand_in_seconds: float = 5.0
    """For how long no flow may have looked before the engine looks itself."""


SHIPPED = Pace()
BUDGET = "HEMGANG_RUN_BUDGET"
LEAST: Mapping[str, float] = MappingProxyType(
    {
        BUDGET: 0.0,
        "HEMGANG_RUN_LIMIT": 0.0,
        "HEMGANG_RUN_SECONDS": 0.01,
        "HEMGANG_RUNS_AT_ONCE": 1.0,
        "HEMGANG_RUNS_A_SECOND": 0.0,
        "HEMGANG_STAND_IN_SECONDS": 0.01,
        "HEMGANG_TICK_SECONDS": 0.01,
    }
)
"""The variables of the pace, each with the smallest number that it may hold."""


def pace_of(environment: Mapping[str, str]) -> Pace:
    """Return the pace that the environment asks for, the shipped one where it says nothing.

    Raises:
        ConfigurationError: a value is no number, or too small.
    """
    return Pace(
        run_seconds=number(environment, "HEMGANG_RUN_SECONDS", SHIPPED.run_seconds),
        tick_seconds=number(environment, "HEMGANG_TICK_SECONDS", SHIPPED.tick_seconds),
        runs_at_once=int(number(environment, "HEMGANG_RUNS_AT_ONCE", SHIPPED.runs_at_once)),
        runs_a_second=number(environment, "HEMGANG_RUNS_A_SECOND", SHIPPED.runs_a_second),
        run_limit=int(number(environment, "HEMGANG_RUN_LIMIT", SHIPPED.run_limit)),
        stand_in_seconds=number(environment, "HEMGANG_STAND_IN_SECONDS", SHIPPED.stand_in_seconds),
        run_budget=int(number(environment, BUDGET)) if BUDGET in environment else None,
    )


def number(environment: Mapping[str, str], name: str, shipped: float = 0.0) -> float:
    """Return the number that one of the variables holds, `shipped` where it is not set.

    Raises:
        ConfigurationError: it is no number, or too small.
    """
    told = environment.get(name)
    try:
        found = shipped if told is None else float(told)
    except ValueError:
        found = -1.0
    if not LEAST[name] <= found < math.inf:
        raise ConfigurationError(f"{name}: a number from {LEAST[name]:g} on is needed")
    return found
