"""Prints the state machine as a Mermaid diagram from its tables: `python -m hemgang.episode.diagram`."""

import sys

from hemgang.episode.model import State
from hemgang.episode.states import RESUMING, TRANSITIONS

ENDS = (State.DISCHARGED, State.DIED, State.CANCELLED)


def diagram() -> str:
    """Return the Mermaid text of every transition; several messages between two states share an arrow."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (before, kind), after in TRANSITIONS.items():
        arrows.setdefault((before, after), []).append(kind.value)
    lines = ["stateDiagram-v2"]
    for (before, after), kinds in arrows.items():
        start = "[*]" if before is State.UNOPENED else before.value
        lines.append(f"    {start} --> {after.value}: {', '.join(kinds)}")
    for before, kind in sorted(RESUMING):
        lines.append(f"    {before.value} --> planning: {kind.value} (back to where it was)")
    lines += [f"    {state.value} --> [*]" for state in ENDS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(diagram())
