"""The ladder (eskaleringstrappa): who is told when about a duty that is still open, as values (specification 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from calendars.staffing import add_staffed, subtract_staffed
from calendars.zone import plain_utc
from hemgang.duties.model import Duty, DutyKind

NOTHING = timedelta(0)
RESOLVED_RUNG = "resolved"
OPERATOR_RUNG = "operator"
RESERVED = frozenset({RESOLVED_RUNG, OPERATOR_RUNG})
"""Names that stand in the log without being rungs of a ladder: what told people hear at the end, and the alarm."""


class Level(StrEnum):
    """To whom a rung speaks: the duty's owners, their backups or their managers."""

    OWNER = "owner"
    BACKUP = "backup"
    MANAGER = "manager"


class Anchor(StrEnum):
    """What the time of a rung is counted from. `missed`: strict due, for a care contact the discharge without one."""

    STRICT_DUE = "strict_due"
    PRACTICAL_DUE = "practical_due"
    MISSED = "missed"


class Counted(StrEnum):
    """Which hours a rung counts: all, or those in which the responsible unit is staffed."""

    ELAPSED = "elapsed"
    STAFFED = "staffed"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: `offset` from the anchor, negative before it, in hours as counted; urgent ones skip the digest."""

    name: str
    level: Level
    anchor: Anchor
    offset: timedelta = NOTHING
    counted: Counted = Counted.STAFFED
    urgent: bool = True

    def due_at(self, duty: Duty) -> datetime | None:
        """Return the instant (UTC) at which the rung is due for a duty; None while nothing fixes it."""
        anchor = self._anchor_of(duty)
        if anchor is None or self.offset == NOTHING:
            return anchor
        if self.counted is Counted.ELAPSED:
            return anchor + self.offset
        if self.offset < NOTHING:
            return plain_utc(subtract_staffed(duty.hours, anchor, staffed=-self.offset))
        return plain_utc(add_staffed(duty.hours, anchor, staffed=self.offset))

    def _anchor_of(self, duty: Duty) -> datetime | None:
        match self.anchor:
            case Anchor.STRICT_DUE:
                return duty.strict_due
            case Anchor.PRACTICAL_DUE:
                return duty.practical_due
            case Anchor.MISSED:
                return duty.miss_at


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of every kind of duty, in the order in which they escalate; `default` for kinds without their own."""

    default: tuple[Rung, ...]
    by_kind: Mapping[DutyKind, tuple[Rung, ...]] = field(default_factory=dict)

    def rungs_of(self, kind: DutyKind) -> tuple[Rung, ...]:
        """Return the rungs for a kind of duty."""
        return self.by_kind.get(kind, self.default)
