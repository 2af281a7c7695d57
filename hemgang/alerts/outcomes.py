"""What became of one try to deliver one message over one channel (specification 3.4)."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Delivered: the channel took it. Failed: it did not. Unknown: no answer in time, it may have arrived."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a try ended as it did, in words that hold no address and no content."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    BAD_ADDRESS = "bad_address"
    BROKE = "broke"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its outcome, why, and the number the receiver answered with (SMTP or HTTP) where it gave one."""

    outcome: Outcome
    reason: Reason
    answered: int | None = None

    def __str__(self) -> str:
        """Write the try for a log: "failed: refused (550)"."""
        answer = f" ({self.answered})" if self.answered is not None else ""
        return f"{self.outcome}: {self.reason}{answer}"
