"""The review of a month as the fold of its events: who has agreed to what, and what is disputed (4.5, 001)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hemgang.closing.events import Event, Subject
from hemgang.closing.persons import plain_name
from hemgang.closing.words import Act, Side
from hemgang.liability.model import Row


class Status(StrEnum):
    """Where a month stands; closed and restated are told by what is stored."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    AGREED = "agreed"
    CLOSED = "closed"
    RESTATED = "restated"


class Standing(StrEnum):
    """Where one row stands in the review."""

    OPEN = "open"
    AGREED = "agreed"
    DISPUTED = "disputed"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A disagreement over rows, with the step of the ladder it has reached, numbered from 1.

    `settled` is how it ended, None while it goes on; it stands or falls by UPHELD and DROPPED. `settled_by` are the
    one or two persons who ended it.
    """

    subject: Subject
    side: Side
    by: str
    reason: str
    matter: str
    step: int = 1
    settled: Act | None = None
    settled_by: tuple[str, ...] = ()

    @property
    def parks(self) -> bool:
        """Whether its rows are left out of what is paid: while it goes on, and after the charge has fallen."""
        return self.settled in (None, Act.DROPPED)


@dataclass(frozen=True, slots=True)
class Agreed:
    """That a side agreed to a payer's statement: who, and the hash of what they saw."""

    by: str
    content: str


@dataclass(frozen=True, slots=True)
class Review:
    """What the events of a month come to; `opened_by` is None until somebody opened it.

    `sides` tells for which side each person has acted, by the plain form of the name; to open is to act for neither.
    """

    opened_by: str | None
    agreed: Mapping[tuple[str, Side], Agreed]
    disputes: tuple[Dispute, ...]
    sides: Mapping[str, Side]

    def parked(self, row: Row) -> Dispute | None:
        """Return the dispute that keeps a row out of what is paid, None where nothing does."""
        return next((one for one in self.disputes if one.parks and one.subject.holds(row)), None)

    def lacking(self, contents: Mapping[str, str]) -> tuple[tuple[str, Side], ...]:
        """Return which sides have not agreed to which payer's statement as it now is; `contents` are their hashes."""
        return tuple(
            (payer, side)
            for payer, content in sorted(contents.items())
            for side in Side
            if (payer, side) not in self.agreed or self.agreed[payer, side].content != content
        )

    def status(self, contents: Mapping[str, str]) -> Status:
        """Return where a month that is not closed stands, given the hashes of its statements by payer."""
        if self.opened_by is None:
            return Status.DRAFT
        return Status.IN_REVIEW if self.lacking(contents) else Status.AGREED

    def standing(self, row: Row, content: str, *, closed: bool) -> Standing:
        """Return where a row stands; `content` is the hash of its payer's statement."""
        if self.parked(row) is not None:
            return Standing.PARKED if closed else Standing.DISPUTED
        return Standing.OPEN if self.lacking({row.payer: content}) else Standing.AGREED

    def persons(self) -> tuple[str, ...]:
        """Return everyone who opened or agreed."""
        opened = () if self.opened_by is None else (self.opened_by,)
        return (*opened, *(one.by for one in self.agreed.values()))


def fold_review(events: Iterable[Event]) -> Review:
    """Return what the events come to, in the order in which they were recorded; acts that mean nothing are passed over.

    What may be recorded is for `hemgang.closing.acts` to refuse; the fold of any events is a review.
    """
    opened: str | None = None
    agreed: dict[tuple[str, Side], Agreed] = {}
    disputes: list[Dispute] = []
    sides: dict[str, Side] = {}
    for event in events:
        _take_sides(sides, event)
        match event.act:
            case Act.OPENED:
                opened = opened or event.by
            case Act.AGREED:
                agreed[event.payer, event.side] = Agreed(event.by, event.content)
            case Act.DISPUTED:
                disputes.append(Dispute(event.subject, event.side, event.by, event.reason, event.matter))
            case Act.ESCALATED | Act.UPHELD | Act.DROPPED | Act.WITHDRAWN:
                _go_on(disputes, event)
    return Review(opened, agreed, tuple(disputes), sides)


def _take_sides(sides: dict[str, Side], event: Event) -> None:
    if event.act is Act.OPENED:
        return
    for name, side in ((event.by, event.side), (event.other, event.side.other)):
        if name:
            sides.setdefault(plain_name(name), side)


def _go_on(disputes: list[Dispute], event: Event) -> None:
    place = open_dispute(disputes, event.subject)
    if place is None:
        return
    dispute = disputes[place]
    if event.act is Act.ESCALATED:
        disputes[place] = replace(dispute, step=dispute.step + 1)
    else:
        by = tuple(name for name in (event.by, event.other) if name)
        disputes[place] = replace(dispute, settled=event.act, settled_by=by)


def open_dispute(disputes: Sequence[Dispute], subject: Subject) -> int | None:
    """Return the place of the dispute over exactly this subject that still goes on, None where there is none."""
    found = (place for place, one in enumerate(disputes) if one.subject == subject and one.settled is None)
    return next(found, None)
