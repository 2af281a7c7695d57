"""Drafts and closes a month from what is stored; a closed month is written once and never changes (4.5)."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from agreements.register import Agreements
from agreements.toml_text import SHIPPED
from calendars.zone import local_date
from hemgang import __version__
from hemgang.closing.acts import second_person
from hemgang.closing.errors import ClosingRefused, DetailsGone
from hemgang.closing.review import Status
from hemgang.closing.statement import check_sums
from hemgang.engine.keeping import as_kept, draft_hash
from hemgang.engine.known import Known, known_as_of
from hemgang.engine.record import month_record
from hemgang.engine.retention.guard import refuse_gone
from hemgang.engine.rules import Rules
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.findings import Code
from hemgang.liability.drafting import draft
from hemgang.liability.model import Draft, MoneyFinding, Versions
from hemgang.liability.month import Month
from hemgang.liability.population import months_needed
from hemgang.liability.rulebook import JointDecision
from hemgang.store import closings, messages, reviews
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from hemgang.store.late import last_stored
from hemgang.store.locks import alone
from hemgang.store.messages import Touching


@dataclass(frozen=True, slots=True)
class Decision:
    """Who closes, who attests it as the second person, and, where findings touch money, why it is closed over them."""

    by: str
    reason: str = ""
    attested_by: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A month that is closed: the draft it was made from; `already` when it had been closed with the same content."""

    draft: Draft
    closing: Closing
    already: bool


@dataclass(frozen=True, slots=True)
class _When:
    """When a month is closed, by what had been received, and by what had been taken in (None = everything)."""

    now: datetime
    as_of: datetime
    stored_until: datetime | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What drafts of some of a region's months rest on, read in one snapshot; the only way to a draft.

    `gone` says of which months retention took details, `never_opened` which messages nobody can place.
    """

    region: str
    known_at: datetime
    payer: str | None
    rules: Rules
    stays: tuple[Episode, ...]
    decisions: frozenset[JointDecision]
    never_opened: Mapping[Month, tuple[MoneyFinding, ...]]
    gone: Mapping[Month, DetailsGone]

    def draft(self, month: Month, *, strict: bool = False, priced: bool = True) -> Draft:
        """Compute one of the months that were read for. Without `priced` also where a care day's amount is not known.

        Raises:
            RateUnknown, StrictRefused, AgreementError: see `hemgang.liability.drafting.draft`.
            DetailsGone: retention took details of the month, or of one that it looks back to.
        """
        if month in self.gone:
            raise self.gone[month]
        drafted = draft(
            self.stays,
            region=self.region,
            month=month,
            agreements=self.rules.agreements,
            rates=self.rules.rates,
            municipalities=self.rules.municipalities,
            payers=self.rules.payers,
            decisions=self.decisions,
            now=self.known_at,
            versions=versions(),
            payer=self.payer,
            strict=strict,
            priced=priced,
        )
        return replace(drafted, findings=(*drafted.findings, *self.never_opened[month]))


def draft_month(
    database: Database,
    *,
    region: str,
    month: Month,
    rules: Rules,
    now: datetime,
    as_of: datetime | None = None,
    known: Known | None = None,
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
) -> Draft:
    """Compute the month from what was received by `as_of` (default: everything received by `now`).

    With `as_of` up to the month's closing, nothing counts that was taken in after it. `known` instead gives the
    messages that count, under the rules of `now`.

    Raises:
        RateUnknown, StrictRefused, AgreementError, DetailsGone: see `Basis.draft`.
    """
    known_at = min(as_of, now) if as_of is not None else now
    with database.reading() as session:
        if known is None and as_of is not None:
            known = known_as_of(session, region=region, month=str(month), payer=payer or "", as_of=known_at)
        basis = _basis(session, region, (month,), rules=rules, known_at=known_at, known=known, payer=payer)
    return basis.draft(month, strict=strict, priced=priced)


def basis_of(database: Database, *, region: str, months: Collection[Month], rules: Rules, now: datetime) -> Basis:
    """Read once what drafts of several months rest on, as known at `now`."""
    with database.reading() as session:
        return _basis(session, region, months, rules=rules, known_at=now)


def _basis(
    session: Session,
    region: str,
    months: Collection[Month],
    *,
    rules: Rules,
    known_at: datetime,
    known: Known | None = None,
    payer: str | None = None,
) -> Basis:
    known = known or Known(known_at)
    limits = {"received_by": known.received_by, "stored_by": known.stored_by}
    agreements = rules.agreements.as_known_on(local_date(known_at))
    before = {month: looked_back_to(agreements, region, month) for month in months}
    spans = tuple((one.starts_at, one.ends_at) for one in sorted(frozenset().union(*before.values())))
    touching = Touching(min(months).starts_at, spans)
    stored = messages.by_episode(session, **limits, region=region, touching=touching)
    return Basis(
        region=region,
        known_at=known_at,
        payer=payer,
        rules=rules,
        stays=tuple(fold(told, episode=episode, as_of=known_at) for episode, told in stored),
        decisions=reviews.decisions(session, region=region, known_at=known_at),
        never_opened={month: tuple(_never_opened(session, month, known)) for month in months},
        gone={
            month: gone
            for month in months
            if (gone := _gone(session, region, month, payer=payer, before=before[month])) is not None
        },
    )


def _gone(
    session: Session, region: str, month: Month, *, payer: str | None, before: Collection[Month]
) -> DetailsGone | None:
    try:
        refuse_gone(session, region=region, months=(month,), payer=payer, before=before)
    except DetailsGone as gone:
        return gone
    return None


def looked_back_to(agreements: Agreements, region: str, month: Month) -> frozenset[Month]:
    """Return the other months that a month's clauses look at."""
    in_force = (one for one in agreements.of_region(region) if one.in_force(month.first))
    terms = (agreements.terms_of(one.name, month.first) for one in in_force)
    return months_needed((clause for one in terms for clause in one.clauses), (month,)) - {month}


def close_month(
    database: Database,
    drafted: Draft,
    *,
    decision: Decision,
    now: datetime,
    as_of: datetime,
    stored_until: datetime | None = None,
) -> Closed:
    """Close a drafted month. Closing it again with the same content changes nothing, also when two do it at once.

    Rows in dispute are parked: they stay out of what is to be paid until they are settled. `stored_until` is when the
    last message had been taken in as the draft was made (`taken_in`); what came between draft and closing is then late.

    Raises:
        ClosingRefused: the month is not over, findings that touch money have no decision, a review is not agreed by
            both sides, or the month is already closed with other content.
        FourEyes: only one person stands behind the closing.
        NotTheSum: a statement is not the sum of its rows.
    """
    if not drafted.over:
        raise ClosingRefused(f"{drafted.month} is not over; a month is closed when it has ended")
    check_sums(drafted)
    when = _When(now, as_of, stored_until)
    stored, already = _store_once(database, drafted, decision=decision, when=when)
    return Closed(replace(drafted, status=Status.CLOSED.value), stored, already)


def deciding(drafted: Draft) -> int:
    """Return how many findings need a decision; an episode that nothing opened is nobody's, and shown only."""
    return sum(finding.code != Code.UNKNOWN_EPISODE.value for finding in drafted.findings)


def taken_in(database: Database, *, region: str) -> datetime:
    """Return when the last message of a county's episodes was taken in, by the store's clock."""
    with database.reading() as session:
        return last_stored(session, region=region)


def _never_opened(session: Session, month: Month, known: Known) -> Iterator[MoneyFinding]:
    unopened = messages.never_opened(
        session, start=month.starts_at, end=month.ends_at, received_by=known.received_by, stored_by=known.stored_by
    )
    for episode, ids in unopened.items():
        expected = "an `admitted` message opens the episode; without it nobody knows its county or payer"
        yield MoneyFinding(Code.UNKNOWN_EPISODE.value, episode, ids, expected)


def versions() -> Versions:
    """Return what results are computed with: this code, the calendar and time zone packages, the file of rates."""
    rates = hashlib.sha256((SHIPPED / "rates.toml").read_bytes()).hexdigest()[:16]
    calendar = f"holidays {version('holidays')}, tzdata {version('tzdata')}"
    return Versions(code=__version__, calendar=calendar, rates=rates)


def _store_once(database: Database, drafted: Draft, *, decision: Decision, when: _When) -> tuple[Closing, bool]:
    for _ in range(2):
        try:
            with database.writing() as session:
                alone(session, f"close {drafted.region}")
                before = _closed_before(session, drafted)
                if before is not None:
                    return _same(before, drafted), True
                closing = _closing(session, drafted, decision=decision, when=when)
                closings.add(session, closing)
                return closing, False
        except IntegrityError:
            continue
    raise ClosingRefused(f"{drafted.month} is being closed by another; look again")


def _closed_before(session: Session, drafted: Draft) -> Closing | None:
    """Return the closing of the same payers, None where the month is open.

    Raises:
        ClosingRefused: the month is closed for other payers that overlap with these.
    """
    where = {"region": drafted.region, "month": str(drafted.month)}
    versions = closings.versions_of(session, **where, payer=drafted.payer or "")
    if versions:
        return versions[0]
    others = closings.closed_for(session, **where)
    overlapping = [payer for payer in others if not payer or drafted.payer is None]
    if overlapping:
        whom = f"payer {overlapping[0]}" if overlapping[0] else "all payers"
        raise ClosingRefused(f"{drafted.month} is closed already for {whom}; nothing is closed twice")
    return None


def _closing(session: Session, drafted: Draft, *, decision: Decision, when: _When) -> Closing:
    record = month_record(session, region=drafted.region, month=str(drafted.month), known_at=when.now)
    attested_by = second_person(record.review, drafted, by=decision.by, attested_by=decision.attested_by)
    if not decision.reason and (undecided := deciding(drafted)):
        raise ClosingRefused(_undecided(undecided))
    stored_until = when.stored_until or last_stored(session, region=drafted.region)
    content, body = as_kept(drafted, record, stored_until=stored_until, versions=versions())
    return Closing(
        region=drafted.region,
        month=str(drafted.month),
        payer=drafted.payer or "",
        version=1,
        status=Status.CLOSED.value,
        hash=content,
        as_of=when.as_of,
        closed_at=when.now,
        closed_by=decision.by,
        decision=decision.reason,
        attested_by=attested_by,
        body=body,
    )


def _undecided(count: int) -> str:
    what = "1 finding touches" if count == 1 else f"{count} findings touch"
    return f"{what} money; repair by message, or close over it with a named decision: --decision TEXT --by NAME"


def _same(before: Closing, drafted: Draft) -> Closing:
    if draft_hash(before) != drafted.hash:
        raise ClosingRefused(
            f"{before.month} was closed at {before.closed_at:%Y-%m-%d} with other content (hash {before.hash[:12]}); "
            "a closed month never changes; what differs is restated: hemgang restate"
        )
    return before
