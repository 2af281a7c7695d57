"""What is recorded of a region's month: its review, its closed versions, and what earlier months owe it (4.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session

from agreements.municipalities import municipalities
from hemgang.closing.adjustments import Adjustment, Cause
from hemgang.closing.review import Review, Status, fold_review
from hemgang.engine.known import closing_of
from hemgang.liability.model import Draft, Statement
from hemgang.store import closings, reviews
from hemgang.store.closings import Closing


@dataclass(frozen=True, slots=True)
class Record:
    """A month's record: its review, its number of acts, the latest versions by payer ("" = all), adjustments in it."""

    review: Review
    acts: int
    versions: Mapping[str, int]
    adjustments: tuple[Adjustment, ...]

    def status(self, contents: Mapping[str, str]) -> Status:
        """Return where the month stands, given the hashes of its statements by payer; closed once all of them are."""
        if not self.versions or not ("" in self.versions or contents.keys() <= self.versions.keys()):
            return self.review.status(contents)
        return Status.RESTATED if max(self.versions.values()) > 1 else Status.CLOSED


def month_record(session: Session, *, region: str, month: str, known_at: datetime, acts: int | None = None) -> Record:
    """Return what was recorded of a month by an instant; `acts` keeps only so many acts of its review."""
    events = reviews.review_events(session, region=region, month=month, until=known_at)[:acts]
    owed = [one for one in closings.charged_in(session, region=region, month=month) if one.closed_at <= known_at]
    stored = closings.of_month(session, region=region, month=month)
    return Record(
        review=fold_review(events),
        acts=len(events),
        versions={one.payer: one.version for one in stored if one.closed_at <= known_at},
        adjustments=tuple(adjustment for one in owed for adjustment in adjustments_of(one)),
    )


def record_as_of(session: Session, *, region: str, month: str, payer: str, as_of: datetime) -> Record:
    """Return what was recorded of a month by an instant; at its closing's own, to the second, what it was closed by."""
    closing = closing_of(session, region=region, month=month, payer=payer)
    if closing is None or closing.as_of.replace(microsecond=0) != as_of.replace(microsecond=0):
        return month_record(session, region=region, month=month, known_at=as_of)
    acts = review_acts(closing)
    return month_record(session, region=region, month=month, known_at=closing.closed_at, acts=acts)


def review_acts(closing: Closing) -> int | None:
    """Return how many acts of the review a version was made on, None for one that did not keep it."""
    told = json.loads(closing.body).get("review_acts")
    return None if told is None else int(told)


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
