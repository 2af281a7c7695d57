"""Restates closed months: what differs now, by cause, charged in the next open month (specification 4.5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from hemgang.closing.review import (
    Adjustment,
    ClosingRefused,
    Event,
    FourEyes,
    Review,
    Status,
    fold_review,
    plain_name,
    same_person,
)
from hemgang.closing.settlement import Difference, Paid, RowKey, adjustment_json, check_sums, differences, paid, summed
from hemgang.liability.model import Draft, Month
from hemgang.liability.serialize import content_hash
from hemgang.messages.model import MessageType
from hemgang.services.closing import KnowledgeCutoff, draft_month, last_taken_in, review_acts, stored_until
from hemgang.services.installation import ReferenceData
from hemgang.store import closings
from hemgang.store.closings import Closing
from hemgang.store.database import Database, alone
from hemgang.store.messages import later_messages

CORRECTING = frozenset(
    {MessageType.RETRACTED, MessageType.PAYER_CHANGED, MessageType.DISCHARGE_CANCELLED, MessageType.CANCELLED}
)
"""Kinds of messages that put an earlier one right; every other kind is a late message."""


@dataclass(frozen=True, slots=True)
class Restatement:
    """What a closed month would come out as now: the versions that stand, and every row that differs from them.

    `taken_in` and `acts` say on what it rests: messages taken in until then, so many acts of the review.
    """

    month: Month
    payer: str
    versions: tuple[Closing, ...]
    found: tuple[Difference, ...]
    taken_in: datetime
    acts: int

    @property
    def version(self) -> int:
        """The number that a restatement of it would have."""
        return self.versions[-1].version + 1

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Return the differences summed by payer and cause."""
        return summed(self.found, month=str(self.month), version=self.version)


def restatements_of(
    database: Database, *, region: str, month: Month | None, rules: ReferenceData, now: datetime
) -> tuple[Restatement, ...]:
    """Return how each closing of a region's month (None = of every month) would come out by what is known now.

    Raises:
        ClosingRefused: the month, or every month, is open.
    """
    with database.reading() as session:
        closed = [one for one in closings.of_region(session, region) if one.version == 1]
    wanted = [(Month.parse(one.month), one.payer) for one in closed if month is None or one.month == str(month)]
    if not wanted:
        raise ClosingRefused(
            f"{month or 'no month'} is {'not ' if month else ''}closed; only a closed month is restated"
        )
    return tuple(_restated(database, region, of, payer, rules=rules, now=now) for of, payer in wanted)


def restate(
    database: Database,
    ones: Sequence[Restatement],
    *,
    region: str,
    by: str,
    attested_by: str,
    reason: str,
    now: datetime,
) -> tuple[Closing, ...]:
    """Store a restatement of each closing that differs, all or none: a new version, charged in the next open month.

    Raises:
        FourEyes: one person stands behind it.
        ClosingRefused: nothing differs, or another restated one of the months meanwhile.
    """
    if not plain_name(by) or not plain_name(attested_by) or same_person(by, attested_by):
        raise FourEyes("restating takes two persons: --attest names another than --by")
    differing = [one for one in ones if one.found]
    if not differing:
        months = ", ".join(sorted({str(one.month) for one in ones}))
        raise ClosingRefused(f"nothing of {months} differs from what was closed")
    stored = []
    with database.writing() as session:
        alone(session, f"close {region}")
        for one in differing:
            closing = _version(session, region, one, persons=(by, attested_by), reason=reason, now=now)
            closings.add(session, closing)
            stored.append(closing)
    return tuple(stored)


def _version(
    session: Session, region: str, one: Restatement, *, persons: tuple[str, str], reason: str, now: datetime
) -> Closing:
    where = {"region": region, "month": str(one.month), "payer": one.payer}
    latest = closings.latest(session, **where)
    if latest is None or latest.version + 1 != one.version:
        raise ClosingRefused(f"{one.month} was restated by another meanwhile; look again")
    return Closing(
        **where,
        version=one.version,
        status=Status.RESTATED.value,
        # Over the version before: a restatement stands on exactly what it restates.
        hash=content_hash([latest.hash, *sorted(str(difference) for difference in one.found)]),
        as_of=now,
        closed_at=now,
        closed_by=persons[0],
        attested_by=persons[1],
        decision=reason,
        charged_in=_next_open(session, region, one),
        body=_body(one),
    )


def restatement_json(one: Restatement) -> dict[str, Any]:
    """Return a restatement as JSON: its differences row by row, and their sums by payer and cause."""
    return {
        "month": str(one.month),
        "payer": one.payer or None,
        "version": one.version,
        "differences": [
            {
                "payer": each.payer,
                "episode": each.episode or None,
                "date": each.date,
                "cause": each.cause.value,
                "care_days": str(each.care_days),
                "amount": f"{each.amount:.2f}",
            }
            for each in one.found
        ],
        "adjustments": [{"payer": each.payer, **adjustment_json(each)} for each in one.adjustments()],
    }


def _body(one: Restatement) -> str:
    kept = restatement_json(one) | {"stored_until": one.taken_in.isoformat(), "review_acts": one.acts}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _restated(
    database: Database, region: str, month: Month, payer: str, *, rules: ReferenceData, now: datetime
) -> Restatement:
    mark = last_taken_in(database, region=region)
    with database.reading() as session:
        versions = tuple(closings.versions_of(session, region=region, month=str(month), payer=payer))
        events = closings.review_events(session, region=region, month=str(month), until=now)
        corrected = _corrected(session, versions[-1], region, month, now=now)
    last = versions[-1]
    then, today = fold_review(_acts_before(last, events)), fold_review(events)
    known = KnowledgeCutoff(last.as_of, stored_until(last))
    same, drafted = (
        draft_month(database, region=region, month=month, rules=rules, now=now, payer=payer or None, known=limit)
        for limit in (known, None)
    )
    check_sums(drafted)
    found = differences(
        _closed(versions),
        by_rules=_paid(same, then),
        by_messages=_paid(drafted, then),
        by_disputes=_paid(drafted, today),
        corrected=corrected,
    )
    return Restatement(month, payer, versions, found, taken_in=mark, acts=len(events))


def _acts_before(last: Closing, events: list[Event]) -> list[Event]:
    """Return the acts of the review that a version was made on; by their time where it did not keep how many."""
    acts = review_acts(last)
    return events[:acts] if acts is not None else [event for event in events if event.at <= last.closed_at]


def _closed(versions: tuple[Closing, ...]) -> Paid:
    """Return what is paid by the closing and all its restatements: the rows that were not parked, and each change."""
    body = json.loads(versions[0].body)
    sums: dict[RowKey, tuple[Fraction, Decimal]] = {}
    if body.get("suspended") is None:
        parked = {_key(payer["payer"], row) for payer in body["payers"] for row in payer.get("parked", ())}
        for row in body["ledger"]:
            if row["outcome"] == "charged" and _key(row["payer"], row) not in parked:
                # A closing from before care days stood in the rows charged one a row.
                sums[_key(row["payer"], row)] = (Fraction(row.get("care_days", "1")), Decimal(row["amount"]))
    for version in versions[1:]:
        for change in json.loads(version.body)["differences"]:
            key = _key(change["payer"], change)
            days, kronor = sums.get(key, (Fraction(0), Decimal("0.00")))
            sums[key] = (days + Fraction(change["care_days"]), kronor + Decimal(change["amount"]))
    return sums


def _key(payer: str, row: Mapping[str, Any]) -> RowKey:
    episode = row["episode"] or ""
    return payer, episode, row["date"], "" if episode else row["clause"]


def _paid(drafted: Draft, review: Review) -> Paid:
    if drafted.suspended is not None:
        return {}
    return paid(row for row in drafted.ledger if review.parked(row) is None)


def _corrected(session: Session, last: Closing, region: str, month: Month, *, now: datetime) -> frozenset[str]:
    """Return the episodes that messages since a version put right."""
    kinds = later_messages(
        session,
        region=region,
        received_after=last.as_of,
        stored_after=stored_until(last),
        until=now,
        before=month.ends_at,
    )
    return frozenset(episode for episode, found in kinds.items() if found & CORRECTING)


def _next_open(session: Session, region: str, one: Restatement) -> str:
    """Return the first month after it that is closed for nobody whom it concerns."""
    month = one.month.following()
    while closed_for := closings.closed_for(session, region=region, month=str(month)):
        if one.payer and one.payer not in closed_for and "" not in closed_for:
            break
        month = month.following()
    return str(month)
