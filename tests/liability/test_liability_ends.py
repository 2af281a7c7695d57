"""Ends that count and ends that do not: withdrawn, moved, died, cancelled, undone, before the act."""

from dataclasses import replace
from datetime import date

import pytest

from agreements.loader import load_agreements
from agreements.registry import Agreements
from hemgang.liability.model import DayOutcome
from hemgang.liability.statement import NO_RULE_IN_FORCE
from tests.liability.discharges import ANGE, BERG, charged, dates, drafted, message, of_payer, stay


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("ready_withdrawn", "period_withdrawn"), ("died", "period_died")],
)
@pytest.mark.parametrize(("region", "payer"), [("22", ANGE), ("23", BERG)])
def test_days_of_a_period_that_discharge_did_not_end_are_not_counted(
    ending: str, reason: str, region: str, payer: str
) -> None:
    over = message("e1", ending, "2022-03-09 10:00")
    messages = stay(region=region, payer=payer, ready="2022-03-01 09:00", left=None, more=[over])
    draft = drafted(messages, "2022-03", region=region)
    assert {(row.outcome, row.reason) for row in draft.ledger} == {(DayOutcome.NOT_COUNTED, reason)}
    assert (len(draft.ledger), of_payer(draft, payer).population) == (8, 0)
    assert of_payer(draft, payer).amount == 0


def test_a_clause_that_counts_a_death_decides_where_another_does_not() -> None:
    agreements = load_agreements()
    dated = agreements.dated["jamtland-harjedalen"]
    first, second = dated.clauses
    both = (first, replace(second, ends_counted=("discharged", "died")))
    changed = Agreements(dated={**agreements.dated, dated.agreement.name: replace(dated, clauses=both)})
    draft = drafted(stay(left=None, more=[message("e1", "died", "2023-03-10 10:00")]), agreements=changed)
    assert [(row.clause, row.outcome) for row in draft.ledger] == (
        [("condition-2", DayOutcome.FREE)] * 7 + [("condition-2", DayOutcome.CHARGED)] * 2
    )


def test_a_moved_ready_date_ends_one_clock_and_starts_another() -> None:
    moved = message("e1/moved", "ready_notice", "2022-03-06 09:00", ready_on=date(2022, 3, 7))
    messages = stay(region="22", payer=ANGE, ready="2022-03-01 09:00", left="2022-03-12 10:00", more=[moved])
    draft = drafted(messages, "2022-03", region="22")
    assert [(row.period, f"{row.date:%m-%d}") for row in charged(draft)] == [(2, "03-10"), (2, "03-11")]
    assert [row.reason for row in draft.ledger if row.period == 1] == ["period_moved"] * 5


def test_a_cancelled_episode_never_was() -> None:
    draft = drafted(stay(more=[message("e1", "cancelled", "2023-03-07 10:00")]))
    assert (draft.statements, draft.ledger, draft.findings) == ((), (), ())


def test_an_undone_discharge_leaves_the_patient_in() -> None:
    undone = message("e1", "discharge_cancelled", "2023-03-05 12:00")
    again = message("e1/again", "discharged", "2023-03-10 10:00")
    draft = drafted(stay(more=[undone, again]))
    assert dates(draft)[-1] == "03-09"
    assert len(dates(draft)) == 6


def test_a_period_before_the_act_has_no_rows_and_is_a_finding() -> None:
    messages = stay(region="22", payer=ANGE, ready="2017-12-30 09:00", left="2019-01-05 10:00")
    draft = drafted(messages, "2019-01", region="22")
    assert draft.ledger == ()
    assert [(found.code, found.messages) for found in draft.findings] == [(NO_RULE_IN_FORCE, ("e1/ready_notice",))]
