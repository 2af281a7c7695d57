"""Drafts a month, and closes it if asked to."""

from dataclasses import dataclass
from datetime import datetime

from hemgang.cli.options import Place
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.progress import told
from hemgang.cli.views.deciding import Closers
from hemgang.cli.views.moments import now_or, read_time, written
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_code, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside, within
from hemgang.cli.views.statement_text import ShownMonth, statement_text
from hemgang.closing.contents import statement_hashes
from hemgang.closing.review import Status
from hemgang.closing.statement import month_json
from hemgang.engine.closing import Decision, close_month, draft_month, taken_in
from hemgang.engine.installation import Installation
from hemgang.engine.keeping import content_of, draft_hash
from hemgang.engine.record import record_as_of, with_owing_payers
from hemgang.engine.touched import later_episodes
from hemgang.liability.errors import StrictRefused
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.scope import Scope
from hemgang.store import closings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drafted, as the user wrote it."""

    region: str
    month: str
    payer: str | None
    as_of: str | None
    strict: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    region: str
    month: Month
    payer: str | None
    strict: bool
    now: datetime
    as_of: datetime | None

    @property
    def known_at(self) -> datetime:
        return self.now if self.as_of is None else min(self.as_of, self.now)


def close_or_draft(
    place: Place, scope: Scope, wanted: Wanted, closers: Closers, *, form: Format, now: str | None
) -> bool:
    """Draft a month, or close it, and show what is in the scope; return False where --strict refused it.

    Raises:
        WrongUse: region, month, payer or a time is wrong, or outside the scope, or --commit comes without --by.
        RateUnknown: the amount a care day is not known for the month, or for a charged day.
        ClosingRefused: the month cannot be closed as asked.
    """
    asked = _understood(wanted, now_or(now))
    refuse_outside(scope, region=asked.region, payer=asked.payer, commit=closers.commit)
    deciding = closers.decided()
    reading = reader(f"{asked.region} {asked.month}")
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="close")
        try:
            mark = taken_in(installation.database, region=asked.region)
            drafted = _draft(installation, asked)
        except StrictRefused as refused:
            note(str(refused))
            return False
        if deciding is not None:
            drafted = _close(installation, asked, drafted, deciding, stored_until=mark)
        else:
            _remark_on_earlier(installation, asked, drafted)
        shown = _shown(installation, scope, asked, drafted, closed=deciding is not None)
    _remark_on_payer(drafted)
    if form is Format.JSON:
        print_json(month_json(shown.draft, shown.review, shown.adjustments, status=shown.status, content=shown.content))
    else:
        print_lines(statement_text(shown))
    return True


def _shown(installation: Installation, scope: Scope, asked: _Asked, drafted: Draft, *, closed: bool) -> ShownMonth:
    """Return the month with its record: what is disputed, what earlier months owe it, where it stands.

    A closed one with the record of its closing, whatever was settled since.
    """
    with installation.database.reading() as session:
        where = {"region": asked.region, "month": str(asked.month)}
        before = closings.versions_of(session, **where, payer=asked.payer or "") if closed else []
        recorded_by = before[0].as_of if before else asked.known_at
        record = record_as_of(session, **where, payer=asked.payer or "", as_of=recorded_by)
    owed = tuple(one for one in record.adjustments if asked.payer in (None, one.payer))
    whole = with_owing_payers(drafted, owed)
    status = Status.CLOSED if closed else record.review.status(statement_hashes(drafted))
    content = before[0].hash if before else content_of(drafted, record)
    seen = within(scope, whole, installation.database, known_at=asked.known_at)
    return ShownMonth(seen, record.review, owed, status, content)


def _understood(wanted: Wanted, now: datetime) -> _Asked:
    as_of = read_time(wanted.as_of, "--as-of") if wanted.as_of is not None else None
    return _Asked(
        region=region_code(wanted.region),
        month=Month.parse(wanted.month),
        payer=payer_code(wanted.payer) if wanted.payer is not None else None,
        strict=wanted.strict,
        now=now,
        as_of=as_of,
    )


def _draft(installation: Installation, asked: _Asked) -> Draft:
    told(f"{asked.month} …")
    try:
        return draft_month(
            installation.database,
            region=asked.region,
            month=asked.month,
            rules=installation.rules,
            now=asked.now,
            as_of=asked.as_of,
            payer=asked.payer,
            strict=asked.strict,
        )
    finally:
        told("")


def _close(
    installation: Installation, asked: _Asked, drafted: Draft, decision: Decision, *, stored_until: datetime
) -> Draft:
    closed = close_month(
        installation.database,
        drafted,
        decision=decision,
        now=asked.now,
        as_of=asked.known_at,
        stored_until=stored_until,
    )
    if closed.already:
        before = closed.closing
        note(f"{asked.month} was closed with the same content {written(before.closed_at)} by {before.closed_by}")
    return closed.draft


def _remark_on_earlier(installation: Installation, asked: _Asked, drafted: Draft) -> None:
    with installation.database.reading() as session:
        versions = closings.versions_of(session, region=asked.region, month=str(asked.month), payer=asked.payer or "")
        late = later_episodes(session, versions[-1], now=asked.known_at) if versions else 0
    if versions:
        content = "the same" if draft_hash(versions[0]) == drafted.hash else "other"
        before = versions[0]
        note(f"{asked.month} was closed {written(before.closed_at)} by {before.closed_by} with {content} content")
    if late:
        what = "1 episode has messages" if late == 1 else f"{late} episodes have messages"
        note(f"{what} that came in after the closing; see hemgang restate {asked.region} {asked.month}")


def _remark_on_payer(drafted: Draft) -> None:
    if drafted.payer is not None and not drafted.statements:
        note(f"payer {drafted.payer} has no episode in county {drafted.region} in {drafted.month}")
    if not drafted.over:
        note(f"{drafted.month} is not over: this is a forecast")
