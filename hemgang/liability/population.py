"""The month's population and what a clause's gate says of it: share on day 0 and 1, exact (specification 4.1, 001)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from agreements.clause import Clause, GateKind
from hemgang.episode.model import EndKind, PayerFrom
from hemgang.liability.conditions import Effect
from hemgang.liability.gates import patient_gates, payer_known
from hemgang.liability.model import GateValue
from hemgang.liability.rules import RuledPeriod, Rules, agreement_of, code_of


@dataclass(frozen=True, slots=True)
class Member:
    """A final ready period discharged in the month on `left_on`, its payer on that date, and what governs it.

    `governed` is None where another agreement than the month's own governs the period, so that it is in no share.
    """

    payer: str
    care: str
    ruled: RuledPeriod
    left_on: date
    governed: str | None


@dataclass(frozen=True, slots=True)
class MonthGates:
    """Answers, for any payer and clause, whether the month exempts the payer; each computed once."""

    sizes: Mapping[str, int]
    _members: Mapping[str, Sequence[Member]]
    _known: dict[tuple[str, str, str], GateValue] = field(default_factory=dict, compare=False, repr=False)

    def result(self, payer: str, clause: Clause) -> GateValue:
        """Return the gate's value for a payer; a payer with nobody discharged is exempt from a monthly clause."""
        key = (payer, agreement_of(clause), clause.id)
        if key not in self._known:
            self._known[key] = _evaluate(clause, self._members.get(payer, ()))
        return self._known[key]


def month_gates(periods: Iterable[RuledPeriod], rules: Rules) -> MonthGates:
    """Return the gates of the month over the final periods discharged in it, by the payer on the discharge date."""
    members: dict[str, list[Member]] = {}
    for member in (_member(ruled, rules) for ruled in periods):
        if member is not None:
            members.setdefault(member.payer, []).append(member)
    return MonthGates(sizes={payer: len(found) for payer, found in members.items()}, _members=members)


def _member(ruled: RuledPeriod, rules: Rules) -> Member | None:
    end, left_on, episode = ruled.period.end, ruled.left_on, ruled.episode
    if end is None or left_on is None or end.kind is not EndKind.DISCHARGED:
        return None
    if not rules.starts_at <= end.at < rules.ends_at:
        return None
    held = episode.payer_on(left_on)
    care = episode.patient.care if episode.patient else ""
    return Member(code_of(held), care, ruled, left_on, _governed(ruled, held, rules))


def _governed(ruled: RuledPeriod, held: PayerFrom | None, rules: Rules) -> str | None:
    own, terms = rules.of_month(code_of(held)), ruled.terms
    if terms is None or terms.agreement != own.agreement:
        return None
    if own.gates.population_requires_gates.value:
        asked = patient_gates(ruled.episode, ruled.period, terms=terms, now=rules.now)
        asked += (payer_known(held, municipalities=rules.municipalities),)
        if any(answer.effect is Effect.BLOCK for answer in asked):
            return None
    return own.agreement


def _evaluate(clause: Clause, members: Sequence[Member]) -> GateValue:
    match clause.gate.kind:
        case GateKind.ALWAYS:
            return GateValue(exempt=False)
        case GateKind.SHARE_BELOW:
            return _share(clause, members)


def _share(clause: Clause, members: Sequence[Member]) -> GateValue:
    gate = clause.gate
    if gate.min_share is None or gate.within_days is None:
        raise ValueError(f"{clause.id}: a share needs within_days and min_share")
    agreement = agreement_of(clause)
    days = [
        max(0, (member.left_on - member.ruled.day0(gate.cutoff)).days)
        for member in members
        if member.governed == agreement and clause.covers(member.care)
    ]
    if not days:
        return GateValue(exempt=True, threshold=gate.min_share)
    early = sum(d <= gate.within_days for d in days)
    share = Fraction(early, len(days))
    return GateValue(
        exempt=share >= gate.min_share, population=len(days), counted=early, value=share, threshold=gate.min_share
    )
