"""Whether a closed month can lose its details: closed for the payer, undisputed, and nothing still to be restated."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlmodel import Session

from agreements.errors import AgreementError
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.closing.events import Event
from hemgang.closing.review import fold_review
from hemgang.closing.words import Act
from hemgang.engine.known import stored_until
from hemgang.engine.record import review_acts
from hemgang.engine.restating import restated
from hemgang.engine.rules import Rules
from hemgang.liability.month import FIRST_DATE, Month
from hemgang.liability.population import months_needed
from hemgang.retention.deciding import PayerMonth, Why
from hemgang.store import closings, retention_reading, reviews
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from hemgang.store.late import later_messages
from hemgang.store.retention_reading import ClosingHead

STANDS = frozenset({Act.UPHELD, Act.WITHDRAWN})
"""Settlements after which the charge stands, and the next restatement charges it."""


class MonthsKept:
    """Says of payers' months why they must keep their details; each is looked up once."""

    def __init__(self, database: Database, session: Session, rules: Rules, *, now: datetime) -> None:
        """Look through one reading session; `restated` needs the database beside it."""
        self._database, self._session, self._rules, self._now = database, session, rules, now
        self._agreements = rules.agreements.as_known_on(local_date(now))
        self._months: dict[PayerMonth, Why | None] = {}
        self._closings: dict[tuple[str, str, str], Why | None] = {}
        self._latest: dict[str, Mapping[tuple[str, str], ClosingHead]] = {}
        self._needing: dict[tuple[str, Month], tuple[Month, ...]] = {}

    def why(self, of: PayerMonth) -> Why | None:
        """Return why a payer's month must keep its details, None if it need not."""
        if of not in self._months:
            self._months[of] = self._why(of)
        return self._months[of]

    def _why(self, of: PayerMonth) -> Why | None:
        head = self._closing(of.region, of.month, of.payer)
        if head is None:
            return Why.MONTH_OPEN
        key = (head.region, head.month, head.payer)
        if key not in self._closings:
            closing = closings.latest(self._session, region=head.region, month=head.month, payer=head.payer)
            self._closings[key] = Why.MONTH_OPEN if closing is None else self._of_closing(closing)
        if (why := self._closings[key]) is not None:
            return why
        looking_back = self._looking_back(of.region, of.month)
        open_ones = (month for month in looking_back if self._closing(of.region, month, of.payer) is None)
        return Why.LOOKED_BACK_TO if next(open_ones, None) is not None else None

    def _closing(self, region: str, month: Month, payer: str) -> ClosingHead | None:
        """Return the latest version of the closing that holds a payer's month."""
        if region not in self._latest:
            stored = retention_reading.closing_heads(self._session, region)
            self._latest[region] = {(one.month, one.payer): one for one in stored}
        of = self._latest[region]
        return of.get((str(month), payer)) or of.get((str(month), ""))

    def _of_closing(self, closing: Closing) -> Why | None:
        events = reviews.review_events(self._session, region=closing.region, month=closing.month)
        disputes = [one for one in fold_review(events).disputes if closing.payer in ("", one.subject.payer)]
        if any(one.settled is None for one in disputes):
            return Why.DISPUTED
        if not (self._settled_since(closing, events) or self._touched(closing)):
            return None
        return Why.RESTATEMENT_DUE if self._differs(closing) else None

    def _settled_since(self, closing: Closing, events: list[Event]) -> bool:
        acts = review_acts(closing)
        later = events[acts:] if acts is not None else [one for one in events if one.at > closing.closed_at]
        return any(one.act in STANDS for one in later)

    def _touched(self, closing: Closing) -> bool:
        """Whether messages that the closing could not know belong to episodes that began before its month was over."""
        ends_at = Month.parse(closing.month).ends_at
        later = later_messages(
            self._session,
            region=closing.region,
            received_after=closing.as_of,
            stored_after=stored_until(closing),
            until=self._now,
            before=ends_at,
        )
        began = retention_reading.first_messages(self._session, later.keys())
        return any(at < ends_at for at in began.values())

    def _differs(self, closing: Closing) -> bool:
        """Whether the month would come out otherwise now; what cannot be computed may."""
        month = Month.parse(closing.month)
        try:
            found = restated(self._database, region=closing.region, month=month, rules=self._rules, now=self._now)
        except AgreementError:
            return True
        return any(one.found for one in found if one.payer == closing.payer)

    def _looking_back(self, region: str, month: Month) -> tuple[Month, ...]:
        """Return the months, up to the present one, whose clauses look at an earlier month."""
        if (region, month) not in self._needing:
            found: dict[Month, list[Month]] = {}
            for later in _months(self._now):
                for needed in _needed(self._agreements, region, later):
                    found.setdefault(needed, []).append(later)
            for needed in {month, *found}:
                self._needing[region, needed] = tuple(found.get(needed, ()))
        return self._needing[region, month]


def _needed(agreements: Agreements, region: str, month: Month) -> frozenset[Month]:
    in_force = (one for one in agreements.of_region(region) if one.in_force(month.first))
    terms = (agreements.terms_of(one.name, month.first) for one in in_force)
    return months_needed((clause for one in terms for clause in one.clauses), (month,)) - {month}


def _months(now: datetime) -> Iterator[Month]:
    month, last = Month.of(FIRST_DATE), Month.of(max(FIRST_DATE, local_date(now)))
    while month <= last:
        yield month
        month = month.following()
