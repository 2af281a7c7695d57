"""Restates closed months: what differs now, by cause, charged in the next open month (specification 4.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from hemgang.closing.adjustments import Adjustment
from hemgang.closing.differences import (
    Difference,
    Later,
    Paid,
    RowKey,
    differences,
    paid,
    row_key,
    summed,
)
from hemgang.closing.errors import ClosingRefused, FourEyes
from hemgang.closing.persons import same_person
from hemgang.closing.review import Review, Status, fold_review
from hemgang.closing.statement import adjustment_json, check_sums
from hemgang.engine.closing import draft_month
from hemgang.engine.rules import Rules
from hemgang.liability.canonical import content_hash
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.messages.model import MessageType
from hemgang.store import closings, reviews
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from hemgang.store.late import last_stored, later_messages
from hemgang.store.locks import alone

CORRECTING = frozenset(
    {MessageType.RETRACTED, MessageType.PAYER_CHANGED, MessageType.DISCHARGE_CANCELLED, MessageType.CANCELLED}
)
"""Kinds of messages that put an earlier one right; every other kind is a late message."""


@dataclass(frozen=True, slots=True)
class Restated:
    """What a closed month would come out as now: the versions that stand, and every row that differs from them."""

    month: Month
    payer: str
    versions: tuple[Closing, ...]
    found: tuple[Difference, ...]

    @property
    def version(self) -> int:
        """The number that a restatement of it would have."""
        return self.versions[-1].version + 1

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Return the differences summed by payer and cause."""
        return summed(self.found, month=str(self.month), version=self.version)


def restated(database: Database, *, region: str, month: Month, rules: Rules, now: datetime) -> tuple[Restated, ...]:
    """Return, for each closing of a month (of all payers, or of one), how it would come out by what is known now.

    Raises:
        ClosingRefused: the month is not closed.
    """
    with database.reading() as session:
        closed_for = closings.closed_for(session, region=region, month=str(month))
    if not closed_for:
        raise ClosingRefused(f"{month} is not closed; only a closed month is restated")
    return tuple(_restated(database, region, month, payer, rules=rules, now=now) for payer in closed_for)


def restate(
    database: Database, one: Restated, *, region: str, by: str, attested_by: str, reason: str, now: datetime
) -> Closing:
    """Store a restatement: a new version with the differences, charged in the next month that is not closed.

    Raises:
        FourEyes: one person stands behind it.
        ClosingRefused: nothing differs, or another restated the month meanwhile.
    """
    if not attested_by.strip() or same_person(by, attested_by):
        raise FourEyes("restating takes two persons: --attest names another than --by")
    if not one.found:
        raise ClosingRefused(f"nothing of {one.month} differs from what was closed")
    with database.writing() as session:
        alone(session, f"close {region}")
        where = {"region": region, "month": str(one.month), "payer": one.payer}
        latest = closings.latest(session, **where)
        if latest is None or latest.version + 1 != one.version:
            raise ClosingRefused(f"{one.month} was restated by another meanwhile; look again")
        closing = Closing(
            **where,
            version=one.version,
            status=Status.RESTATED.value,
            hash=content_hash(sorted(str(difference) for difference in one.found)),
            as_of=now,
            closed_at=now,
            closed_by=by,
            attested_by=attested_by,
            decision=reason,
            charged_in=_next_open(session, region, one),
            body=_body(one, stored_until=last_stored(session, region=region)),
        )
        closings.add(session, closing)
    return closing


def restated_json(one: Restated) -> dict[str, Any]:
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


def _body(one: Restated, *, stored_until: datetime) -> str:
    kept = restated_json(one) | {"stored_until": stored_until.isoformat()}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def stored_until(closing: Closing) -> datetime:
    """Return up to when messages had been stored as a version was made, by the store's clock."""
    told = json.loads(closing.body).get("stored_until")
    return closing.closed_at if told is None else datetime.fromisoformat(told)


def _restated(database: Database, region: str, month: Month, payer: str, *, rules: Rules, now: datetime) -> Restated:
    drafted = draft_month(database, region=region, month=month, rules=rules, now=now, payer=payer or None)
    check_sums(drafted)
    with database.reading() as session:
        versions = tuple(closings.versions_of(session, region=region, month=str(month), payer=payer))
        review = fold_review(reviews.review_events(session, region=region, month=str(month), until=now))
        later = _later(session, versions, drafted, review, now=now)
    return Restated(month, payer, versions, differences(_closed(versions), _now(drafted, review), later))


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


def _now(drafted: Draft, review: Review) -> Paid:
    if drafted.suspended is not None:
        return {}
    return paid(row for row in drafted.ledger if review.parked(row) is None)


def _later(session: Session, versions: tuple[Closing, ...], drafted: Draft, review: Review, *, now: datetime) -> Later:
    last = versions[-1]
    kinds = later_messages(
        session,
        region=drafted.region,
        received_after=last.as_of,
        stored_after=stored_until(last),
        until=now,
        before=drafted.month.ends_at,
    )
    ended = [dispute.subject for dispute in review.disputes if dispute.settled is not None]
    settled = {row_key(row) for row in drafted.ledger if any(subject.holds(row) for subject in ended)}
    return Later(
        episodes=frozenset(kinds),
        corrected=frozenset(episode for episode, found in kinds.items() if found & CORRECTING),
        settled=frozenset(settled),
    )


def _next_open(session: Session, region: str, one: Restated) -> str:
    """Return the first month after it that is closed for nobody whom it concerns."""
    month = one.month.following()
    while closed_for := closings.closed_for(session, region=region, month=str(month)):
        if one.payer and one.payer not in closed_for and "" not in closed_for:
            break
        month = month.following()
    return str(month)
