"""What still goes on about closed months: later messages that touch them, disputes that are not settled (4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from hemgang.closing.review import fold_review
from hemgang.engine.known import stored_until
from hemgang.liability.month import Month
from hemgang.store import reviews
from hemgang.store.closings import Closing
from hemgang.store.late import later_messages


@dataclass(frozen=True, slots=True)
class Touched:
    """A closed month of a region, and how many episodes have messages that its latest version could not know."""

    region: str
    month: str
    episodes: int


def closed_months_touched(session: Session, versions: Iterable[Closing], *, now: datetime) -> tuple[Touched, ...]:
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
    return tuple(Touched(*where, count) for where, count in sorted(found.items()) if count)


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
    review = fold_review(reviews.review_events(session, region=closing.region, month=closing.month))
    of = [one for one in review.disputes if closing.payer in ("", one.subject.payer)]
    return sum(one.settled is None for one in of)
