"""The statements of a month with their ledger rows, assumptions, review list and findings that touch money (4.1-4.5).

A statement has each clause on its own, then the union of care days and its amount. Assumptions are values that no
source gives. The joint review list (gemensam granskning) holds what is charged although a condition is in doubt (001).
A finding that touches money stops the closing until a person decides it by name.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from agreements.fields import STATUTE
from agreements.model import Agreement, Citation, Clause, Policy, Terms
from hemgang.episode.fold import checks
from hemgang.episode.model import FACT_LISTS, EndKind, Episode
from hemgang.findings import Code, Finding
from hemgang.liability.columns import OUTCOMES, Period, date_of, messages_of, reasons_of
from hemgang.liability.day_ledger import kronor
from hemgang.liability.evaluation import Evaluation, MeanRow, clause_totals, day_totals
from hemgang.liability.model import (
    ClauseLine,
    DayOutcome,
    LedgerRow,
    MoneyFinding,
    Month,
    Reason,
    ReviewItem,
    Statement,
)
from hemgang.liability.patient_gates import deciding, doubts
from hemgang.liability.periods import PayerState
from hemgang.liability.rulebook import POPULATION_GATES, ClauseKey, MonthRules, Rulebook, agreement_of, clause_key


def agreements_used(statements: Iterable[Statement], rules: MonthRules) -> tuple[Agreement, ...]:
    """Return every agreement a draft rests on, sorted by name: the month's own, the statute, those of other clauses."""
    names = {rules.agreement().name, STATUTE}
    for statement in statements:
        names |= {line.agreement for line in statement.clauses} | {rules.of_month(statement.payer).agreement}
    return tuple(rules.book.agreements.named(name) for name in sorted(names))


def assumptions_used(
    statements: Sequence[Statement], found: Evaluation, *, agreements: Iterable[Agreement], rules: MonthRules
) -> tuple[Citation, ...]:
    """Return the citations of assumed values that decided something, sorted by agreement and parameter."""
    rows = [row for statement in statements for row in statement.rows]
    cited = {
        *(citation for agreement in agreements for citation in agreement.citations),
        *(citation for statement in statements for citation in _of_month(statement.payer, rules)),
        *_of_rows(rows, found),
        *_of_rates(rows, rules),
    }
    suspended = rules.suspended()
    cited |= {suspended.citation} if suspended else set()
    assumed = [citation for citation in cited if citation.assumption is not None]
    return tuple(sorted(assumed, key=lambda used: (used.agreement, used.parameter, used.clause, used.assumption or "")))


def _of_month(payer: str, rules: MonthRules) -> Iterator[Citation]:
    terms = rules.of_month(payer)
    for clause in terms.clauses:
        yield from clause.citations
    if any(clause.gate.kind in POPULATION_GATES for clause in terms.clauses):
        yield terms.gates.population_requires_gates.citation


def _of_rows(rows: Sequence[LedgerRow], found: Evaluation) -> Iterator[Citation]:
    """Yield what the periods with rows were computed by: their clauses, and the conditions of those that charge."""
    named = pl.DataFrame({"episode": [row.episode for row in rows], "period": [row.period for row in rows]})
    typed = named.cast({"episode": pl.String, "period": pl.Int32}).unique()
    periods = found.periods.join(typed, on=("episode", "period"), how="semi")
    for number in periods.get_column("ruleset").unique().drop_nulls():
        for clause in found.rulesets[number].clauses:
            yield from clause.citations
    asking = {(row.episode, row.period) for row in rows if row.outcome in (DayOutcome.CHARGED, DayOutcome.NOT_PROVABLE)}
    on_leave = {(row.episode, row.period) for row in rows if Reason.ON_LEAVE.value in row.reasons}
    for period in periods.select("episode", "period", "ruleset", "blocked", "review").iter_rows(named=True):
        terms = found.rulesets[period["ruleset"]].terms
        key = (period["episode"], period["period"])
        if key in asking:
            yield from _of_conditions(terms, period["blocked"] | period["review"])
        if key in on_leave:
            yield terms.gates.leave_days_count.citation


def _of_conditions(terms: Terms, situations: int) -> Iterator[Citation]:
    gates = terms.gates
    yield gates.fixed_care_contact_required.citation
    yield from deciding(terms, situations)
    policies = (gates.late_admission_notice, gates.late_sip_call, gates.unknown_sip_need, gates.unknown_outpatient_care)
    yield from (policy.citation for policy in policies if policy.value is Policy.IGNORE)


def _of_rates(rows: Iterable[LedgerRow], rules: MonthRules) -> Iterator[Citation]:
    years = {row.date.year for row in rows if row.rate is not None} | {rules.month.year}
    known = rules.book.rates.by_year
    yield from (known[year].citation for year in sorted(years) if year in known)
    agreed = rules.book.agreements.terms_of(rules.agreement().name, rules.month.first).amount_kr
    if agreed is not None:
        yield agreed.citation


NO_RULE_IN_FORCE = "no_rule_in_force"
"""A ready period whose clock date lies before the act: nothing here says what its days cost."""

PAYER_NOT_VALID = "payer_not_valid"
"""A payer with dates of its own, a district board, named for days outside them, and no successor known."""

TOUCHES_MONEY = frozenset(
    {
        Code.OUT_OF_ORDER,
        Code.UNKNOWN_MESSAGE,
        Code.READY_WITHOUT_CARE_PLAN,
        Code.ADMISSION_NOTICE_MISSING,
        Code.DISCHARGE_MISSING,
        Code.UNKNOWN_PAYER,
    }
)
"""Findings that may hide or make a charged day; the others are about form."""


def money_findings(stays: Collection[Episode], periods: pl.DataFrame, book: Rulebook) -> tuple[MoneyFinding, ...]:
    """Return the findings of the stays that touch money, sorted by episode, code and messages.

    `periods` are ready periods of these and perhaps other stays, with their column `ruleset`.
    """
    found = {finding for stay in stays for finding in _of_stay(stay, book)}
    asked = pl.Series([stay.id for stay in stays], dtype=pl.String).implode()
    here = periods.filter(pl.col("episode").is_in(asked))
    found.update(_without_rule(here))
    found.update(_not_valid(here))
    return tuple(sorted(found, key=lambda finding: (finding.episode, finding.code, finding.messages, finding.expected)))


def _of_stay(stay: Episode, book: Rulebook) -> Iterator[MoneyFinding]:
    later = checks(stay, now=book.now, payers=book.municipalities)
    for finding in (*stay.findings, *later):
        if finding.code in TOUCHES_MONEY and not _counted_all_the_same(finding, stay):
            yield MoneyFinding(finding.code.value, stay.id, finding.messages, finding.expected)


def _without_rule(periods: pl.DataFrame) -> Iterator[MoneyFinding]:
    expected = "a clock date on which the act or an agreement is in force"
    unruled = periods.filter(pl.col("ruleset").is_null()).select("episode", "notice_message")
    yield from (
        MoneyFinding(NO_RULE_IN_FORCE, episode, (message,), expected) for episode, message in unruled.iter_rows()
    )


def _not_valid(periods: pl.DataFrame) -> Iterator[MoneyFinding]:
    """Yield a finding for each ready period with a payer outside the payer's own dates."""
    expected = "a payer that exists on the care day's date, or one whose successor is known"
    several = (
        pl.col("payers").list.eval(pl.element().struct.field("payer_state") == int(PayerState.NOT_VALID)).list.any()
    )
    not_valid = several.fill_null(pl.col("payer_state") == int(PayerState.NOT_VALID))
    for episode, message in periods.filter(not_valid).select("episode", "payer_message").iter_rows():
        yield MoneyFinding(PAYER_NOT_VALID, episode, (message,), expected)


def _counted_all_the_same(finding: Finding, stay: Episode) -> bool:
    """Tell whether an early message was kept as a fact (a notice sent before the admission): nothing is lost."""
    if finding.code is not Code.OUT_OF_ORDER:
        return False
    kept = {fact.message for name in FACT_LISTS for fact in getattr(stay, name)}
    return kept.issuperset(finding.messages)


def review_list(rows: Iterable[LedgerRow], found: Evaluation) -> tuple[ReviewItem, ...]:
    """Return one entry for each doubtful condition of a ready period with charged days among the rows, sorted.

    A period charged to two payers stands once for each.
    """
    charged = {
        (row.payer, row.episode, row.period) for row in rows if row.episode and row.outcome is DayOutcome.CHARGED
    }
    items = _items(charged, found)
    return tuple(sorted(items, key=lambda item: (item.payer, item.episode, item.period, item.condition)))


def _items(charged: set[tuple[str, str, int]], found: Evaluation) -> Iterator[ReviewItem]:
    doubtful = found.periods.filter(pl.col("review") != 0)
    by_key = {(one["episode"], one["period"]): one for one in doubtful.iter_rows(named=True)}
    for payer, episode, number in charged:
        period = by_key.get((episode, number))
        if period is None:
            continue
        for doubt in doubts(period, found.rulesets[period["ruleset"]].terms):
            yield ReviewItem(
                payer=payer,
                episode=episode,
                period=number,
                condition=doubt.condition,
                situation=doubt.situation,
                clause=doubt.citation.clause,
                messages=doubt.messages,
            )


_ONE, _NONE = Fraction(1), Fraction(0)
_Key = tuple[str, str, str]
"""Payer, agreement and clause."""


def ledger_rows(found: Evaluation, month: Month) -> tuple[LedgerRow, ...]:
    """Return the rows of a month of the one region evaluated, sorted by payer, episode, period and date."""
    members = _members(found, month)
    means = (_mean_row(one, members) for one in found.means if one.month == month)
    rows = [*_day_rows(found, month), *means]
    return tuple(sorted(rows, key=lambda row: (row.payer, row.episode, row.period, row.date, row.clause)))


def _day_rows(found: Evaluation, month: Month) -> Iterator[LedgerRow]:
    days = found.days.filter(pl.col("month").cast(pl.Date) == month.first)
    periods = _periods(found, days.get_column("row"))
    named = [[(agreement_of(clause), clause.id) for clause in rules.clauses] for rules in found.rulesets]
    known: dict[tuple[int, int, str], tuple[str, ...]] = {}
    for row, payer, day, lane, also, n, outcome, reasons, rests, ruleset, rate, amount in days.select(
        "row", "payer", "day", "lane", "also", "n", "outcome", "reasons", "rests", "ruleset", "rate", "amount"
    ).iter_rows():
        period, on = periods[row], date_of(day)
        clauses, charged = named[ruleset], OUTCOMES[outcome] is DayOutcome.CHARGED
        key = (row, rests, payer)
        if period["leaves"] or period["payers"] or key not in known:
            known[key] = messages_of(period, rests, on)
        yield LedgerRow(
            payer=payer,
            episode=period["episode"],
            period=period["period"],
            n=n,
            date=on,
            agreement=clauses[lane][0],
            clause=clauses[lane][1],
            outcome=OUTCOMES[outcome],
            reasons=reasons_of(reasons),
            messages=known[key],
            also=tuple(clause for place, (_, clause) in enumerate(clauses) if also >> place & 1) if also else (),
            rate=None if rate is None else kronor(rate),
            amount=kronor(amount),
            care_days=_ONE if charged else _NONE,
        )


def _periods(found: Evaluation, rows: pl.Series) -> dict[int, Period]:
    wanted = [name for name in found.periods.columns if name.endswith("_message")]
    told = found.periods.filter(pl.col("row").is_in(rows.unique().implode()))
    named = told.select("row", "episode", "period", "payers", "leaves", *wanted)
    return {one["row"]: one for one in named.iter_rows(named=True)}


def _mean_row(mean: MeanRow, members: Mapping[_Key, tuple[str, ...]]) -> LedgerRow:
    """Return the row over a payer's mean: it rests on the ready notice and the end of everyone in the population."""
    charged = mean.care_days > 0
    agreement = agreement_of(mean.clause)
    return LedgerRow(
        payer=mean.payer,
        episode="",
        period=0,
        n=0,
        date=mean.month.first,
        agreement=agreement,
        clause=mean.clause.id,
        outcome=DayOutcome.CHARGED if charged else DayOutcome.FREE,
        reasons=(Reason.MEAN_ABOVE_THRESHOLD.value if charged else Reason.EXEMPT.value,),
        messages=members.get((mean.payer, agreement, mean.clause.id), ()),
        rate=mean.rate,
        amount=mean.amount,
        care_days=mean.care_days,
    )


def _members(found: Evaluation, month: Month) -> dict[_Key, tuple[str, ...]]:
    """Return the messages of everyone in each population of the month."""
    told = found.populations.members.filter(pl.col("month") == month.first).join(
        found.periods.select("row", "notice_message", "end_message"), on="row", how="left"
    )
    grouped = told.group_by("payer", "agreement", "clause").agg("notice_message", "end_message")
    return {
        (payer, agreement, clause): tuple(sorted({*notices, *ends} - {None}))
        for payer, agreement, clause, notices, ends in grouped.iter_rows()
    }


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of one month, by payer, and by payer and clause."""

    days: Mapping[str, tuple[int, int]]
    clauses: Mapping[tuple[str, ClauseKey], tuple[int, int]]
    means: Mapping[tuple[str, ClauseKey], MeanRow]
    sizes: Mapping[str, int]


def statements(
    present: Iterable[str], rows: Sequence[LedgerRow], found: Evaluation, *, rules: MonthRules
) -> tuple[Statement, ...]:
    """Return a statement for every payer present in the month, or with rows in it, sorted by payer.

    Care days and amounts are sums over the columns; that they equal the sum of the rows is checked at each closing.
    """
    by_payer: dict[str, list[LedgerRow]] = {}
    for row in rows:
        by_payer.setdefault(row.payer, []).append(row)
    sums = _sums(found, rules)
    by_key = {clause_key(clause): clause for ruleset in found.rulesets for clause in ruleset.clauses}
    return tuple(
        _statement(payer, by_payer.get(payer, []), sums, by_key, found=found, rules=rules)
        for payer in sorted({*present, *by_payer})
    )


def _sums(found: Evaluation, rules: MonthRules) -> _Sums:
    here = (pl.col("region") == rules.region) & (pl.col("month") == rules.month.first)
    days = day_totals(found).filter(here).select("payer", "care_days", "amount")
    clauses = clause_totals(found).filter(here).select("payer", "agreement", "clause", "care_days", "persons")
    discharged = found.periods.filter(
        (pl.col("end_kind") == EndKind.DISCHARGED.value) & (pl.col("left_on").dt.month_start() == rules.month.first)
    )
    sizes = discharged.group_by("payer_left").agg(pl.len())
    return _Sums(
        days={payer: (care_days, amount) for payer, care_days, amount in days.iter_rows()},
        clauses={
            (payer, (agreement, clause)): (care_days, persons)
            for payer, agreement, clause, care_days, persons in clauses.iter_rows()
        },
        means={(one.payer, clause_key(one.clause)): one for one in found.means if one.month == rules.month},
        sizes=dict(sizes.iter_rows()),
    )


def _statement(
    payer: str,
    rows: Sequence[LedgerRow],
    sums: _Sums,
    by_key: Mapping[ClauseKey, Clause],
    *,
    found: Evaluation,
    rules: MonthRules,
) -> Statement:
    care_days, amount = sums.days.get(payer, (0, 0))
    over_means = [row for row in rows if not row.episode]
    clauses = _clauses(payer, rows, by_key, rules)
    return Statement(
        payer=payer,
        name=rules.book.name_of(payer),
        population=sums.sizes.get(payer, 0),
        clauses=tuple(_line(clause, payer, sums, found=found, rules=rules) for clause in clauses),
        care_days=care_days + sum((row.care_days for row in over_means), Fraction(0)),
        amount=kronor(amount) + sum((row.amount for row in over_means), Decimal("0.00")),
        rows=tuple(rows),
    )


def _clauses(
    payer: str, rows: Iterable[LedgerRow], by_key: Mapping[ClauseKey, Clause], rules: MonthRules
) -> Iterator[Clause]:
    """Yield the month's own clauses for the payer, then those of other agreements that a row of the month names."""
    own = rules.of_month(payer).clauses
    yield from own
    named = {(row.agreement, row.clause) for row in rows} - {clause_key(clause) for clause in own}
    for key in sorted(named):
        yield by_key[key]


def _line(clause: Clause, payer: str, sums: _Sums, *, found: Evaluation, rules: MonthRules) -> ClauseLine:
    result = found.gates.result(rules.region, payer, rules.month, clause)
    care_days, persons = sums.clauses.get((payer, clause_key(clause)), (0, 0))
    mean = sums.means.get((payer, clause_key(clause)))
    charged = mean is not None and mean.care_days > 0
    return ClauseLine(
        agreement=agreement_of(clause),
        clause=clause.id,
        gate=clause.gate.kind,
        charge=clause.charge.kind,
        result=result,
        persons=result.population if charged else persons,
        care_days=mean.care_days if mean is not None and charged else Fraction(care_days),
    )
