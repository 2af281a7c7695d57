"""What always holds: union and sum, one day more, free days, rows and statements, order, a month's hash."""

import random
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from hemgang.liability.model import DayOutcome
from hemgang.messages.model import Message
from tests.effort import examples
from tests.liability.discharges import ANGE, BERG, OSTERSUND, charged, drafted, message, of_payer, stay

FIRST = date(2023, 3, 1)


@st.composite
def counties(draw: st.DrawFn) -> list[Message]:
    """Stays of a county in March 2023, some unprovable, some withdrawn, some still in."""
    messages: list[Message] = []
    for n in range(draw(st.integers(0, 8))):
        day = FIRST + timedelta(days=draw(st.integers(-8, 25)))
        out = day + timedelta(days=draw(st.integers(0, 12)))
        ready = f"{day} {draw(st.sampled_from(['09:00', '12:00', '12:00:01', '18:00']))}"
        more = [message(f"e{n}", "ready_withdrawn", f"{out} 20:00")] if draw(st.booleans()) else []
        left = draw(st.sampled_from([f"{out} 21:00", f"{out} 21:00", f"{out} 21:00", None]))
        payer = draw(st.sampled_from([BERG, OSTERSUND, ANGE]))
        without = draw(st.sampled_from([[], [], ["admission_notice"], ["outpatient_care"]]))
        messages += stay(f"e{n}", payer=payer, ready=ready, left=left, without=without, more=more)
    return messages


@settings(max_examples=examples(80), deadline=None)
@given(messages=counties())
def test_statements_are_sums_of_rows_and_a_union_is_at_most_the_sum_of_its_clauses(messages: list[Message]) -> None:
    draft = drafted(messages)
    for statement in draft.statements:
        rows = [row for row in draft.ledger if row.payer == statement.payer]
        paid = [row for row in rows if row.outcome is DayOutcome.CHARGED]
        assert tuple(rows) == statement.rows
        assert statement.amount == sum(row.amount for row in paid) == sum(row.amount for row in rows)
        assert statement.care_days == len(paid) <= sum((line.care_days for line in statement.clauses), Fraction(0))
        assert all(line.care_days <= statement.care_days for line in statement.clauses)
        assert all(line.care_days == 0 for line in statement.clauses if line.result.exempt)
        assert all(line.persons <= line.care_days for line in statement.clauses)
    keys = [(row.episode, row.period, row.date) for row in draft.ledger]
    assert len(keys) == len(set(keys))
    assert all((row.rate is not None) == (row.outcome is DayOutcome.CHARGED) for row in draft.ledger)


@settings(max_examples=examples(40), deadline=None)
@given(messages=counties(), seed=st.integers(0, 2**32))
def test_the_same_facts_give_the_same_draft_in_any_order(messages: list[Message], seed: int) -> None:
    shuffled = messages[:]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret is made of it
    first, second = drafted(messages), drafted(shuffled)
    assert first == second
    assert first.hash == second.hash


@settings(max_examples=examples(40), deadline=None)
@given(messages=counties(), month=st.sampled_from(["2023-02", "2023-03", "2023-04"]))
def test_no_care_day_is_charged_in_two_months(messages: list[Message], month: str) -> None:
    paid = {(row.episode, row.date) for row in charged(drafted(messages, month))}
    others = {"2023-02", "2023-03", "2023-04", "2023-05"} - {month}
    for other in others:
        assert not paid & {(row.episode, row.date) for row in charged(drafted(messages, other))}


@given(d=st.integers(0, 28), ready=st.sampled_from(["09:00", "12:00", "12:00:01"]), payer=st.sampled_from([BERG, ANGE]))
@settings(deadline=None)
def test_up_to_the_free_days_nothing_is_charged_and_each_day_more_is_one_more(d: int, ready: str, payer: str) -> None:
    """A single patient: not exempt from d = 2 on, three free care days, after noon one day later."""
    begun = 1 if ready == "12:00:01" else 0
    out = FIRST + timedelta(days=d)
    draft = drafted(stay(payer=payer, ready=f"{FIRST} {ready}", left=f"{out} 23:00"))
    assert of_payer(draft, payer).care_days == max(0, d - begun - 3)
    assert len({row.date for row in draft.ledger}) == len(draft.ledger)


@settings(max_examples=examples(40), deadline=None)
@given(messages=counties(), taken=st.integers(0, 200))
def test_taking_a_message_away_never_leaves_a_day_charged_that_rested_on_it(
    messages: list[Message], taken: int
) -> None:
    """Under the statute; with a share the others of a payer can change too."""
    outside = [one for one in messages if one.episode in episodes_of(messages, ANGE)]
    if not outside:
        return
    gone = outside[taken % len(outside)]
    resting = {(row.episode, row.date) for row in charged(drafted(outside)) if gone.id in row.messages}
    left = [one for one in outside if one is not gone]
    assert not resting & {(row.episode, row.date) for row in charged(drafted(left))}


def episodes_of(messages: list[Message], payer: str) -> set[str]:
    return {one.episode for one in messages if one.fields.get("municipality") == payer}
