"""What differs from a closed month: one cause at a time, and all of them add up to what would be paid now."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hemgang.closing.review import Cause
from hemgang.closing.settlement import Paid, RowKey, differences, summed

KEYS: list[RowKey] = [
    ("2326", "e1", "2023-03-07", ""),
    ("2326", "e1", "2023-03-08", ""),
    ("2380", "e2", "2023-03-07", ""),
    ("2380", "", "2023-03-01", "mean"),
]
days = st.fractions(min_value=0, max_value=9, max_denominator=7)
kronor = st.decimals(min_value=0, max_value=99_999, places=2)
states = st.dictionaries(st.sampled_from(KEYS), st.tuples(days, kronor))


def one(key: RowKey, amount: int) -> Paid:
    return {key: (Fraction(1), Decimal(amount))}


@given(closed=states, rules=states, messages=states, disputes=states)
def test_the_differences_add_up_to_what_would_be_paid_now(
    closed: Paid, rules: Paid, messages: Paid, disputes: Paid
) -> None:
    found = differences(closed, by_rules=rules, by_messages=messages, by_disputes=disputes, corrected={"e2"})
    for key in KEYS:
        of_row = [each for each in found if each.row == key]
        before, now = (state.get(key, (Fraction(0), Decimal(0))) for state in (closed, disputes))
        assert sum((each.care_days for each in of_row), Fraction(0)) == now[0] - before[0]
        assert sum((each.amount for each in of_row), Decimal(0)) == now[1] - before[1]
        assert len({each.cause for each in of_row}) == len(of_row)
    sums = summed(found, month="2023-03", version=2)
    assert sum((each.amount for each in sums), Decimal(0)) == sum((each.amount for each in found), Decimal(0))


@given(state=states)
def test_where_nothing_changed_nothing_differs(state: Paid) -> None:
    assert differences(state, by_rules=state, by_messages=state, by_disputes=state, corrected={"e1"}) == ()


def test_each_step_has_its_cause() -> None:
    first, other, mean = KEYS[0], KEYS[2], KEYS[3]
    told = {
        "closed": one(first, 100),
        "rules": one(first, 110),
        "messages": {**one(first, 120), **one(other, 50), **one(mean, 7)},
        "disputes": {**one(first, 120), **one(other, 50)},
    }
    found = differences(
        told["closed"],
        by_rules=told["rules"],
        by_messages=told["messages"],
        by_disputes=told["disputes"],
        corrected={"e2"},
    )
    assert [(each.episode, each.cause, int(each.amount)) for each in found] == [
        ("e1", Cause.AGREEMENT, 10),
        ("e1", Cause.LATE_MESSAGE, 10),
        ("", Cause.CORRECTION, 7),
        ("", Cause.DISPUTE, -7),
        ("e2", Cause.CORRECTION, 50),
    ]
