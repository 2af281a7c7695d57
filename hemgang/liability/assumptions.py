"""The assumptions a draft rests on: values that no source gives, named in every result that used them (4.1)."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from agreements.citation import Citation
from agreements.model import Agreement, Policy, Terms
from agreements.names import STATUTE
from hemgang.liability.answers import deciding
from hemgang.liability.evaluation import Evaluation
from hemgang.liability.model import Outcome, Reason, Row, Statement
from hemgang.liability.rules import Rules
from hemgang.liability.rulesets import POPULATION_GATES


def agreements_used(statements: Iterable[Statement], rules: Rules) -> tuple[Agreement, ...]:
    """Return every agreement a draft rests on, sorted by name: the month's own, the statute, those of other clauses."""
    names = {rules.agreement().name, STATUTE}
    for statement in statements:
        names |= {line.agreement for line in statement.clauses} | {rules.of_month(statement.payer).agreement}
    return tuple(rules.book.agreements.named(name) for name in sorted(names))


def assumptions_used(
    statements: Sequence[Statement], found: Evaluation, *, agreements: Iterable[Agreement], rules: Rules
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


def _of_month(payer: str, rules: Rules) -> Iterator[Citation]:
    terms = rules.of_month(payer)
    for clause in terms.clauses:
        yield from clause.citations
    if any(clause.gate.kind in POPULATION_GATES for clause in terms.clauses):
        yield terms.gates.population_requires_gates.citation


def _of_rows(rows: Sequence[Row], found: Evaluation) -> Iterator[Citation]:
    """Yield what the periods with rows were computed by: their clauses, and the conditions of those that charge."""
    named = pl.DataFrame({"episode": [row.episode for row in rows], "period": [row.period for row in rows]})
    typed = named.cast({"episode": pl.String, "period": pl.Int32}).unique()
    periods = found.periods.join(typed, on=("episode", "period"), how="semi")
    for number in periods.get_column("ruleset").unique().drop_nulls():
        for clause in found.rulesets[number].clauses:
            yield from clause.citations
    asking = {(row.episode, row.period) for row in rows if row.outcome in (Outcome.CHARGED, Outcome.NOT_PROVABLE)}
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


def _of_rates(rows: Iterable[Row], rules: Rules) -> Iterator[Citation]:
    years = {row.date.year for row in rows if row.rate is not None} | {rules.month.year}
    known = rules.book.rates.by_year
    yield from (known[year].citation for year in sorted(years) if year in known)
    agreed = rules.book.agreements.terms_of(rules.agreement().name, rules.month.first).amount_kr
    if agreed is not None:
        yield agreed.citation
