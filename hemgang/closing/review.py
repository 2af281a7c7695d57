"""The review of a month as the fold of its events: who has agreed to what, and what is disputed (4.5, 001).

Both parties act; each act is an event that is appended and never changed. `check_act` says which acts a month can take,
`second_person` which of them need four eyes, and the hashes say which statement an act was about. What a restated
month changes in the next open one is an `Adjustment`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from agreements.model import DisputeStep
from hemgang.errors import HemgangError
from hemgang.liability.model import Draft, LedgerRow
from hemgang.liability.serialize import content_hash, statement_lines


class Cause(StrEnum):
    """Why a closed month would come out otherwise now."""

    LATE_MESSAGE = "late_message"
    CORRECTION = "correction"
    DISPUTE = "dispute"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A difference of an earlier month that is charged, or given back, in a later one.

    `version` is the restatement that found it; `care_days` and `amount` (kronor) may be negative.
    """

    payer: str
    from_month: str
    version: int
    cause: Cause
    care_days: Fraction
    amount: Decimal


def of_payer(adjustments: Iterable[Adjustment], payer: str) -> tuple[Adjustment, ...]:
    """Return those of one payer, by month, version and cause."""
    found = (one for one in adjustments if one.payer == payer)
    return tuple(sorted(found, key=lambda one: (one.from_month, one.version, one.cause)))


class Side(StrEnum):
    """The two parties of a month."""

    REGION = "region"
    MUNICIPALITY = "municipality"

    @property
    def other(self) -> "Side":
        """The other party."""
        return Side.MUNICIPALITY if self is Side.REGION else Side.REGION


class Act(StrEnum):
    """What a party can do with a month."""

    OPENED = "opened"
    AGREED = "agreed"
    DISPUTED = "disputed"
    ESCALATED = "escalated"
    UPHELD = "upheld"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


SETTLING = frozenset({Act.UPHELD, Act.DROPPED, Act.WITHDRAWN})
"""Acts that end a dispute: the charge stands, it falls, or nobody disputes it any more."""

GIVES_WAY = {Act.DROPPED: Side.REGION, Act.UPHELD: Side.MUNICIPALITY}
"""Who can end a dispute so alone: the party it goes against. The other one needs both (001: nothing one-sided)."""

AFTER_CLOSING = frozenset({Act.ESCALATED, *SETTLING})
"""Acts that a closed month still takes: parked rows go on up the ladder."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a dispute is about: a payer's rows of one episode, or of one date of it.

    An empty `episode` is the row over the payer's mean; `day` None = every date.
    """

    payer: str
    episode: str = ""
    day: date | None = None

    def holds(self, row: LedgerRow) -> bool:
        """Tell whether a ledger row is what the dispute is about."""
        return (self.payer, self.episode) == (row.payer, row.episode) and self.day in (None, row.date)

    def __str__(self) -> str:
        """Name the subject as messages do."""
        what = f"episode {self.episode}" if self.episode else "the mean"
        return f"{self.payer}, {what}" + (f", {self.day}" if self.day else "")


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person on one side, about a month of a region; `at` in UTC.

    `payer` is "" for the opening, which is about all. `content` is the hash of what was opened, or of the payer's
    statement that was agreed to. `matter` is the ladder a dispute goes up: "local" or "principle". `other` is who
    settles it with them for the other side, "" where nobody does.
    """

    act: Act
    at: datetime
    by: str
    side: Side
    payer: str = ""
    episode: str = ""
    day: date | None = None
    reason: str = ""
    content: str = ""
    matter: str = "local"
    other: str = ""

    @property
    def subject(self) -> Subject:
        """What a dispute, or its settlement, is about."""
        return Subject(self.payer, self.episode, self.day)


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

    def parked(self, row: LedgerRow) -> Dispute | None:
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

    def standing(self, row: LedgerRow, content: str, *, closed: bool) -> Standing:
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

    What may be recorded is for `hemgang.closing.review` to refuse; the fold of any events is a review.
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


NAMELESS = "who acts is told by a name, with a letter or a digit in it"


def ladder(steps: Sequence[DisputeStep], matter: str) -> tuple[DisputeStep, ...]:
    """Return the steps of a dispute ladder (tvistetrappa) in order; none where the agreement has no such ladder."""
    return tuple(sorted((step for step in steps if step.matter == matter), key=lambda step: step.number))


def check_act(event: Event, review: Review, drafted: Draft, *, closed: bool) -> None:
    """Refuse an act that the month cannot take as it stands.

    Raises:
        FourEyes: one person would act for both sides, or one side would settle against the other.
        ClosingRefused: the month is closed, or not opened, or the act is about nothing that is there.
    """
    if closed and event.act not in AFTER_CLOSING:
        raise ClosingRefused(f"{drafted.month} is closed; only disputes over parked rows go on")
    if not closed and event.act is not Act.OPENED and review.opened_by is None:
        raise ClosingRefused(f"the review of {drafted.month} is not open; open it with: hemgang review open")
    _check_persons(event, review)
    match event.act:
        case Act.OPENED:
            _check_opening(review, drafted)
        case Act.AGREED:
            _check_agreeing(event, drafted)
        case Act.DISPUTED:
            _check_disputing(event, review, drafted)
        case Act.ESCALATED | Act.UPHELD | Act.DROPPED | Act.WITHDRAWN:
            _check_going_on(event, _dispute(event, review), drafted)


def _check_persons(event: Event, review: Review) -> None:
    """Hold every person to one side of the month."""
    if not plain_name(event.by):
        raise FourEyes(NAMELESS)
    if event.act is Act.OPENED:
        return
    if event.other and same_person(event.by, event.other):
        raise FourEyes(f"{event.by} cannot settle for both sides; --with names another person")
    for name, side in ((event.by, event.side), (event.other, event.side.other)):
        before = review.sides.get(plain_name(name), side) if name else side
        if before is not side:
            raise FourEyes(f"{name} has acted for the {before.value}; the {side.value} needs another person")


def _check_opening(review: Review, drafted: Draft) -> None:
    if not drafted.over:
        raise ClosingRefused(f"{drafted.month} is not over; a month is reviewed when it has ended")
    if review.opened_by is not None:
        raise ClosingRefused(f"the review of {drafted.month} was opened already, by {review.opened_by}")


def _check_agreeing(event: Event, drafted: Draft) -> None:
    if event.payer not in {statement.payer for statement in drafted.statements}:
        raise ClosingRefused(f"payer {event.payer} has no statement in {drafted.month}")


def _check_disputing(event: Event, review: Review, drafted: Draft) -> None:
    if not event.reason.strip():
        raise ClosingRefused("a dispute needs its reason: --reason TEXT")
    if not any(row.amount and event.subject.holds(row) for row in drafted.ledger):
        raise ClosingRefused(f"nothing of {event.subject} is charged in {drafted.month}")
    if open_dispute(review.disputes, event.subject) is not None:
        raise ClosingRefused(f"{event.subject} is disputed already")


def _dispute(event: Event, review: Review) -> Dispute:
    place = open_dispute(review.disputes, event.subject)
    if place is None:
        raise ClosingRefused(f"no dispute over {event.subject} goes on")
    return review.disputes[place]


def _check_going_on(event: Event, dispute: Dispute, drafted: Draft) -> None:
    if event.act is Act.ESCALATED:
        steps = ladder(drafted.agreement.disputes, dispute.matter)
        if dispute.step >= len(steps):
            where = "names no dispute ladder" if not steps else f"has {len(steps)} steps, and the last one is reached"
            raise ClosingRefused(f"the agreement {drafted.agreement.name} {where} ({dispute.matter})")
    if event.act in SETTLING and not event.reason.strip():
        raise ClosingRefused("a settlement needs its reason: --reason TEXT")
    if event.act is Act.WITHDRAWN and event.side is not dispute.side:
        raise ClosingRefused(f"only the {dispute.side.value} can withdraw what it disputes")
    gives_way = GIVES_WAY.get(event.act, event.side)
    if event.side is not gives_way and not plain_name(event.other):
        ends = "stand" if event.act is Act.UPHELD else "fall"
        raise FourEyes(
            f"the {event.side.value} alone cannot let the charge {ends}; add --with NAME, who settles it for the "
            f"{gives_way.value}"
        )


def second_person(review: Review, drafted: Draft, *, by: str, attested_by: str) -> str:
    """Return who stands behind a closing beside `by`: whoever attests it, or agreed to it in the review.

    Raises:
        FourEyes: there is nobody else.
        ClosingRefused: a review was opened, and not every statement is agreed by both sides as it now is.
    """
    if not plain_name(by):
        raise FourEyes(NAMELESS)
    if review.opened_by is None:
        if not plain_name(attested_by):
            raise FourEyes(
                "closing takes two persons: add --attest NAME for the second, or let both sides agree first with "
                "hemgang review open"
            )
        if same_person(by, attested_by):
            raise FourEyes(f"{by} cannot attest what {by} closes; --attest names another person")
        return attested_by
    lacking = review.lacking(statement_hashes(drafted))
    if lacking:
        named = ", ".join(f"{payer} ({side.value})" for payer, side in lacking[:5])
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        raise ClosingRefused(f"the review of {drafted.month} is not agreed: {named}{more}; see hemgang review show")
    other = another(by, (attested_by, *review.persons()))
    if other is None:
        raise FourEyes(f"nobody but {by} stands behind this closing; another person is needed")
    return other


def statement_hashes(drafted: Draft) -> dict[str, str]:
    """Return the content hash of each statement, by payer: what a side agrees to."""
    return {statement.payer: content_hash(statement_lines(statement)) for statement in drafted.statements}


def closing_hash(drafted: Draft, parked: Iterable[LedgerRow], adjustments: Sequence[Adjustment]) -> str:
    """Return the hash of what is closed: the draft's own, or over it with the rows parked and the adjustments."""
    lines = sorted(f"parked {row.payer} {row.episode} {row.period} {row.date} {row.clause}" for row in parked)
    lines += sorted(str(one) for one in adjustments)
    return content_hash([drafted.hash, *lines]) if lines else drafted.hash


class ClosingRefused(HemgangError):
    """A month that cannot be reviewed, closed or restated as asked; the text says what is missing."""


class FourEyes(ClosingRefused):
    """One person cannot do alone what takes two; the text says whose second pair of eyes is needed."""


class NotTheSum(ClosingRefused):
    """A statement does not equal the sum of its ledger rows; nothing is closed, and hemgang itself is to be mended."""

    def __init__(self, payer: str, *, stated: str, summed: str) -> None:
        """Keep both sums."""
        super().__init__(f"payer {payer}: the statement says {stated} kr and its rows add up to {summed} kr")


class DetailsGone(ClosingRefused):
    """A closed month that retention took details from: what was closed stands, and is computed no more."""


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same but for case, spaces and points.

    >>> same_person("A. Ek", " a.ek")
    True
    """
    return plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    """Return a name as it is compared: its letters and digits only, without case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def another(by: str, names: Iterable[str]) -> str | None:
    """Return the first of the names that is somebody else, None where there is none."""
    return next((name for name in names if plain_name(name) and not same_person(by, name)), None)
