"""A month as people read it: statements, clauses, charged rows, and the findings that hold up its closing.

Rows of one episode that charge the same on dates in a row stand on one line, from the first date to the last.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from agreements.model import GateKind
from hemgang.cli.agreement_words import ClauseNames, assumption_text, short_name
from hemgang.cli.output import fields, note, paragraph, spoken, table, words
from hemgang.cli.params import region_name
from hemgang.closing.review import of_payer
from hemgang.closing.settlement import parked_rows, to_pay
from hemgang.i18n.catalogue import name_of, phrase, text_of_data, texts_in
from hemgang.i18n.formats import number_text, share_text
from hemgang.liability.model import Draft, LedgerRow, MoneyFinding
from hemgang.queries.months import MonthRequest, MonthView
from hemgang.services.closing import needs_decision


def statement_text(month: MonthView, clauses: ClauseNames) -> Iterator[str]:
    """Yield a drafted or closed month as text."""
    yield from _head(month)
    yield ""
    yield from _payers(month)
    yield from _clauses(month.draft, clauses)
    yield ""
    yield from _charged(month.draft, clauses)
    yield ""
    yield from _findings(month.draft)
    yield from _review_list(month.draft)
    yield from _assumptions(month.draft)


def _head(month: MonthView) -> Iterator[str]:
    draft, status = month.draft, name_of(spoken(), month.status)
    yield from fields(
        [
            ("region", f"{draft.region} {region_name(draft.region)}"),
            ("month", draft.month),
            ("agreement", f"{draft.agreement.title} ({draft.agreement.name} {draft.agreement.version})"),
            ("status", status if draft.over else words("closing.forecast", status=status)),
            ("hash", month.content),
        ]
    )
    if draft.suspended is not None:
        citation = draft.suspended.citation
        yield ""
        yield from paragraph(words("closing.suspended", start=draft.suspended.valid_from), indent="")
        yield from paragraph(text_of_data(spoken(), citation.assumption or "") or f"“{citation.quote}”")


def _payers(month: MonthView) -> Iterator[str]:
    """The statements; what is parked, adjusted and to pay stands beside them only where anything is."""
    draft = month.draft
    plain = draft.suspended is None and not month.adjustments
    parked = {one.payer: [row for row, _ in parked_rows(one.rows, month.review)] for one in draft.statements}
    rows: list[tuple[object, ...]] = []
    for one in draft.statements:
        owed = of_payer(month.adjustments, one.payer)
        due = to_pay(one, parked[one.payer], owed, suspended=draft.suspended is not None)
        out, change = _sum(parked[one.payer]), sum((each.amount for each in owed), Decimal("0.00"))
        rows.append((one.payer, one.name, one.population, one.care_days, one.amount, out, change, due))
    columns = ("payer", "name", "discharged", "care_days", "amount", "parked", "adjusted", "to_pay")
    if plain and not any(parked.values()):
        yield from table(columns[:5], [row[:5] for row in rows], right=(2, 3, 4))
        return
    yield from table(columns, rows, right=(2, 3, 4, 5, 6, 7))


def _clauses(draft: Draft, clauses: ClauseNames) -> Iterator[str]:
    rows = []
    for statement in draft.statements:
        for line in statement.clauses:
            share = line.gate is GateKind.SHARE_BELOW
            value, threshold = (_exact(one, share=share) for one in (line.result.value, line.result.threshold))
            name = clauses[line.agreement, line.clause]
            gate = (line.gate, line.result.exempt, value, threshold)
            rows.append((statement.payer, name, *gate, line.persons, line.care_days))
    if rows:
        yield ""
        columns = ("payer", "clause", "gate", "exempt", "value", "threshold", "persons", "care_days")
        yield from table(columns, rows, right=(4, 5, 6, 7))


def _exact(value: Fraction | None, *, share: bool) -> str | None:
    if value is None:
        return None
    return share_text(spoken(), value) if share else number_text(spoken(), value)


def _charged(draft: Draft, clauses: ClauseNames) -> Iterator[str]:
    charged = [row for row in draft.ledger if row.care_days or row.amount]
    if not charged:
        yield words("closing.no_charged_rows")
        return
    yield words("closing.charged_rows", count=sum((row.care_days for row in charged), Fraction()))
    rows = [
        (
            *(run[0].payer, run[0].episode or words("closing.by_mean"), _dates(run)),
            *(short_name(clauses[run[0].agreement, run[0].clause]), _care_days(run), _sum(run)),
        )
        for run in _runs(charged)
    ]
    yield from table(("payer", "episode", "date", "clause", "care_days", "amount"), rows, right=(4, 5))


def _runs(rows: Sequence[LedgerRow]) -> Iterator[list[LedgerRow]]:
    """Yield rows that charge one episode the same on one date after the other, together."""
    run = [rows[0]]
    for before, row in pairwise(rows):
        if _charge(row) == _charge(before) and (row.date - before.date).days == 1:
            run.append(row)
            continue
        yield run
        run = [row]
    yield run


def _charge(row: LedgerRow) -> tuple[object, ...]:
    return (row.payer, row.episode, row.period, row.agreement, row.clause, row.rate)


def _dates(run: Sequence[LedgerRow]) -> str:
    first, last = run[0].date.isoformat(), run[-1].date.isoformat()
    if not run[0].episode:
        return first[: len("2023-03")]
    return first if first == last else f"{first} – {last}"


def _care_days(run: Sequence[LedgerRow]) -> Fraction:
    return sum((row.care_days for row in run), Fraction(0))


def _sum(rows: Sequence[LedgerRow]) -> Decimal:
    return sum((row.amount for row in rows), Decimal("0.00"))


def _findings(draft: Draft) -> Iterator[str]:
    """What holds up the closing, each with what would settle it; apart from it, messages that nobody can place."""
    holding = [one for one in draft.findings if needs_decision(one)]
    unplaced = [one for one in draft.findings if not needs_decision(one)]
    if not holding:
        yield words("closing.no_findings")
    for key, found in (("findings", holding), ("unplaced", unplaced)):
        if found:
            yield from paragraph(words(f"closing.{key}", count=len(found)), indent="")
            rows = [
                (finding_name(one), one.episode, ", ".join(one.messages), words(f"finding.settles.{one.code}"))
                for one in found
            ]
            yield from table(("finding", "episode", "messages", "would_settle"), rows)


def remark_no_episode(request: MonthRequest) -> None:
    """Remark that nothing of a payer, or of a region, belongs to a month."""
    key = "region_absent" if request.payer is None else "payer_absent"
    where = {"payer": request.payer, "region": request.region}
    note(phrase(f"closing.note.{key}", month=request.month.first, **where))


def finding_name(finding: MoneyFinding) -> str:
    """Return what a finding that touches money is called."""
    own = f"closing.finding.{finding.code}"
    return words(own if own in texts_in(spoken()) else f"names.findings.code.{finding.code}")


def _review_list(draft: Draft) -> Iterator[str]:
    if not draft.review:
        return
    yield ""
    yield words("closing.review_list", count=len(draft.review))
    rows = [(one.payer, one.episode, one.situation, ", ".join(one.messages)) for one in draft.review]
    yield from table(("payer", "episode", "in_doubt", "messages"), rows)


def _assumptions(draft: Draft) -> Iterator[str]:
    if not draft.assumptions:
        return
    yield ""
    yield words("closing.assumptions", count=len(draft.assumptions))
    for used in draft.assumptions:
        yield from paragraph(assumption_text(used))
