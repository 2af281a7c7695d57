"""Drafts and closes a month from what is stored; a closed month is written once and never changes (specification 4.5).

The one place where a draft is assembled: `draft_month`, or `draft_inputs` for several months read at once. What counts
is what was received by an instant and, up to a closing's own time, taken in before it. A month that has lost details is
not computed: the sum over what happens to be left would be wrong.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from agreements.payers import municipalities
from agreements.registry import Agreements
from agreements.tomlfile import SHIPPED
from calendars.timezone import local_date
from hemgang import __version__
from hemgang.closing.review import (
    Adjustment,
    Cause,
    ClosingRefused,
    DetailsGone,
    Review,
    Status,
    closing_hash,
    fold_review,
    second_person,
)
from hemgang.closing.settlement import check_sums, month_json, parked_rows
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.findings import Code
from hemgang.liability.draft import draft
from hemgang.liability.model import Draft, MoneyFinding, Month, Statement, Versions
from hemgang.liability.population_gates import months_needed
from hemgang.liability.rulebook import JointDecision
from hemgang.liability.serialize import row_json
from hemgang.services.installation import ReferenceData
from hemgang.store import closings, messages
from hemgang.store.closings import Closing
from hemgang.store.database import Database, alone
from hemgang.store.messages import NeededEpisodes, last_stored
from hemgang.store.retention import sealed_payers


@dataclass(frozen=True, slots=True)
class KnowledgeCutoff:
    """Which messages count: received by an instant and, unless None, taken in by `stored_by` on the store's clock."""

    received_by: datetime
    stored_by: datetime | None = None


def known_as_of(session: Session, *, region: str, month: str, payer: str, as_of: datetime) -> KnowledgeCutoff:
    """Return what was known of a month at an instant.

    A message that tells no `received_at` counts as received when it happened, also when it comes after the month was
    closed. Up to the closing's own time therefore nothing counts that was taken in after the closing.
    """
    closing = closing_of(session, region=region, month=month, payer=payer)
    if closing is None or as_of > closing.as_of:
        return KnowledgeCutoff(as_of)
    return KnowledgeCutoff(as_of, stored_until(closing))


def closing_of(session: Session, *, region: str, month: str, payer: str) -> Closing | None:
    """Return the closing that holds a payer's month ("" = all payers), None where it is open."""
    where = {"region": region, "month": month}
    own = closings.versions_of(session, **where, payer=payer) or closings.versions_of(session, **where, payer="")
    return own[0] if own else None


def stored_until(closing: Closing) -> datetime:
    """Return up to when messages had been stored as a version was made, by the store's clock."""
    told = json.loads(closing.body).get("stored_until")
    return closing.closed_at if told is None else datetime.fromisoformat(told)


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
class DraftInputs:
    """What drafts of some of a region's months rest on, read in one snapshot; the only way to a draft.

    `gone` says of which months retention took details, `never_opened` which messages nobody can place.
    """

    region: str
    known_at: datetime
    payer: str | None
    rules: ReferenceData
    stays: tuple[Episode, ...]
    decisions: frozenset[JointDecision]
    never_opened: Mapping[Month, tuple[MoneyFinding, ...]]
    gone: Mapping[Month, DetailsGone]

    def draft(self, month: Month, *, strict: bool = False, priced: bool = True) -> Draft:
        """Compute one of the months that were read for. Without `priced` also where a care day's amount is not known.

        Raises:
            RateUnknown, StrictRefused, AgreementError: see `hemgang.liability.draft.draft`.
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
    rules: ReferenceData,
    now: datetime,
    as_of: datetime | None = None,
    known: KnowledgeCutoff | None = None,
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
) -> Draft:
    """Compute the month from what was received by `as_of` (default: everything received by `now`).

    With `as_of` up to the month's closing, nothing counts that was taken in after it. `known` instead gives the
    messages that count, under the rules of `now`.

    Raises:
        RateUnknown, StrictRefused, AgreementError, DetailsGone: see `DraftInputs.draft`.
    """
    known_at = min(as_of, now) if as_of is not None else now
    with database.reading() as session:
        if known is None and as_of is not None:
            known = known_as_of(session, region=region, month=str(month), payer=payer or "", as_of=known_at)
        inputs = _read_inputs(session, region, (month,), rules=rules, known_at=known_at, known=known, payer=payer)
    return inputs.draft(month, strict=strict, priced=priced)


def draft_inputs(
    database: Database, *, region: str, months: Collection[Month], rules: ReferenceData, now: datetime
) -> DraftInputs:
    """Read once what drafts of several months rest on, as known at `now`."""
    with database.reading() as session:
        return _read_inputs(session, region, months, rules=rules, known_at=now)


def _read_inputs(
    session: Session,
    region: str,
    months: Collection[Month],
    *,
    rules: ReferenceData,
    known_at: datetime,
    known: KnowledgeCutoff | None = None,
    payer: str | None = None,
) -> DraftInputs:
    known = known or KnowledgeCutoff(known_at)
    limits = {"received_by": known.received_by, "stored_by": known.stored_by}
    agreements = rules.agreements.as_known_on(local_date(known_at))
    before = {month: looked_back_to(agreements, region, month) for month in months}
    spans = tuple((one.starts_at, one.ends_at) for one in sorted(frozenset().union(*before.values())))
    touching = NeededEpisodes(min(months).starts_at, spans)
    stored = messages.by_episode(session, **limits, region=region, touching=touching)
    return DraftInputs(
        region=region,
        known_at=known_at,
        payer=payer,
        rules=rules,
        stays=tuple(fold(told, episode=episode, as_of=known_at) for episode, told in stored),
        decisions=closings.decisions(session, region=region, known_at=known_at),
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


def needs_decision(finding: MoneyFinding) -> bool:
    """Tell whether a month is closed over a finding only by decision; an episode that nothing opened is nobody's."""
    return finding.code != Code.UNKNOWN_EPISODE.value


def last_taken_in(database: Database, *, region: str) -> datetime:
    """Return when the last message of a county's episodes was taken in, by the store's clock."""
    with database.reading() as session:
        return last_stored(session, region=region)


def _never_opened(session: Session, month: Month, known: KnowledgeCutoff) -> Iterator[MoneyFinding]:
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
    if not decision.reason and (undecided := sum(map(needs_decision, drafted.findings))):
        raise ClosingRefused(_undecided(undecided))
    stored_until = when.stored_until or last_stored(session, region=drafted.region)
    content, body = closing_body(drafted, record, stored_until=stored_until, versions=versions())
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
            f"{before.month} was closed at {local_date(before.closed_at)} with other content (hash "
            f"{before.hash[:12]}); a closed month never changes; what differs is restated: hemgang restate"
        )
    return before


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
    events = closings.review_events(session, region=region, month=month, until=known_at)[:acts]
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


def content_hash_of(drafted: Draft, record: Record) -> str:
    """Return the content hash that the month would be closed with: over the draft, what is parked and adjusted."""
    owed = tuple(one for one in record.adjustments if drafted.payer in (None, one.payer))
    parked = [row for row, _ in parked_rows(drafted.ledger, record.review)]
    return closing_hash(drafted, parked, owed)


def closing_body(drafted: Draft, record: Record, *, stored_until: datetime, versions: Versions) -> tuple[str, str]:
    """Return the content hash of a month that is closed now, and the JSON that is kept of it."""
    owed = tuple(one for one in record.adjustments if drafted.payer in (None, one.payer))
    whole = with_owing_payers(drafted, owed)
    content = content_hash_of(drafted, record)
    document = month_json(whole, record.review, owed, status=Status.CLOSED, content=content)
    kept = {
        "draft_hash": drafted.hash,
        "stored_until": stored_until.isoformat(),
        "review_acts": record.acts,
        "ledger": [row_json(row) for row in drafted.ledger],
        "versions": {"code": versions.code, "calendar": versions.calendar, "rates": versions.rates},
    }
    return content, json.dumps(document | kept, ensure_ascii=False, sort_keys=True)


def draft_hash(closing: Closing) -> str:
    """Return the content hash of the draft that a month was closed from, before rows were parked or adjusted."""
    return str(json.loads(closing.body).get("draft_hash", closing.hash))


def refuse_gone(
    session: Session,
    *,
    region: str,
    months: Collection[Month],
    payer: str | None = None,
    before: Collection[Month] = (),
) -> None:
    """Refuse if details of one of the months are gone, for a payer (None = anybody), or for anybody in one `before`.

    Call it after the messages were read: what goes meanwhile is then seen.

    Raises:
        DetailsGone: names the month, and where what was closed can be read.
    """
    found = sealed_payers(session, region=region, months=sorted({str(month) for month in (*months, *before)}))
    own = {str(month) for month in months}
    for month, payers in sorted(found.items()):
        # By municipality: a district board may have been followed by another since.
        cities = {one.partition("/")[0] for one in payers}
        if payer is None or payer.partition("/")[0] in cities or month not in own:
            raise DetailsGone(
                f"details of {month} in county {region} are gone by the retention rules, so it cannot be computed any "
                f"more; what was closed stands: hemgang closings show {region} {month}"
            )
