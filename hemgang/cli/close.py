"""`hemgang close`: a month's statement, ledger and review list; drafted, and with --commit closed.

A drafted or closed month as text: a statement for each payer, its clauses, assumptions, review and findings.

Drafts a month, and closes it if asked to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import typer

from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, note, paragraph, print_json, print_lines, table, told
from hemgang.cli.params import (
    Closers,
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    now_or,
    payer_code,
    place,
    read_time,
    region_code,
    region_name,
    written,
)
from hemgang.cli.reader import reader
from hemgang.closing.adjustments import Adjustment, of_payer
from hemgang.closing.review import Review, Status, statement_hashes
from hemgang.closing.settlement import month_json, parked_rows, to_pay
from hemgang.liability.model import ClauseLine, Draft, Month, StrictRefused
from hemgang.queries.access import log_reading, refuse_outside, within
from hemgang.scope import Scope
from hemgang.services.closing import (
    Decision,
    close_month,
    content_of,
    draft_hash,
    draft_month,
    record_as_of,
    taken_in,
    with_owing_payers,
)
from hemgang.services.installation import Installation
from hemgang.services.review import later_episodes
from hemgang.store import closings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang close 23 2023-03",
            'hemgang close "Jämtland Härjedalen" 2023-03 --payer 2380 --format json',
            'hemgang close 23 2023-03 --commit --by "A. Ek" --attest "B. Ström" --decision "agreed in April"',
        )
    )(close)


def close(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")],
    payer: Annotated[
        str | None,
        typer.Option(
            "--payer", metavar="PAYER", help="Only this payer: a municipality's code or name (0180/district)."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="From what had been received by then.")
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Close the month; it never changes after that.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who closes; needed with --commit.")] = None,
    attest: Annotated[
        str | None,
        typer.Option("--attest", metavar="NAME", help="The second person, where no review was agreed by both sides."),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option("--decision", metavar="TEXT", help="Why it is closed over findings that touch money."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if the result rests on values that no source gives.")
    ] = False,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Draft a month's statement for each payer, or close it.

    Shows care days and amounts, clause by clause, with the assumptions the result rests on and how much is up for
    review. JSON holds every row that is not free, the review list and the findings. Closing takes two persons.
    """
    pass  # dropped import
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    wanted = Wanted(region=region, month=month, payer=payer, as_of=as_of, strict=strict)
    where = place(context, database)
    scope = scope_of(context)
    if not close_or_draft(where, scope, wanted, Closers(commit, by, attest, decision), form=form, now=now):
        raise typer.Exit(1)


FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A month as it is shown: the draft, its review, what earlier months owe it, where it stands, its content hash."""

    draft: Draft
    review: Review
    adjustments: tuple[Adjustment, ...]
    status: Status
    content: str


def statement_text(month: ShownMonth) -> Iterator[str]:
    """Yield the lines."""
    draft, status = month.draft, month.status.value
    yield from fields(
        [
            ("region", f"{draft.region} {region_name(draft.region)}"),
            ("month", draft.month),
            ("agreement", f"{draft.agreement.name}, version {draft.agreement.version}"),
            ("status", status if draft.over else f"{status}, a forecast: the month is not over"),
            ("hash", month.content),
        ]
    )
    if draft.suspended is not None:
        yield ""
        yield from paragraph(
            f"Liability is suspended from {draft.suspended.valid_from}: computed here, nothing of it is to be paid. "
            f"{draft.suspended.citation.assumption or draft.suspended.citation.quote}",
            indent="",
        )
    yield ""
    yield from _payers(month)
    yield ""
    yield from _clauses(draft)
    yield from _assumptions(draft)
    yield ""
    yield f"{len(draft.review)} entries on the joint review list, {len(draft.findings)} findings that touch money"
    for finding in draft.findings[:FINDINGS_SHOWN]:
        yield from paragraph(f"{finding.code}: {finding.episode}; expected: {finding.expected}")
    if len(draft.findings) > FINDINGS_SHOWN:
        yield f"    and {len(draft.findings) - FINDINGS_SHOWN} more; --format json lists them all"


def _payers(month: ShownMonth) -> Iterator[str]:
    """The statements; what is parked, adjusted and to pay stands beside them only where anything is."""
    draft = month.draft
    plain = draft.suspended is None and not month.adjustments
    parked = {one.payer: [row for row, _ in parked_rows(one.rows, month.review)] for one in draft.statements}
    rows: list[tuple[object, ...]] = []
    for one in draft.statements:
        row = (one.payer, one.name, one.population, one.care_days, _kronor(f"{one.amount:.2f}"))
        owed = of_payer(month.adjustments, one.payer)
        due = to_pay(one, parked[one.payer], owed, suspended=draft.suspended is not None)
        out = sum((each.amount for each in parked[one.payer]), Decimal("0.00"))
        change = sum((each.amount for each in owed), Decimal("0.00"))
        rows.append((*row, *(_kronor(f"{each:.2f}") for each in (out, change, due))))
    headers = ("payer", "name", "discharged", "care days", "amount (kr)", "parked", "adjusted", "to pay (kr)")
    if plain and not any(parked.values()):
        yield from table(headers[:5], [row[:5] for row in rows], right=(2, 3, 4))
        return
    yield from table(headers, rows, right=(2, 3, 4, 5, 6, 7))


def _clauses(draft: Draft) -> Iterator[str]:
    rows = [
        (
            statement.payer,
            line.clause,
            line.gate.value,
            line.result.exempt,
            _against(line),
            line.persons,
            line.care_days,
        )
        for statement in draft.statements
        for line in statement.clauses
    ]
    headers = ("payer", "clause", "gate", "exempt", "value / threshold", "persons", "care days")
    yield from table(headers, rows, right=(5, 6))


def _assumptions(draft: Draft) -> Iterator[str]:
    if not draft.assumptions:
        return
    yield ""
    yield f"{len(draft.assumptions)} assumptions, values that no source gives:"
    for used in draft.assumptions:
        yield from paragraph(f"{used.agreement}, {used.parameter} ({used.clause}): {used.assumption}")


def _against(line: ClauseLine) -> str | None:
    value, threshold = line.result.value, line.result.threshold
    return None if threshold is None else f"{_exact(value)} / {_exact(threshold)}"


def _exact(value: Fraction | None) -> str:
    return "-" if value is None else str(value)


def _kronor(amount: str) -> str:
    """An amount with a space between thousands."""
    whole, point, cents = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return sign + f"{int(whole):,}".replace(",", " ") + point + cents


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
