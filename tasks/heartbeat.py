"""Tells a watcher outside that everything due was worked through; it raises the alarm when it hears nothing (P13)."""

import logging
import os
import time
import urllib.error
import urllib.request

from hemgang.logs import Event, event
from hemgang.store import pulses
from tasks.installation import installation

VARIABLE = "HEMGANG_HEARTBEAT_URL"
"""One or more addresses with blanks between; each is called with GET. They are secrets and are never shown."""
TIMEOUT_S = 10.0
LOOPS = ("watch", "deliver")

log = logging.getLogger(__name__)

_heard: dict[str, int] = {}
_last = -1.0e9
EVERY_S = 30.0


def heartbeat() -> int:
    """Call every watcher if each loop has swept to its end since the last call; return how many answered.

    A watcher that does not answer holds nothing up: it will raise the alarm itself.
    """
    global _last
    addresses = os.environ.get(VARIABLE, "").split()
    if not addresses or time.monotonic() - _last < EVERY_S:
        return 0
    with installation().database.reading() as session:
        found = pulses.pulses(session)
    counts = {name: found[name].count for name in LOOPS if name in found}
    if len(counts) < len(LOOPS) or any(counts[name] <= _heard.get(name, 0) for name in LOOPS):
        return 0
    _heard.update(counts)
    _last = time.monotonic()
    return sum(_call(address) for address in addresses)


def _call(address: str) -> bool:
    if not address.startswith(("https://", "http://")):
        event(log, Event.HEARTBEAT_REFUSED)
        return False
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:  # noqa: S310  the scheme was looked at
            return bool(answer.status < 300)
    except (urllib.error.URLError, OSError, ValueError) as error:
        event(log, Event.HEARTBEAT_FAILED, error=error)
        return False
