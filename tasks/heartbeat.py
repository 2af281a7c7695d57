"""Tells a watcher outside that everything due was worked through; it raises the alarm when it hears nothing (P13)."""

import logging
import time
import urllib.request
from collections.abc import Mapping
from threading import Lock

from hemgang.logs import Event, event
from hemgang.store import monitoring
from hemgang.store.monitoring import BY_COUNTY, heartbeat_names
from hemgang.worker.context import installation, sender
from hemgang.worker.loops import beside

TIMEOUT_S = 10.0

log = logging.getLogger(__name__)

EVERY_S = 30.0


class Heard:
    """What the watchers have heard of: how far each loop's count of sweeps had come, and when (monotonic seconds).

    Any thread of the process may ask.
    """

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._changing = Lock()
        self._counts: dict[str, int] = {}
        self._last = -1.0e9

    @property
    def lately(self) -> bool:
        """Whether they heard less than `EVERY_S` ago."""
        return time.monotonic() - self._last < EVERY_S

    def is_news(self, counts: Mapping[str, int]) -> bool:
        """Whether every loop has swept since they last heard; if so, they hear now.

        A count that lies below what they heard of is of a database that was restored: it counts on from there.
        """
        with self._changing:
            marks = {name: min(self._counts.get(name, 0), count) for name, count in counts.items()}
            self._counts.update(marks)
            if self.lately or any(count <= marks[name] for name, count in counts.items()):
                return False
            self._counts.update(counts)
            self._last = time.monotonic()
            return True


_heard = Heard()


def heartbeat() -> bool:
    """Call every watcher (GET) if each loop has swept to its end since the last call; return whether that is begun.

    The calls are made beside the loops: a watcher that does not answer holds nothing up, and raises the alarm itself.
    """
    addresses = installation().settings.heartbeat_url
    if not addresses or _heard.lately:
        return False
    with installation().database.reading() as session:
        found = monitoring.heartbeats(session)
    names = _names()
    counts = {name: found[name].count for name in names if name in found}
    if len(counts) < len(names) or not _heard.is_news(counts):
        return False
    return beside("heartbeat", lambda: [_call(address) for address in addresses])


def _names() -> list[str]:
    """Return the pulses of all that this process looks after: each loop for each of its counties, and its inbox."""
    names = [name for loop in BY_COUNTY for name in heartbeat_names(loop, sender().regions)]
    return [*names, "inbox"] if installation().inbox is not None else names


def _call(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:  # noqa: S310  settings hold web addresses only
            return bool(answer.status < 300)
    except (urllib.error.URLError, OSError, ValueError) as error:
        event(log, Event.HEARTBEAT_FAILED, error=error)
        return False
