"""What is recorded of a region's month: its review, its closed versions, and what earlier months owe it (4.5)."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session

from agreements.municipalities import municipalities
from hemgang.closing.adjustments import Adjustment, Cause
from hemgang.closing.review import Review, fold_review
from hemgang.liability.model import Draft, Statement
from hemgang.store import closings, reviews
from hemgang.store.closings import Closing


@dataclass(frozen=True, slots=True)
class Record:
    """A month's record: its review, for whom it is closed ("" = all payers), adjustments charged in it."""

    review: Review
    closed_for: tuple[str, ...]
    adjustments: tuple[Adjustment, ...]


def month_record(session: Session, *, region: str, month: str, known_at: datetime) -> Record:
    """Return what was recorded of a month by an instant."""
    events = reviews.review_events(session, region=region, month=month, until=known_at)
    owed = [one for one in closings.charged_in(session, region=region, month=month) if one.closed_at <= known_at]
    return Record(
        review=fold_review(events),
        closed_for=tuple(closings.closed_for(session, region=region, month=month)),
        adjustments=tuple(adjustment for one in owed for adjustment in adjustments_of(one)),
    )


def adjustments_of(closing: Closing) -> tuple[Adjustment, ...]:
    """Return what a restatement changes in the month it is charged in."""
    return tuple(
        Adjustment(
            payer=one["payer"],
            from_month=one["from_month"],
            version=one["version"],
            cause=Cause(one["cause"]),
            care_days=Fraction(one["care_days"]),
            amount=Decimal(one["amount"]),
        )
        for one in json.loads(closing.body)["adjustments"]
    )


def with_owing_payers(drafted: Draft, adjustments: tuple[Adjustment, ...]) -> Draft:
    """Return the draft with an empty statement for each payer that only earlier months concern."""
    present = {statement.payer for statement in drafted.statements}
    owing = {one.payer for one in adjustments if drafted.payer in (None, one.payer)} - present
    if not owing:
        return drafted
    extra = [Statement(payer, _name(payer), 0, (), Fraction(0), Decimal("0.00"), ()) for payer in owing]
    return replace(drafted, statements=tuple(sorted([*drafted.statements, *extra], key=lambda one: one.payer)))


def _name(payer: str) -> str | None:
    municipality = municipalities().get(payer.partition("/")[0])
    return municipality.name if municipality else None
