"""A region's payers against their thresholds in a running month: what decides, what failing costs (4.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from agreements.clause import Clause, GateKind
from hemgang.liability.evaluation import Evaluation, evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.outlook.failing import Failing, failing
from hemgang.outlook.leaving import OpenStay, open_stays
from hemgang.outlook.payer_months import PayerMonth, payer_months
from hemgang.outlook.standing import MeanStanding, ShareStanding, mean_standing, share_standing

NOTHING = PayerMonth()


@dataclass(frozen=True, slots=True)
class ClauseStanding:
    """A clause that asks something of a payer's month, where it stands, and what failing it costs with what is known.

    `standing` is None for a gate that waits for a joint decision.
    """

    clause: Clause
    exempt: bool
    standing: ShareStanding | MeanStanding | None
    failing: Failing


@dataclass(frozen=True, slots=True)
class PayerStanding:
    """A payer in the month as it stands: care days and öre so far, its clauses, and its patients who are ready now."""

    payer: str
    name: str | None
    so_far: PayerMonth
    clauses: tuple[ClauseStanding, ...]
    stays: tuple[OpenStay, ...]


@dataclass(frozen=True, slots=True)
class Standings:
    """Every payer of a region in a month, as it stands on a date."""

    region: str
    month: Month
    today: date
    payers: tuple[PayerStanding, ...]


def standings(known: Facts, book: Rulebook) -> Standings:
    """Return where each payer with a ready period in the month of `book.now` stands; amounts may be unknown.

    Raises:
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    month = Month.of(book.today)
    found = evaluate(known.periods, (month,), book)
    told = payer_months(found, (month,), region=known.region, book=book)
    so_far = {payer: of_month for (payer, _), of_month in told.items()}
    stays = open_stays(known, month, book)
    costs = failing(known, month, book)
    payers = sorted({*so_far, *(stay.payer for stay in stays)})
    return Standings(
        region=known.region,
        month=month,
        today=book.today,
        payers=tuple(
            PayerStanding(
                payer=payer,
                name=book.name_of(payer),
                so_far=so_far.get(payer, NOTHING),
                clauses=tuple(_clauses(payer, found, known.region, month, costs, book=book)),
                stays=tuple(stay for stay in stays if stay.payer == payer),
            )
            for payer in payers
        ),
    )


def _clauses(
    payer: str,
    found: Evaluation,
    region: str,
    month: Month,
    costs: Sequence[Failing],
    *,
    book: Rulebook,
) -> Iterator[ClauseStanding]:
    for clause in book.terms(region, month.first, payer).clauses:
        if not clause.gate.monthly:
            continue
        value = found.gates.result(region, payer, month, clause)
        standing: ShareStanding | MeanStanding | None = None
        if clause.gate.kind is GateKind.SHARE_BELOW and clause.gate.min_share is not None:
            standing = share_standing(value, clause.gate.min_share)
        elif clause.gate.threshold is not None:
            standing = mean_standing(value, found.gates.threshold(region, clause))
        key = (agreement_of(clause), clause.id)
        cost = next(one for one in costs if (one.payer, one.clause) == (payer, key))
        yield ClauseStanding(clause, value.exempt, standing, cost)
