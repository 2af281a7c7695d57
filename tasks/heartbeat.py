"""Tells a watcher outside that everything due was worked through; it raises the alarm when it hears nothing (P13)."""

import logging
import os
import time
import urllib.error
import urllib.request

from hemgang.engine.installation import HEARTBEAT
from hemgang.logs import Event, event
from hemgang.store import pulses
from hemgang.store.pulses import BY_COUNTY, names_of
from tasks.beside import beside
from tasks.installation import installation, sender

VARIABLE = HEARTBEAT
"""One or more addresses with blanks between; each is called with GET. They are secrets and are never shown."""
TIMEOUT_S = 10.0

log = logging.getLogger(__name__)

_heard: dict[str, int] = {}
_last = -1.0e9
EVERY_S = 30.0


def heartbeat() -> bool:
    """Call every watcher if each loop has swept to its end since the last call; return whether that is begun.

    The calls are made beside the loops: a watcher that does not answer holds nothing up, and raises the alarm itself.
    """
    global _last
    addresses = os.environ.get(VARIABLE, "").split()
    if not addresses or time.monotonic() - _last < EVERY_S:
        return False
    with installation().database.reading() as session:
        found = pulses.pulses(session)
    names = _names()
    counts = {name: found[name].count for name in names if name in found}
    if len(counts) < len(names) or any(counts[name] <= _heard.get(name, 0) for name in names):
        return False
    _heard.update(counts)
    _last = time.monotonic()
    return beside("heartbeat", lambda: [_call(address) for address in addresses])


def _names() -> list[str]:
    """Return the pulses of all that this process looks after: each loop for each of its counties, and its inbox."""
    names = [name for loop in BY_COUNTY for name in names_of(loop, sender().regions)]
    return [*names, "inbox"] if installation().inbox is not None else names


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
