"""What one fault run came to: the same for every fault, so that results can be stored and shown in one table."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Measured:
    """One fault, done `size` times with one seed: figures by name, and every invariant that did not hold, in words.

    `broken` is empty when all held; each entry says which invariant, and enough to see it again.
    """

    name: str
    goal: str
    size: int
    seed: int
    figures: dict[str, int | float | str]
    broken: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether every invariant held."""
        return not self.broken


def store(measured: Measured, *, seconds: float, machine: dict[str, object]) -> Path:
    """Write a run's result as JSON and return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{measured.name}.json"
    told = asdict(measured) | {"seconds": round(seconds, 1), "machine": machine}
    path.write_text(f"{json.dumps(told, indent=2, ensure_ascii=False)}\n", encoding="utf-8")
    return path
