"""Months as a reader may see them: drafts, reviews, closings, what would be restated, and why a payer pays by its mean.

A month is computed over everything, and what is outside the scope is left out of the result. Each function refuses what
the scope shows nothing of, and enters the reading in the access log before it reads. Whoever closes a month or acts on
it gives the act as a function: it is given the whole draft, and the result is what the reader may see of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from hemgang.closing.review import Adjustment, Review, Status, statement_hashes
from hemgang.closing.settlement import check_sums
from hemgang.errors import HemgangError
from hemgang.i18n.language import Language
from hemgang.liability.explain import Explanation, explain_payer
from hemgang.liability.model import Draft, Month
from hemgang.queries.access import log_reading, refuse_outside
from hemgang.queries.episodes import visible_episodes
from hemgang.scope import Scope
from hemgang.services.closing import (
    content_hash_of,
    draft_hash,
    draft_month,
    last_taken_in,
    month_record,
    record_as_of,
    with_owing_payers,
)
from hemgang.services.installation import Installation
from hemgang.services.restatement import Restatement, restatements_of
from hemgang.services.review import LateMessages, closed_months_touched, later_episodes, open_disputes
from hemgang.store import closings
from hemgang.store.access_log import Reader
from hemgang.store.closings import Closing
from hemgang.store.database import Database


class NotClosed(HemgangError):
    """A month is not closed, or has no such version."""


@dataclass(frozen=True, slots=True)
class MonthRequest:
    """Which month is to be drafted, for whom (None = all payers), at which instant, from what was received by when."""

    region: str
    month: Month
    payer: str | None
    now: datetime
    as_of: datetime | None = None
    strict: bool = False

    @property
    def known_at(self) -> datetime:
        """The instant up to which what was received counts."""
        return self.now if self.as_of is None else min(self.as_of, self.now)


@dataclass(frozen=True, slots=True)
class EarlierClosing:
    """What a month that is drafted was closed as before, whether with the same content, and what came in since."""

    closing: Closing
    same: bool
    later_episodes: int


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month as shown: its draft, review, what earlier months owe it, its status and content hash.

    `no_episode`: none of the payer that was asked for, or of the region, belongs to the month. `earlier`: it was closed
    before.
    """

    draft: Draft
    review: Review
    adjustments: tuple[Adjustment, ...]
    status: Status
    content: str
    no_episode: bool
    earlier: EarlierClosing | None = None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Where a month's review stands: the draft, the review, the month's status, each statement's hash by payer.

    `draft`, without its findings, and the disputes are those in the scope; the agreements are every payer's.
    `no_episode`: none of the payer that was asked for, or of the region, belongs to the month.
    """

    draft: Draft
    review: Review
    status: Status
    contents: dict[str, str]
    lacking: frozenset[tuple[str, str]]
    no_episode: bool


@dataclass(frozen=True, slots=True)
class ClosingEntry:
    """One version of a closed month, and how many disputes over it are open."""

    closing: Closing
    open_disputes: int


def view_month(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    request: MonthRequest,
    *,
    close: Callable[[Draft, datetime], Draft] | None = None,
) -> MonthView:
    """Return a month drafted anew, or closed by `close`: it is given the draft and when its last message was taken in.

    A closed month is shown with the record of its closing, whatever was settled since.

    Raises:
        OutsideScope: the month, or with `close` a part of it, is outside the scope.
        RateUnknown, StrictRefused, DetailsGone: see `hemgang.services.closing.draft_month`.
        ClosingRefused: `close` refused it.
    """
    refuse_outside(scope, region=request.region, payer=request.payer, whole=close is not None)
    database = installation.database
    log_reading(database, reader, action="close")
    stored_until = last_taken_in(database, region=request.region)
    drafted = draft_month(
        database,
        region=request.region,
        month=request.month,
        rules=installation.rules,
        now=request.now,
        as_of=request.as_of,
        payer=request.payer,
        strict=request.strict,
    )
    if close is not None:
        drafted = close(drafted, stored_until)
    with database.reading() as session:
        view = _month_view(session, request, drafted, closed=close is not None)
    return replace(view, draft=_within(scope, view.draft, database, known_at=request.known_at))


def view_review(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    request: MonthRequest,
    *,
    act: Callable[[Draft], object] | None = None,
) -> ReviewView:
    """Return where a month's review stands, after `act` was recorded on the draft, if there is one.

    Raises:
        OutsideScope: the month, or with `act` a part of it, is outside the scope.
        ClosingRefused, FourEyes: `act` refused it.
    """
    refuse_outside(scope, region=request.region, payer=request.payer, whole=act is not None)
    database = installation.database
    log_reading(database, reader, action="review")
    drafted = draft_month(
        database, region=request.region, month=request.month, rules=installation.rules, now=request.now
    )
    check_sums(drafted)
    if act is not None:
        act(drafted)
    with database.reading() as session:
        record = month_record(session, region=request.region, month=str(request.month), known_at=request.now)
    contents = statement_hashes(drafted)
    lacking = frozenset(record.review.lacking(contents))
    statements = tuple(
        one
        for one in drafted.statements
        if request.payer in (None, one.payer) and scope.shows(drafted.region, (one.payer,))
    )
    visible = {one.payer for one in statements}
    disputes = tuple(one for one in record.review.disputes if one.subject.payer in visible)
    return ReviewView(
        draft=replace(
            drafted,
            statements=statements,
            ledger=tuple(row for row in drafted.ledger if row.payer in visible),
            review=tuple(item for item in drafted.review if item.payer in visible),
            findings=(),
        ),
        review=replace(record.review, disputes=disputes),
        status=record.status(contents),
        contents=contents,
        lacking=lacking,
        no_episode=request.payer not in contents if request.payer is not None else not contents,
    )


def explain_payer_month(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    request: MonthRequest,
    *,
    language: Language,
) -> Sequence[Explanation] | None:
    """Return why a payer pays for a month by its mean or share, or does not; None without an episode.

    Nothing where no clause asks anything of the month.

    Raises:
        OutsideScope: the payer is outside the scope.
    """
    refuse_outside(scope, region=request.region, payer=request.payer)
    log_reading(installation.database, reader, action="explain")
    rules = installation.rules
    drafted = draft_month(
        installation.database,
        region=request.region,
        month=request.month,
        rules=rules,
        now=request.now,
        payer=request.payer,
        priced=False,
    )
    if not drafted.statements:
        return None
    return explain_payer(
        drafted,
        agreements=rules.agreements,
        rates=rules.rates,
        municipalities=rules.municipalities,
        payers=rules.payers,
        now=request.now,
        language=language,
    )


def list_closings(
    installation: Installation, scope: Scope, *, region: str | None, now: datetime
) -> tuple[tuple[ClosingEntry, ...], tuple[LateMessages, ...]]:
    """Return every version of every closed month in the scope, and which months later messages touch.

    Sums of a month name no episode, so this reading is not in the access log.
    """
    with installation.database.reading() as session:
        visible = [
            one
            for one in closings.of_region(session, region)
            if scope.shows(one.region, (one.payer,) if one.payer else ())
        ]
        entries = tuple(ClosingEntry(one, open_disputes(session, one)) for one in visible)
        return entries, closed_months_touched(session, visible, now=now)


def view_closing(
    installation: Installation, reader: Reader, scope: Scope, *, region: str, month: Month, payer: str, version: int
) -> Closing:
    """Return what was stored of a closed month; `payer` "" = the closing of all payers, `version` 1 = the closing.

    Raises:
        OutsideScope: not all of it is in the scope.
        NotClosed: there is none, or no such version.
    """
    refuse_outside(scope, region=region, payer=payer or None, whole=True)
    log_reading(installation.database, reader, action="closings")
    with installation.database.reading() as session:
        versions = closings.versions_of(session, region=region, month=str(month), payer=payer)
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        whom = f" for payer {payer}" if payer else " for all payers"
        raise NotClosed(f"{month} of county {region} is not closed{whom} in version {version}")
    return found


def view_restatement(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    *,
    region: str,
    month: Month | None,
    now: datetime,
    commit: Callable[[Sequence[Restatement]], object] | None = None,
) -> tuple[Restatement, ...]:
    """Return what differs from what was closed (None = in every closed month), after `commit` charged it, if given.

    Raises:
        OutsideScope: the county, or with `commit` a part of it, is outside the scope.
        ClosingRefused, FourEyes: the month is not closed, or `commit` refused it.
    """
    refuse_outside(scope, region=region, payer=None, whole=commit is not None)
    log_reading(installation.database, reader, action="restate")
    found = restatements_of(installation.database, region=region, month=month, rules=installation.rules, now=now)
    if commit is not None:
        commit(found)
    return tuple(
        replace(one, found=tuple(each for each in one.found if scope.shows(region, (each.payer,)))) for one in found
    )


def _month_view(session: Session, request: MonthRequest, drafted: Draft, *, closed: bool) -> MonthView:
    """Return the whole month with its record: what is disputed, what earlier months owe it, where it stands."""
    region, month, payer = request.region, str(request.month), request.payer or ""
    versions = closings.versions_of(session, region=region, month=month, payer=payer)
    closing = versions[0] if closed and versions else None
    record = record_as_of(
        session, region=region, month=month, payer=payer, as_of=closing.as_of if closing else request.known_at
    )
    owed = tuple(one for one in record.adjustments if request.payer in (None, one.payer))
    earlier = None
    if versions and not closed:
        later = later_episodes(session, versions[-1], now=request.known_at)
        earlier = EarlierClosing(versions[0], draft_hash(versions[0]) == drafted.hash, later)
    return MonthView(
        draft=with_owing_payers(drafted, owed),
        review=record.review,
        adjustments=owed,
        status=Status.CLOSED if closed else record.review.status(statement_hashes(drafted)),
        content=closing.hash if closing else content_hash_of(drafted, record),
        no_episode=not drafted.statements and (drafted.payer is not None or not drafted.findings),
        earlier=earlier,
    )


def _within(scope: Scope, drafted: Draft, database: Database, *, known_at: datetime) -> Draft:
    """Return what a scope shows of a month that was computed over everything; its hash stays that of the whole.

    A finding is shown where its episode is.
    """
    if scope.everything:
        return drafted
    findings = drafted.findings
    if findings:
        episodes = visible_episodes(database, scope, known_at=known_at, region=drafted.region)
        visible = {episode.id for episode in episodes}
        findings = tuple(finding for finding in findings if finding.episode in visible)
    if scope.shows(drafted.region, ()):
        return replace(drafted, findings=findings)
    return replace(
        drafted,
        statements=tuple(one for one in drafted.statements if one.payer in scope.payers),
        ledger=tuple(row for row in drafted.ledger if row.payer in scope.payers),
        review=tuple(item for item in drafted.review if item.payer in scope.payers),
        findings=findings,
    )
