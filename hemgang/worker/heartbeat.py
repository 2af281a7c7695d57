"""The heartbeat: tells watchers outside that everything due was worked through; silence is their alarm (P13)."""

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from threading import Lock

from hemgang.logs import Event, event
from hemgang.settings import Settings
from hemgang.store import monitoring
from hemgang.store.database import Database
from hemgang.store.monitoring import BY_COUNTY, heartbeat_names
from hemgang.worker.loops import Background

TIMEOUT_S = 10.0
EVERY_S = 30.0

log = logging.getLogger(__name__)


class HeartbeatSender:
    """The calls of one worker to its watchers, and how far each loop's count of sweeps had come at the last one."""

    def __init__(self, settings: Settings, background: Background) -> None:
        """Start with nothing called."""
        self._addresses = settings.heartbeat_url
        self._pulses = [name for loop in BY_COUNTY for name in heartbeat_names(loop, settings.regions)]
        self._pulses += ["inbox"] if settings.inbox is not None else []
        self._background = background
        self._changing = Lock()
        self._counts: dict[str, int] = {}
        self._called_at = -1.0e9

    def send(self, database: Database) -> bool:
        """Call every watcher (GET) if each loop has swept to its end since the last call; return whether that is begun.

        The loops are those of all counties of this worker, and the inbox where there is one. The calls are made in the
        background: a watcher that does not answer holds nothing up, and raises the alarm itself.
        """
        if not self._addresses or self._called_lately:
            return False
        with database.reading() as session:
            pulses = monitoring.heartbeats(session)
        counts = {name: pulses[name].count for name in self._pulses if name in pulses}
        if len(counts) < len(self._pulses) or not self._all_swept_again(counts):
            return False
        return self._background.start("heartbeat", self._call_all)

    @property
    def _called_lately(self) -> bool:
        return time.monotonic() - self._called_at < EVERY_S

    def _all_swept_again(self, counts: Mapping[str, int]) -> bool:
        """Whether every loop has swept since the last call; if so, this is the next.

        A count below that of the last call is of a database that was restored: it counts on from there.
        """
        with self._changing:
            marks = {name: min(self._counts.get(name, 0), count) for name, count in counts.items()}
            self._counts.update(marks)
            if self._called_lately or any(count <= marks[name] for name, count in counts.items()):
                return False
            self._counts.update(counts)
            self._called_at = time.monotonic()
            return True

    def _call_all(self) -> None:
        for address in self._addresses:
            _call(address)


def _call(address: str) -> None:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S):  # noqa: S310  settings hold web addresses only
            pass
    except (urllib.error.URLError, OSError, ValueError) as error:
        event(log, Event.HEARTBEAT_FAILED, error=error)
