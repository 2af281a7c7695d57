"""All checks of one run."""

from tests.faults.simulation.case import Case
from tests.faults.simulation.deciding import wrong_decisions
from tests.faults.simulation.pacing import wrong_pace
from tests.faults.simulation.playing import Played
from tests.faults.simulation.receiving import wrong_receipts
from tests.faults.simulation.resting import wrong_end


def wrong(played: Played) -> list[str]:
    """Return, in words, everything that is wrong about a run; empty where all held."""
    case = Case(played)
    return [*wrong_end(case), *wrong_decisions(case), *wrong_receipts(case), *wrong_pace(case)]
