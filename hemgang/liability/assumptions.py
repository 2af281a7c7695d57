"""The assumptions a draft rests on: values that no source gives, named in every result that used them (4.1)."""

from collections.abc import Collection, Iterable, Iterator

from agreements.citation import Citation
from agreements.clause import GateKind
from agreements.model import Agreement, Rate
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
    found: Collection[PeriodRows],
    *,
    agreements: Iterable[Agreement],
    rules: Rules,
    rate: Rate | None,
) -> tuple[Citation, ...]:
    """Return the citations of assumed values that decided something, sorted by agreement and parameter.

    `rate` is the month's own, None where it is not known and not needed.
    """
    clauses = {id(clause): clause for period in found for clause in period.ruled.clauses}
    groups = [agreement.citations for agreement in agreements]
    groups += [clause.citations for clause in clauses.values()]
    groups += [tuple(_of_month(statement.payer, rules)) for statement in statements]
    groups += [period.used for period in found]
    groups += [] if rate is None else [(rate.citation,)]
    cited = {id(citation): citation for group in groups for citation in group}
    assumed = {citation for citation in cited.values() if citation.assumption is not None}
    return tuple(sorted(assumed, key=lambda used: (used.agreement, used.parameter, used.clause, used.assumption or "")))


def _of_month(payer: str, rules: Rules) -> Iterator[Citation]:
    terms = rules.of_month(payer)
    for clause in terms.clauses:
        yield from clause.citations
    if any(clause.gate.kind is not GateKind.ALWAYS for clause in terms.clauses):
        yield terms.gates.population_requires_gates.citation
