"""Records the acts of a month's review, each on the month as it stands at that instant (specification 4.5)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from hemgang.closing.acts import check_act
from hemgang.closing.contents import statement_hashes
from hemgang.closing.errors import ClosingRefused, FourEyes
from hemgang.closing.events import Event
from hemgang.closing.persons import plain_name, same_person
from hemgang.closing.review import Review, fold_review
from hemgang.closing.words import Act
from hemgang.liability.model import Draft
from hemgang.store import closings, reviews
from hemgang.store.closing_tables import JointDecisionRow
from hemgang.store.database import Database
from hemgang.store.locks import alone


def record_act(database: Database, drafted: Draft, event: Event) -> Review:
    """Record an act on a month, if the month can take it, and return its review.

    An opening keeps the hash of the draft, an agreement that of the payer's statement as it now is.

    Raises:
        ClosingRefused, FourEyes: see `hemgang.closing.acts.check_act`; or another acted at the same moment.
    """
    where = {"region": drafted.region, "month": str(drafted.month)}
    try:
        with database.writing() as session:
            alone(session, f"close {drafted.region}")
            before = reviews.review_events(session, region=drafted.region, month=str(drafted.month))
            closed_for = closings.closed_for(session, **where)
            closed = "" in closed_for or event.payer in closed_for
            check_act(event, fold_review(before), drafted, closed=closed)
            told = replace(event, content=_content(event, drafted))
            reviews.append_event(session, told, **where)
            return fold_review([*before, told])
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


def decide(
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
            reviews.add_decision(session, row)
    except IntegrityError as error:
        raise ClosingRefused(f"{clause} is decided already for {payer} in {month}") from error
