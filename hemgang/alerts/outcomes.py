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
    CHANNEL_SILENT = "channel_silent"


_FINAL_ON_MAIL = frozenset({500, 501, 502, 503, 504, 521, 530, 535, 538, 550, 551, 553, 554, 556})
_FINAL_ON_WEB = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Answers that the same message gets again: wrong credentials, no such box, not allowed (RFC 5321, RFC 9110)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its outcome, why, and the number the receiver answered with (SMTP or HTTP) where it gave one."""

    outcome: Outcome
    reason: Reason
    answered: int | None = None

    def is_final(self, *, mail: bool) -> bool:
        """Whether another try on the same channel would end the same; `mail`: the answer is one of SMTP, not HTTP."""
        if self.outcome is not Outcome.FAILED:
            return False
        return self.reason is Reason.BAD_ADDRESS or self.answered in (_FINAL_ON_MAIL if mail else _FINAL_ON_WEB)

    @property
    def is_silence(self) -> bool:
        """Whether nobody answered: told of the whole channel, not of this message."""
        return self.reason in (Reason.TIMED_OUT, Reason.UNREACHABLE) and self.answered is None

    def __str__(self) -> str:
        """Write the try for a log: "failed: refused (550)"."""
        answer = f" ({self.answered})" if self.answered is not None else ""
        return f"{self.outcome}: {self.reason}{answer}"
