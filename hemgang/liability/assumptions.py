"""The assumptions a draft rests on: values that no source gives, named in every result that used them (4.1)."""

from collections.abc import Iterable, Iterator

from agreements.model import Agreement, Citation, Clause, GateKind, Rate
from agreements.names import STATUTE
from hemgang.liability.ledger import PeriodRows
from hemgang.liability.model import Statement
from hemgang.liability.rules import Rules


def agreements_used(statements: Iterable[Statement], rules: Rules) -> tuple[Agreement, ...]:
    """Return every agreement a draft rests on, sorted by name: the month's own, the statute, those of other clauses."""
    names = {rules.agreements.governing(rules.region, rules.month.first).name, STATUTE}
    names |= {line.agreement for statement in statements for line in statement.clauses}
    names |= {rules.of_month(statement.payer).agreement for statement in statements}
    return tuple(rules.agreements.named(name) for name in sorted(names))


def assumptions_used(
    statements: Iterable[Statement],
    found: Iterable[PeriodRows],
    *,
    agreements: Iterable[Agreement],
    rules: Rules,
    rate: Rate,
) -> tuple[Citation, ...]:
    """Return the citations of assumed values that decided something, sorted by agreement and parameter.

    `rate` is the month's own.
    """
    cited = {citation for agreement in agreements for citation in agreement.citations}
    cited.add(rate.citation)
    for statement in statements:
        cited.update(_of_month(statement.payer, rules))
    for period in found:
        cited.update(period.used, _of_clauses(period.clauses))
    assumed = (citation for citation in cited if citation.assumption is not None)
    return tuple(sorted(assumed, key=lambda used: (used.agreement, used.parameter, used.clause)))


def _of_month(payer: str, rules: Rules) -> Iterator[Citation]:
    terms = rules.of_month(payer)
    yield from _of_clauses(terms.clauses)
    if any(clause.gate.kind is not GateKind.ALWAYS for clause in terms.clauses):
        yield terms.gates.population_requires_gates.citation


def _of_clauses(clauses: Iterable[Clause]) -> Iterator[Citation]:
    for clause in clauses:
        yield from clause.citations
