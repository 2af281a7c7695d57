"""What happens where engines are killed: three stays with things forgotten, a month closed, then corrected."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hemgang.liability.model import Month

EXAMPLE = Path(__file__).parents[2] / "cases" / "jamtland-exempel-1.ndjson"
REGION, MONTH = "23", Month(2023, 3)
FORGOTTEN = {("jh1-02", "admission_notice"), ("jh1-02", "sip_called"), ("jh1-13", "planning_started")}
CLOSED_AT = datetime(2023, 4, 11, 8, tzinfo=UTC)
CORRECTED_AT = datetime(2023, 4, 12, 8, tzinfo=UTC)
RESTATED_AT = datetime(2023, 4, 13, 8, tzinfo=UTC)
UNTIL = datetime(2023, 4, 14, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file of messages that a sender lays into the inbox at an instant."""

    at: datetime
    name: str
    lines: tuple[str, ...]


@cache
def arrivals() -> tuple[Arrival, ...]:
    """Return every file in the order of its arrival; the last takes back what the closed month rested on."""
    told: dict[datetime, list[str]] = {}
    ready = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if message["episode"] not in {"jh1-02", "jh1-07", "jh1-13"}:
            continue
        if (message["episode"], message["type"]) in FORGOTTEN:
            continue
        if message["episode"] == "jh1-13" and message["type"] == "ready_notice":
            ready = message["id"]
        told.setdefault(datetime.fromisoformat(message["at"]).astimezone(UTC), []).append(line)
    taken_back = {"id": "late-1", "episode": "jh1-13", "type": "retracted", "message": ready}
    told[CORRECTED_AT] = [json.dumps(taken_back | {"at": CORRECTED_AT.isoformat()}), '{"id": "half a li']
    return tuple(
        Arrival(at, f"{number:03}.ndjson", tuple(lines)) for number, (at, lines) in enumerate(sorted(told.items()))
    )
