"""A breaker for one sweep: an address that keeps silent is asked a few times, not by every message in the queue."""

from collections import Counter
from threading import Lock

from hemgang.alerts.outcomes import Attempt

SILENCES = 3
"""How often in a row nobody may answer at one address before the rest of the sweep counts as failed there, untried."""


class Breaker:
    """Counts silences in a row at each address; used by several senders at once."""

    def __init__(self, silences: int = SILENCES) -> None:
        """Start closed: every address is asked."""
        self._silences = silences
        self._in_a_row: Counter[str] = Counter()
        self._lock = Lock()

    def is_open(self, address: str) -> bool:
        """Whether the address has kept silent so often that it is not asked again in this sweep."""
        with self._lock:
            return self._in_a_row[address] >= self._silences

    def note(self, address: str, attempt: Attempt) -> None:
        """Count what became of a try."""
        with self._lock:
            self._in_a_row[address] = self._in_a_row[address] + 1 if attempt.is_silence else 0
