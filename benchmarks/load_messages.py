"""What is fed under load: the next message of open discharges, now and then an admission, by a feeder process."""

import json
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.load_feeder import given
from benchmarks.load_late import MESSAGE, TIMER, Cause
from benchmarks.load_store import Body, Stay
from benchmarks.load_work import Work

NEW = 12
"""One message in so many opens a discharge of its own; each of the others is the next of one that is open."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What a feeder says it has fed: `meant` and `answered` (seconds since 1970), `episode`, `accepted` of each."""

    messages: Sequence[Mapping[str, Any]]

    def causes(self, timers: Mapping[str, float]) -> dict[str, list[Cause]]:
        """Return, by episode, what could have caused an alert: its timer and its messages."""
        found = {episode: [Cause(TIMER, due)] for episode, due in timers.items()}
        for one in self.messages:
            found.setdefault(one["episode"], []).append(Cause(MESSAGE, one["answered"]))
        return found


@dataclass(frozen=True, slots=True)
class Feeding:
    """A feeder at work."""

    child: "subprocess.Popen[bytes]"
    told: Path

    @property
    def pid(self) -> int:
        """Its process."""
        return self.child.pid

    def wait(self, seconds: float) -> Fed:
        """Wait for its end and return what it fed.

        Raises:
            RuntimeError: it failed.
            subprocess.TimeoutExpired: it has not ended within `seconds`.
        """
        if self.child.wait(seconds) != 0:
            raise RuntimeError("the feeder failed")
        return Fed(list(given(self.told)))


def feed(work: Work, bodies: Sequence[Body], *, begins: datetime, a_second: int) -> Feeding:
    """Start a feeder that begins at an instant and gives so many messages a second."""
    plan, told = work.folder / "plan.json", work.folder / "fed.ndjson"
    asked = {"begins": begins.timestamp(), "a_second": a_second, "bodies": bodies}
    plan.write_text(json.dumps(asked), encoding="utf-8")
    return Feeding(work.start("benchmarks.load_feeder", str(plan), str(told)), told)


def messages(stays: Sequence[Stay], *, discharges: int, count: int) -> list[Body]:
    """Return `count` messages of different discharges, of a store that holds the stays and their copies."""
    rounds = discharges // len(stays)
    chosen = random.Random(1).sample(range(len(stays) * rounds), count)  # noqa: S311 - a draw, no secret
    return [_message(stays[number % len(stays)], number // len(stays), at) for at, number in enumerate(chosen)]


def _message(stay: Stay, copy: int, at: int) -> Body:
    if at % NEW == 0:
        return _named(stay.said[0], f"new-{at}")
    return _named(stay.coming, str(copy) if copy else "")


def _named(body: Body, suffix: str) -> Body:
    """Return a message of the copy with this suffix; when it is sent is the feeder's to say."""
    episode = str(body["episode"])
    name = f"{episode}-{suffix}" if suffix else episode
    renamed = {**body, "id": str(body["id"]).replace(episode, name), "episode": name}
    renamed.pop("received_at", None)
    return renamed
