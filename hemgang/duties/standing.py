"""Where a duty stands, by what happened first: met, void, or its deadline passing (specification 3.1)."""

from dataclasses import dataclass
from datetime import datetime

from hemgang.duties.model import Status


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant a duty is judged by; None while nothing fixes it. `included`: acting exactly then is in time."""

    at: datetime | None
    included: bool

    def kept(self, instant: datetime) -> bool:
        """Whether something done at `instant` is in time."""
        if self.at is None:
            return True
        return instant <= self.at if self.included else instant < self.at

    def passed(self, now: datetime) -> bool:
        """Whether what is not known to be done at `now` is missed: from the deadline itself on."""
        return self.at is not None and now >= self.at


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a duty by now; instants in UTC. `void_at` is the first event that makes it pointless."""

    met_at: datetime | None
    void_at: datetime | None
    cancelled_at: datetime | None


def stands(course: Course, deadline: Deadline, now: datetime) -> Status:
    """Return the status at `now`; every instant of the course lies at or before it.

    A cancelled stay voids always. Else: met in time and not after it became void, met; void in time, void; deadline
    passed, missed, or met_late if it was met after all; a duty once missed stays so when the stay ends.
    """
    if course.cancelled_at is not None:
        return Status.VOID
    met_at, void_at = course.met_at, course.void_at
    if void_at is not None and deadline.kept(void_at) and (met_at is None or met_at > void_at):
        return Status.VOID
    if met_at is not None:
        return Status.MET if deadline.kept(met_at) else Status.MET_LATE
    return Status.MISSED if deadline.passed(now) else Status.OPEN
