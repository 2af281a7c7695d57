"""Drafts and closes a month from what is stored; a closed month is written once and never changes (4.5)."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from sqlalchemy.exc import IntegrityError

from agreements.toml_text import SHIPPED
from hemgang import __version__
from hemgang.engine.rules import Rules
from hemgang.episode.fold import fold
from hemgang.errors import HemgangError
from hemgang.findings import Code
from hemgang.liability.drafting import draft
from hemgang.liability.model import Draft, MoneyFinding, Versions
from hemgang.liability.month import Month
from hemgang.liability.output import row_json, to_json
from hemgang.store import closings, messages
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from hemgang.store.locks import alone


class ClosingRefused(HemgangError):
    """A month that cannot be closed as asked; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who closes, and, where findings touch money, why it is closed over them."""

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A month that is closed: the draft it was made from; `already` when it had been closed with the same content."""

    draft: Draft
    closing: Closing
    already: bool


def draft_month(
    database: Database,
    *,
    region: str,
    month: Month,
    rules: Rules,
    now: datetime,
    as_of: datetime | None = None,
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
) -> Draft:
    """Compute the month from what was received by `as_of` (default: everything received by `now`).

    Raises:
        RateUnknown, StrictRefused, AgreementError: see `hemgang.liability.drafting.draft`.
    """
    known_at = min(as_of, now) if as_of is not None else now
    with database.reading() as session:
        stays = [
            fold(known, episode=episode, as_of=known_at)
            for episode, known in messages.by_episode(session, received_by=known_at, region=region)
        ]
        unopened = messages.never_opened(session, start=month.starts_at, end=month.ends_at, received_by=known_at)
    drafted = draft(
        stays,
        region=region,
        month=month,
        agreements=rules.agreements,
        rates=rules.rates,
        municipalities=rules.municipalities,
        payers=rules.payers,
        now=known_at,
        versions=versions(),
        payer=payer,
        strict=strict,
        priced=priced,
    )
    return replace(drafted, findings=(*drafted.findings, *_never_opened(unopened)))


def close_month(database: Database, drafted: Draft, *, decision: Decision, now: datetime, as_of: datetime) -> Closed:
    """Close a drafted month. Closing it again with the same content changes nothing, also when two do it at once.

    Raises:
        ClosingRefused: the month is not over, findings that touch money have no decision, or it is already closed
            with other content.
    """
    if not drafted.over:
        raise ClosingRefused(f"{drafted.month} is not over; a month is closed when it has ended")
    closed = replace(drafted, status="closed")
    closing = Closing(
        region=drafted.region,
        month=str(drafted.month),
        payer=drafted.payer or "",
        version=1,
        hash=drafted.hash,
        as_of=as_of,
        closed_at=now,
        closed_by=decision.by,
        decision=decision.reason,
        body=json.dumps(
            to_json(closed) | {"ledger": [row_json(row) for row in drafted.ledger]},
            ensure_ascii=False,
            sort_keys=True,
        ),
    )
    stored, already = _store_once(database, closing, undecided=0 if decision.reason else _deciding(drafted))
    return Closed(closed, stored, already)


def _deciding(drafted: Draft) -> int:
    """Return how many findings need a decision; an episode that nothing opened is nobody's, and shown only."""
    return sum(finding.code != Code.UNKNOWN_EPISODE.value for finding in drafted.findings)


def _never_opened(unopened: Mapping[str, tuple[str, ...]]) -> Iterator[MoneyFinding]:
    for episode, ids in unopened.items():
        expected = "an `admitted` message opens the episode; without it nobody knows its county or payer"
        yield MoneyFinding(Code.UNKNOWN_EPISODE.value, episode, ids, expected)


def versions() -> Versions:
    """Return what results are computed with: this code, the calendar and time zone packages, the file of rates."""
    rates = hashlib.sha256((SHIPPED / "rates.toml").read_bytes()).hexdigest()[:16]
    calendar = f"holidays {version('holidays')}, tzdata {version('tzdata')}"
    return Versions(code=__version__, calendar=calendar, rates=rates)


def _store_once(database: Database, closing: Closing, *, undecided: int) -> tuple[Closing, bool]:
    for _ in range(2):
        try:
            with database.writing() as session:
                alone(session, f"close {closing.region} {closing.month}")
                where = {"region": closing.region, "month": closing.month, "payer": closing.payer}
                before = closings.latest(session, **where)
                if before is not None:
                    return _same(before, closing), True
                other = closings.overlapping(session, **where)
                if other is not None:
                    whom = f"payer {other}" if other else "all payers"
                    raise ClosingRefused(f"{closing.month} is closed already for {whom}; nothing is closed twice")
                if undecided:
                    raise ClosingRefused(_undecided(undecided))
                closings.add(session, closing)
                return closing, False
        except IntegrityError:
            continue
    raise ClosingRefused(f"{closing.month} is being closed by another; look again")


def _undecided(count: int) -> str:
    what = "1 finding touches" if count == 1 else f"{count} findings touch"
    return f"{what} money; repair by message, or close over it with a named decision: --decision TEXT --by NAME"


def _same(before: Closing, closing: Closing) -> Closing:
    if before.hash != closing.hash:
        raise ClosingRefused(
            f"{closing.month} was closed at {before.closed_at:%Y-%m-%d} with other content (hash {before.hash[:12]}); "
            "a closed month never changes"
        )
    return before
