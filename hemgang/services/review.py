"""The review of a month as it is recorded: acts, joint decisions, and what goes on about closed months (4.5).

Each act is checked against the month as it stands at that instant, in the transaction that records it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hemgang.closing.review import (
    Act,
    ClosingRefused,
    Event,
    FourEyes,
    Review,
    check_act,
    fold_review,
    plain_name,
    same_person,
    statement_hashes,
)
from hemgang.liability.model import Draft, Month
from hemgang.services.closing import stored_until
from hemgang.store import closings
from hemgang.store.closings import Closing
from hemgang.store.database import Database, alone
from hemgang.store.messages import later_messages
from hemgang.store.tables import JointDecisionRow


def record_act(database: Database, drafted: Draft, event: Event) -> Review:
    """Record an act on a month, if the month can take it, and return its review.

    An opening keeps the hash of the draft, an agreement that of the payer's statement as it now is.

    Raises:
        ClosingRefused, FourEyes: see `hemgang.closing.review.check_act`; or another acted at the same moment.
    """
    return _record(database, drafted, lambda _review, _closed_for: (event,))


def agree_to_all(database: Database, drafted: Draft, event: Event) -> Review:
    """Record one side's agreement to each payer's statement that it has not agreed to as it now is, all or none.

    Payers that are closed already are passed over. The acts are those of `event`, but for the payer.

    Raises:
        ClosingRefused, FourEyes: see `record_act`; or there is no statement left to agree to.
    """

    def agreements(review: Review, closed_for: Collection[str]) -> Sequence[Event]:
        lacking = [payer for payer, side in review.lacking(statement_hashes(drafted)) if side is event.side]
        events = [replace(event, payer=payer) for payer in lacking if payer not in closed_for]
        if not events:
            raise ClosingRefused(f"the {event.side.value} has agreed to every statement of {drafted.month} already")
        return events

    return _record(database, drafted, agreements)


def _record(database: Database, drafted: Draft, acts: Callable[[Review, Collection[str]], Sequence[Event]]) -> Review:
    where = {"region": drafted.region, "month": str(drafted.month)}
    try:
        with database.writing() as session:
            alone(session, f"close {drafted.region}")
            events = list(closings.review_events(session, region=drafted.region, month=str(drafted.month)))
            closed_for = closings.closed_for(session, **where)
            for event in acts(fold_review(events), closed_for):
                closed = "" in closed_for or event.payer in closed_for
                check_act(event, fold_review(events), drafted, closed=closed)
                recorded = replace(event, content=_content(event, drafted))
                closings.append_event(session, recorded, **where)
                events.append(recorded)
            return fold_review(events)
    except IntegrityError as error:
        raise ClosingRefused(f"another acted on {drafted.month} at the same moment; look again") from error


def _content(event: Event, drafted: Draft) -> str:
    match event.act:
        case Act.OPENED:
            return drafted.hash
        case Act.AGREED:
            return statement_hashes(drafted)[event.payer]
        case Act.DISPUTED | Act.ESCALATED | Act.UPHELD | Act.DROPPED | Act.WITHDRAWN:
            return ""


def record_joint_decision(
    database: Database,
    *,
    region: str,
    month: str,
    payer: str,
    clause: str,
    by: tuple[str, str],
    text: str,
    now: datetime,
) -> None:
    """Record that both parties decided to charge a payer for a month under a clause that waits for it.

    `by` names the region's person and the municipality's.

    Raises:
        FourEyes: one person stands for both.
        ClosingRefused: it is decided already, or the month is closed.
    """
    if not all(plain_name(name) for name in by):
        raise FourEyes("a joint decision names a person of each side")
    if same_person(*by):
        raise FourEyes(f"{by[0]} cannot decide for both parties")
    row = JointDecisionRow(
        region=region,
        month=month,
        payer=payer,
        clause=clause,
        region_by=by[0],
        municipality_by=by[1],
        text=text,
        at=now,
    )
    try:
        with database.writing() as session:
            alone(session, f"close {region}")
            closed_for = closings.closed_for(session, region=region, month=month)
            if "" in closed_for or payer in closed_for:
                raise ClosingRefused(f"{month} is closed for {payer}; what is decided now cannot change it")
            closings.add_decision(session, row)
    except IntegrityError as error:
        raise ClosingRefused(f"{clause} is decided already for {payer} in {month}") from error


@dataclass(frozen=True, slots=True)
class LateMessages:
    """A closed month of a region, and how many episodes have messages that its latest version could not know."""

    region: str
    month: str
    episodes: int


def closed_months_touched(session: Session, versions: Iterable[Closing], *, now: datetime) -> tuple[LateMessages, ...]:
    """Return the closed months that later messages may touch, by region and month.

    `versions` are closings and restatements; of each month and payer the latest counts.
    """
    latest: dict[tuple[str, str, str], Closing] = {}
    for one in versions:
        key = (one.region, one.month, one.payer)
        latest[key] = max(latest.get(key, one), one, key=lambda each: each.version)
    found: dict[tuple[str, str], int] = {}
    for one in latest.values():
        where = (one.region, one.month)
        found[where] = max(found.get(where, 0), later_episodes(session, one, now=now))
    return tuple(LateMessages(*where, count) for where, count in sorted(found.items()) if count)


def later_episodes(session: Session, closing: Closing, *, now: datetime) -> int:
    """Return how many episodes have messages known at `now` that a version of a closed month could not know."""
    later = later_messages(
        session,
        region=closing.region,
        received_after=closing.as_of,
        stored_after=stored_until(closing),
        until=now,
        before=Month.parse(closing.month).ends_at,
    )
    return len(later)


def open_disputes(session: Session, closing: Closing) -> int:
    """Return how many disputes over what is closed are not settled."""
    review = fold_review(closings.review_events(session, region=closing.region, month=closing.month))
    of = [one for one in review.disputes if closing.payer in ("", one.subject.payer)]
    return sum(one.settled is None for one in of)
