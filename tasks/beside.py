"""Work beside the loops, in a thread of its own: what may take long and must not hold a deadline up.

The operator's alarm and the heartbeat speak to servers outside, and one that is dead takes its whole time limit.
"""

import atexit
import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic

from hemgang.logs import Event, event

AT_END_SECONDS = 5.0
"""How long the end of the process waits for what is under way."""

log = logging.getLogger(__name__)

_under_way: dict[str, Thread] = {}
_changing = Lock()


def beside(name: str, work: Callable[[], object]) -> bool:
    """Begin a piece of work and return at once; False where one of its name is still under way, which is enough."""

    def run() -> None:
        try:
            work()
        except Exception as error:  # nobody waits for it: said, and done again at the next occasion
            event(log, Event.UNEXPECTED, error=error)

    with _changing:
        before = _under_way.get(name)
        if before is not None and before.is_alive():
            return False
        thread = _under_way[name] = Thread(target=run, name=name, daemon=True)
        thread.start()
    return True


def wait_for_beside(seconds: float = AT_END_SECONDS) -> bool:
    """Wait until nothing is under way, at most so long; return whether that is so."""
    until = monotonic() + seconds
    for thread in list(_under_way.values()):
        thread.join(max(0.0, until - monotonic()))
    return not any(thread.is_alive() for thread in _under_way.values())


atexit.register(wait_for_beside)
