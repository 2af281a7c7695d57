"""A month's review on a screen: its acts recorded, and where every payer and dispute stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agreements.model import DisputeStep
from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Where
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import fields, paragraph, table
from hemgang.cli.views.deciding import named
from hemgang.cli.views.deciding import reason as kept_reason
from hemgang.cli.views.moments import now_or, read_date
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_code, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.closing.acts import ladder
from hemgang.closing.contents import statement_hashes
from hemgang.closing.events import Event
from hemgang.closing.review import Dispute, Review
from hemgang.closing.statement import check_sums
from hemgang.closing.words import SETTLING, Act, Side
from hemgang.engine.closing import draft_month
from hemgang.engine.installation import Installation
from hemgang.engine.record import Record, month_record
from hemgang.engine.reviewing import record_act
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.scope import Scope

MATTERS = ("local", "principle")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which month and rows are meant, as the user wrote it."""

    region: str
    month: str
    payer: str | None = None
    episode: str | None = None
    date: str | None = None
    reason: str = ""
    matter: str = "local"
    other: str | None = None


def act(where: Where, wanted: Wanted, what: Act, *, by: str, side: Side, form: Format, now: str | None) -> None:
    """Record an act on a month, and show where the month stands then.

    Raises:
        WrongUse: a region, payer, date or word is wrong, or outside the scope.
        ClosingRefused, FourEyes: the month cannot take it.
    """
    at = now_or(now)
    region, month = region_code(wanted.region), Month.parse(wanted.month)
    event = _event(wanted, what, by=by, side=side, at=at)
    refuse_outside(where.scope, region=region, payer=event.payer or None, commit=True)
    with installation_at(where.place) as installation:
        log_reading(installation.database, reader(f"{region} {month}"), action="review")
        drafted = _draft(installation, region, month, at)
        record_act(installation.database, drafted, event)
        record = _record(installation, region, month, at)
    _show(drafted, record, wanted, where.scope, form)


def show_review(where: Where, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Show where a month stands.

    Raises:
        WrongUse: a region or payer is wrong, or outside the scope.
    """
    at = now_or(now)
    region, month = region_code(wanted.region), Month.parse(wanted.month)
    payer = payer_code(wanted.payer) if wanted.payer else None
    refuse_outside(where.scope, region=region, payer=payer, commit=False)
    with installation_at(where.place) as installation:
        log_reading(installation.database, reader(f"{region} {month}"), action="review")
        drafted = _draft(installation, region, month, at)
        record = _record(installation, region, month, at)
    _show(drafted, record, wanted, where.scope, form)


def _event(wanted: Wanted, what: Act, *, by: str, side: Side, at: datetime) -> Event:
    if wanted.matter not in MATTERS:
        raise WrongUse(f"--matter is one of {', '.join(MATTERS)}")
    if what not in {Act.OPENED, Act.AGREED, Act.DISPUTED, Act.ESCALATED} | SETTLING:
        raise WrongUse(f"--how is one of {', '.join(sorted(SETTLING))}")
    return Event(
        act=what,
        at=at,
        by=named(by, "--by"),
        side=side,
        payer=payer_code(wanted.payer) if wanted.payer else "",
        episode=wanted.episode or "",
        day=read_date(wanted.date, "--date") if wanted.date else None,
        reason=kept_reason(wanted.reason, "--reason") if wanted.reason else "",
        matter=wanted.matter,
        other=named(wanted.other, "--with") if wanted.other is not None else "",
    )


def _draft(installation: Installation, region: str, month: Month, at: datetime) -> Draft:
    drafted = draft_month(installation.database, region=region, month=month, rules=installation.rules, now=at)
    check_sums(drafted)
    return drafted


def _record(installation: Installation, region: str, month: Month, at: datetime) -> Record:
    with installation.database.reading() as session:
        return month_record(session, region=region, month=str(month), known_at=at)


def _show(drafted: Draft, record: Record, wanted: Wanted, scope: Scope, form: Format) -> None:
    payer = payer_code(wanted.payer) if wanted.payer else None
    document = _document(drafted, record, scope, payer)
    if form is Format.JSON:
        print_json(document)
    else:
        print_lines(_text(document))


def _document(drafted: Draft, record: Record, scope: Scope, payer: str | None) -> dict[str, Any]:
    review = record.review
    contents = statement_hashes(drafted)
    lacking = set(review.lacking(contents))
    shown = [
        one
        for one in drafted.statements
        if payer in (None, one.payer) and (scope.shows(drafted.region, ()) or one.payer in scope.payers)
    ]
    seen = {one.payer for one in shown}
    return {
        "region": drafted.region,
        "month": str(drafted.month),
        "status": record.status(contents).value,
        "opened_by": review.opened_by,
        "payers": [
            {
                "payer": one.payer,
                "name": one.name,
                "amount": f"{one.amount:.2f}",
                "content": contents[one.payer],
                **{side.value: _agreement(review, one.payer, side, lacking) for side in Side},
            }
            for one in shown
        ],
        "disputes": [_dispute(one, drafted) for one in review.disputes if one.subject.payer in seen],
    }


def _agreement(review: Review, payer: str, side: Side, lacking: set[tuple[str, Side]]) -> dict[str, Any] | None:
    agreed = review.agreed.get((payer, side))
    return None if agreed is None else {"by": agreed.by, "holds": (payer, side) not in lacking}


def _dispute(one: Dispute, drafted: Draft) -> dict[str, Any]:
    steps = ladder(drafted.agreement.disputes, one.matter)
    rows = [row for row in drafted.ledger if row.amount and one.subject.holds(row)]
    return {
        "payer": one.subject.payer,
        "episode": one.subject.episode or None,
        "date": None if one.subject.day is None else one.subject.day.isoformat(),
        "side": one.side.value,
        "by": one.by,
        "reason": one.reason,
        "matter": one.matter,
        "step": one.step,
        "who": _who(steps, one.step),
        "settled": None if one.settled is None else one.settled.value,
        "settled_by": list(one.settled_by),
        "amount": f"{sum(row.amount for row in rows):.2f}",
    }


def _who(steps: tuple[DisputeStep, ...], step: int) -> str | None:
    return steps[step - 1].who if step <= len(steps) else None


def _text(document: dict[str, Any]) -> Iterator[str]:
    yield from fields([(name, document[name]) for name in ("region", "month", "status", "opened_by")])
    yield ""
    rows = [
        (one["payer"], one["name"], one["amount"], _said(one["region"]), _said(one["municipality"]))
        for one in document["payers"]
    ]
    yield from table(("payer", "name", "amount (kr)", "region", "municipality"), rows, right=(2,))
    for one in document["disputes"]:
        what = f"episode {one['episode']}" if one["episode"] else "the mean"
        where = f"step {one['step']}" + (f" ({one['who']})" if one["who"] else "")
        yield ""
        yield from paragraph(
            f"{one['settled'] or 'disputed'}: {one['payer']}, {what}{' ' + one['date'] if one['date'] else ''}, "
            f"{one['amount']} kr, by {one['by']} for the {one['side']}, {where}: {one['reason']}",
            indent="",
        )


def _said(agreed: dict[str, Any] | None) -> str:
    if agreed is None:
        return "-"
    return f"agreed, {agreed['by']}" if agreed["holds"] else f"changed since {agreed['by']} agreed"
