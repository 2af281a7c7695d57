"""What failing a monthly gate costs: the month as if failed against the month as if exempt, on the same rows (4.1)."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from agreements.clause import ChargeKind, Clause, GateKind, Threshold
from hemgang.liability.evaluation import evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.population import ClauseKey
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.outlook.imagined import ruled_by, with_clauses
from hemgang.outlook.payer_months import PayerMonth, less, payer_months

_NEVER_EXEMPT, _ALWAYS_EXEMPT = Fraction(2), Fraction(0)
"""Shares asked for: no month has the one, every month has the other."""
_ALWAYS_ABOVE, _NEVER_ABOVE = Fraction(-1), Fraction(1_000_000)
"""Means, in days: every month lies above the one, no month above the other."""

NOTHING = PayerMonth()


@dataclass(frozen=True, slots=True)
class Failing:
    """What a payer pays more where the gate of a clause is failed than where it exempts, with what is known now.

    For a mean that charges its excess there is no such step: each day above the threshold costs one care day, so
    `care_days` and `amount` are those of the excess now.
    """

    payer: str
    clause: ClauseKey
    care_days: Fraction
    amount: int | None


def failing(known: Facts, month: Month, book: Rulebook) -> tuple[Failing, ...]:
    """Return the cost of failing each clause of the month with a monthly gate, for each payer it holds for."""
    payers = sorted(set(known.periods.get_column("payer")) | set(known.periods.get_column("payer_left")))
    terms = {payer: book.terms(known.region, month.first, payer) for payer in payers}
    gated = {payer: [clause for clause in one.clauses if clause.gate.monthly] for payer, one in terms.items()}
    found: list[Failing] = []
    for key in sorted({_key(clause) for clauses in gated.values() for clause in clauses}):
        failed = _payers(known, month, book, key, exempt=False)
        exempt = _payers(known, month, book, key, exempt=True)
        for payer in payers:
            if any(_key(clause) == key for clause in gated[payer]):
                own, other = failed.get(payer, NOTHING), exempt.get(payer, NOTHING)
                cost = less(own.amount, other.amount)
                found.append(Failing(payer, key, own.care_days - other.care_days, cost))
    return tuple(found)


def _forced(clause: Clause, *, key: ClauseKey, exempt: bool) -> Clause:
    """Return the clause with a gate that nobody, or everybody, passes; others as they are."""
    if _key(clause) != key:
        return clause
    match clause.gate.kind:
        case GateKind.SHARE_BELOW:
            least = _ALWAYS_EXEMPT if exempt else _NEVER_EXEMPT
            return replace(clause, gate=replace(clause.gate, min_share=least))
        case GateKind.MEAN_ABOVE | GateKind.CONSECUTIVE_MEAN_ABOVE:
            if clause.charge.kind is ChargeKind.MEAN_EXCESS and not exempt:
                return clause
            mean = Threshold(value=_NEVER_ABOVE if exempt else _ALWAYS_ABOVE)
            return replace(clause, gate=replace(clause.gate, threshold=mean, months=1))
        case GateKind.JOINT_DECISION:
            kind = ChargeKind.NONE if exempt else clause.charge.kind
            gate = replace(clause.gate, kind=GateKind.ALWAYS)
            return replace(clause, gate=gate, charge=replace(clause.charge, kind=kind))
        case GateKind.ALWAYS:
            return clause


def _payers(known: Facts, month: Month, book: Rulebook, key: ClauseKey, *, exempt: bool) -> dict[str, PayerMonth]:
    agreements = with_clauses(book.agreements, partial(_forced, key=key, exempt=exempt))
    forced = ruled_by(book, agreements)
    told = payer_months(evaluate(known.periods, (month,), forced), (month,), region=known.region, book=forced)
    return {payer: of_month for (payer, _), of_month in told.items()}


def _key(clause: Clause) -> ClauseKey:
    return agreement_of(clause), clause.id
