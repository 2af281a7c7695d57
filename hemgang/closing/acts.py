"""Which acts a month can take: each refused one says in a line what is wrong (specification 4.5)."""

from collections.abc import Sequence

from agreements.model import DisputeStep
from hemgang.closing.contents import statement_hashes
from hemgang.closing.errors import ClosingRefused, FourEyes
from hemgang.closing.events import Event
from hemgang.closing.persons import another, plain_name, same_person
from hemgang.closing.review import Dispute, Review, open_dispute
from hemgang.closing.words import AFTER_CLOSING, GIVES_WAY, SETTLING, Act
from hemgang.liability.model import Draft

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
