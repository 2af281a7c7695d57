"""Days of a county from a seed: whatever fails, everyone is told what is true in time; what is planted is found."""

import tomllib
from pathlib import Path

import pytest

from tests.faults.fault_simulation import report
from tests.faults.simulation.checks import wrong
from tests.faults.simulation.plants import PLANTS
from tests.faults.simulation.playing import play

DAYS, STAYS = 8, 3
WITHIN = 50
KEPT = tomllib.loads((Path(__file__).parent / "simulation" / "seeds.toml").read_text(encoding="utf-8"))
GROUPS = [[str(seed) for seed in range(start, start + 4)] for start in range(0, 8, 4)]


def checked(seed: str, plant: str = "") -> list[str]:
    """Play a seed and return what is wrong, with how to see it again in the test's output."""
    played = play(seed, days=DAYS, stays=STAYS, plant=PLANTS[plant] if plant else None)
    problems = wrong(played)
    if problems:
        print(report(played, problems, days=DAYS, stays=STAYS, plant=plant))
    return problems


@pytest.mark.faults
@pytest.mark.parametrize("seeds", [*GROUPS, KEPT["failed"]], ids=lambda seeds: f"from-{seeds[0]}" if seeds else "kept")
def test_whatever_fails_everyone_is_told_what_is_true_in_time(seeds: list[str]) -> None:
    assert [problem for seed in seeds for problem in checked(seed)] == []


@pytest.mark.faults
def test_in_peace_nothing_is_late() -> None:
    for seed in ("1", "2"):
        played = play(seed, days=DAYS, stays=STAYS, still=True)
        assert wrong(played) == []
        assert played.history.held == []
        assert len(played.tables.alerts) > 5


@pytest.mark.faults
@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_a_planted_fault_is_found(plant: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept = KEPT["found"][plant]
    seeds = [kept["seed"], *map(str, range(WITHIN))]
    finding = next((seed for seed in seeds if any(kept["as"] in problem for problem in checked(seed, plant))), None)
    assert finding is not None, f"{plant} is not found within {WITHIN} seeds"
    assert f"fault_simulation {finding} --days {DAYS} --stays {STAYS} --plant {plant}" in capsys.readouterr().out
    if finding != kept["seed"]:
        print(f"write into seeds.toml: {plant} is found by seed {finding}")


@pytest.mark.faults
def test_one_seed_gives_one_trace() -> None:
    first, second, other = (play(seed, days=4, stays=2).history for seed in ("5", "5", "6"))
    assert first.steps > 20
    assert first.hash == second.hash != other.hash
