"""Drafts a month, and closes it if asked to."""

from dataclasses import dataclass
from datetime import datetime

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.progress import told
from hemgang.cli.views.choices import kept_text
from hemgang.cli.views.moments import now_or, read_time, written
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_code, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside, within
from hemgang.cli.views.statement_text import statement_text
from hemgang.engine.closing import Decision, close_month, draft_month
from hemgang.engine.installation import Installation
from hemgang.liability.errors import StrictRefused
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.liability.output import to_json
from hemgang.scope import Scope
from hemgang.store import closings

_LONGEST_NAME, _LONGEST_DECISION = 128, 10_000


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
    known_at: datetime


def close_or_draft(
    place: Place,
    scope: Scope,
    wanted: Wanted,
    *,
    commit: bool,
    by: str | None,
    decision: str | None,
    form: Format,
    now: str | None,
) -> bool:
    """Draft a month, with `commit` close it, and show what is in the scope; return False where --strict refused it.

    Raises:
        WrongUse: region, month, payer or a time is wrong, or outside the scope, or --commit comes without --by.
        RateUnknown: the amount a care day is not known for the month, or for a charged day.
        ClosingRefused: the month cannot be closed as asked.
    """
    asked = _understood(wanted, now_or(now))
    refuse_outside(scope, region=asked.region, payer=asked.payer, commit=commit)
    deciding = _decision(commit=commit, by=by, decision=decision)
    reading = reader(f"{asked.region} {asked.month}")
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="close")
        try:
            drafted = _draft(installation, asked)
        except StrictRefused as refused:
            note(str(refused))
            return False
        if deciding is not None:
            drafted = _close(installation, asked, drafted, deciding)
        else:
            _remark_on_earlier(installation, asked, drafted)
        drafted = within(scope, drafted, installation.database, known_at=asked.known_at)
    _remark_on_payer(drafted)
    if form is Format.JSON:
        print_json(to_json(drafted))
    else:
        print_lines(statement_text(drafted))
    return True


def _understood(wanted: Wanted, now: datetime) -> _Asked:
    as_of = read_time(wanted.as_of, "--as-of") if wanted.as_of is not None else now
    return _Asked(
        region=region_code(wanted.region),
        month=Month.parse(wanted.month),
        payer=payer_code(wanted.payer) if wanted.payer is not None else None,
        strict=wanted.strict,
        now=now,
        known_at=min(as_of, now),
    )


def _decision(*, commit: bool, by: str | None, decision: str | None) -> Decision | None:
    if not commit:
        if by is not None or decision is not None:
            raise WrongUse("--by and --decision belong to --commit")
        return None
    if by is None:
        raise WrongUse("--commit needs --by NAME: who closes the month")
    reason = kept_text(decision, "--decision", longest=_LONGEST_DECISION) if decision is not None else ""
    return Decision(kept_text(by, "--by", longest=_LONGEST_NAME), reason)


def _draft(installation: Installation, asked: _Asked) -> Draft:
    told(f"{asked.month} …")
    try:
        return draft_month(
            installation.database,
            region=asked.region,
            month=asked.month,
            rules=installation.rules,
            now=asked.now,
            as_of=asked.known_at,
            payer=asked.payer,
            strict=asked.strict,
        )
    finally:
        told("")


def _close(installation: Installation, asked: _Asked, drafted: Draft, decision: Decision) -> Draft:
    closed = close_month(installation.database, drafted, decision=decision, now=asked.now, as_of=asked.known_at)
    if closed.already:
        before = closed.closing
        note(f"{asked.month} was closed with the same content {written(before.closed_at)} by {before.closed_by}")
    return closed.draft


def _remark_on_earlier(installation: Installation, asked: _Asked, drafted: Draft) -> None:
    with installation.database.reading() as session:
        before = closings.latest(session, region=asked.region, month=str(asked.month), payer=asked.payer or "")
    if before is not None:
        content = "the same" if before.hash == drafted.hash else "other"
        note(f"{asked.month} was closed {written(before.closed_at)} by {before.closed_by} with {content} content")


def _remark_on_payer(drafted: Draft) -> None:
    if drafted.payer is not None and not drafted.statements:
        note(f"payer {drafted.payer} has no episode in county {drafted.region} in {drafted.month}")
    if not drafted.over:
        note(f"{drafted.month} is not over: this is a forecast")
