"""Closed months whose rows may go: their time is out, and no episode of theirs is stored any more."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlmodel import Session

from calendars.zone import local_date
from hemgang.retention.deciding import Why
from hemgang.retention.rules import Kind, RetentionRules, Rule
from hemgang.retention.stripping import is_stripped
from hemgang.store import closings, reviews
from hemgang.store.closings import Closing
from hemgang.store.retention import named_in_review
from hemgang.store.retention_reading import closing_heads, still_stored


@dataclass(frozen=True, slots=True)
class OldClosing:
    """A closing with all its restatements whose rows may go, by which rule; `day` is that of its last act."""

    rule: Rule
    day: date
    versions: tuple[Closing, ...]

    @property
    def name(self) -> tuple[str, str, str]:
        """Region, month and payer."""
        first = self.versions[0]
        return first.region, first.month, first.payer


def old_closings(
    session: Session, rules: RetentionRules, today: date, kept: Counter[tuple[str, Kind, Why]]
) -> Iterator[OldClosing]:
    """Yield the closings whose rows may go, by region, month and payer; count in `kept` those that are old only."""
    for region in sorted(rules.regions(Kind.CLOSINGS)):
        own = rules.longest(Kind.CLOSINGS, regions=(region,), today=today)
        heads = closing_heads(session, region)
        for (month, payer), group in groupby(heads, key=lambda one: (one.month, one.payer)):
            if own is None or local_date(max(one.closed_at for one in group)) >= own.floor(today):
                continue
            versions = closings.versions_of(session, region=region, month=month, payer=payer)
            found = _old(session, rules, today, tuple(versions))
            if found is None:
                continue
            if still_stored(session, episodes_of(session, found.versions)):
                kept[region, Kind.CLOSINGS, Why.DETAILS_REMAIN] += 1
            else:
                yield found


def episodes_of(session: Session, versions: tuple[Closing, ...]) -> frozenset[str]:
    """Return every episode that a closing, its restatements and its review name."""
    named = {row["episode"] for version in versions for row in _rows(json.loads(version.body)) if row.get("episode")}
    return frozenset(named) | named_in_review(session, versions[0])


def _old(session: Session, rules: RetentionRules, today: date, versions: tuple[Closing, ...]) -> OldClosing | None:
    first = versions[0]
    bodies = [json.loads(version.body) for version in versions]
    if all(is_stripped(body) for body in bodies):
        return None
    events = reviews.review_events(session, region=first.region, month=first.month)
    day = max(local_date(at) for at in (*(one.closed_at for one in versions), *(one.at for one in events)))
    payers = {first.payer} if first.payer else {str(payer["payer"]) for payer in bodies[0].get("payers", ())}
    rule = rules.longest(Kind.CLOSINGS, regions=(first.region,), payers=payers, today=today)
    return OldClosing(rule, day, versions) if rule is not None and day < rule.floor(today) else None


def _rows(body: dict[str, list[dict[str, str]]]) -> Iterator[dict[str, str]]:
    for name in ("ledger", "review", "findings", "differences"):
        yield from body.get(name, ())
