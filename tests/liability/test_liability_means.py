"""Clauses over the mean: exact fractions against the threshold, who is counted, what is charged (4.1, 4.7)."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.model import Ages, Attribution, Gate, GateKind, Population, Threshold
from agreements.registry import Agreements
from hemgang.liability.evaluation import half_up
from hemgang.liability.model import ClauseLine, DayOutcome, Draft, ThresholdUnknown
from hemgang.messages.model import Message
from tests.effort import examples
from tests.liability.clauses import individual, mean, signed
from tests.liability.discharges import BERG, drafted, gone, message, of_payer

RAGUNDA, BRACKE = "2303", "2305"


def line(draft: Draft, payer: str = BERG, clause: str = "mean") -> ClauseLine:
    return next(one for one in of_payer(draft, payer).clauses if one.clause == clause)


@pytest.mark.parametrize(
    ("days", "threshold", "zero_days", "care_days"),
    [
        ((0, 1, 2, 3), "2", True, "0"),
        ((0, 1, 2, 3), "13/10", True, "4/5"),
        ((0, 1, 2, 3), "3/2", True, "0"),
        ((0, 0, 0, 0, 0, 4, 4, 4, 4, 4), "3", True, "0"),
        ((0, 0, 0, 0, 0, 4, 4, 4, 4, 4), "3", False, "5"),
        ((0, 0), "1", False, "0"),
        ((3, 3, 4), "3", True, "1"),
    ],
)
def test_the_derived_examples(days: tuple[int, ...], threshold: str, zero_days: bool, care_days: str) -> None:
    """Specification 4.7: mean 1.5 costs nothing at 2.0 and at exactly 1.5, and 0.8 care days at 1.3."""
    clause = mean(threshold, population=Population(include_zero_days=zero_days))
    draft = drafted(gone(*days), agreements=signed([clause]))
    statement = of_payer(draft, BERG)
    assert (statement.care_days, line(draft).care_days) == (Fraction(care_days), Fraction(care_days))
    assert line(draft).result.exempt is (care_days == "0")
    assert statement.amount == sum(row.amount for row in statement.rows)


def test_the_excess_is_one_row_with_its_evidence_and_the_days_are_free() -> None:
    draft = drafted(gone(0, 1, 2, 3), agreements=signed([mean("13/10")]))
    [charged] = [row for row in draft.ledger if row.outcome is DayOutcome.CHARGED]
    assert (charged.episode, charged.period, charged.n, str(charged.date)) == ("", 0, 0, "2023-03-01")
    assert (charged.reason, charged.care_days, str(charged.amount)) == (
        "mean_above_threshold",
        Fraction(4, 5),
        "8400.00",
    )
    notices = {one.id for one in gone(0, 1, 2, 3) if one.type.value in ("ready_notice", "discharged")}
    assert set(charged.messages) == notices
    assert {row.reason for row in draft.ledger if row.episode} == {"counted_in_mean"}
    assert len([row for row in draft.ledger if row.episode]) == 0 + 1 + 2 + 3


def test_amounts_are_rounded_half_up_to_the_ore_once_on_the_line() -> None:
    """A third of a day at 10 500.00 is exact; two thirds of 0.05 kr is not."""
    draft = drafted(gone(1, 1, 2), agreements=signed([mean("11/9")], amount_kr="0.05"))
    assert line(draft).care_days == Fraction(1, 3)
    assert str(of_payer(draft, BERG).amount) == "0.02"
    third = drafted(gone(1, 1, 2), agreements=signed([mean("10/9")], amount_kr="0.15"))
    assert (line(third).care_days, str(of_payer(third, BERG).amount)) == (Fraction(2, 3), "0.10")


@pytest.mark.parametrize(("decimals", "care_days"), [(None, "2/3"), (2, "69/100"), (1, "9/10"), (0, "0")])
def test_a_mean_may_be_rounded_first(decimals: int | None, care_days: str) -> None:
    """7/3 over a threshold of 2.11 (Dalarna's kind): rounded half up to so many decimals before the excess is taken."""
    threshold = {None: "19/9", 2: "21/10", 1: "2", 0: "2"}[decimals]
    draft = drafted(gone(2, 2, 3), agreements=signed([mean(threshold, decimals=decimals)]))
    assert line(draft).care_days == Fraction(care_days)


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [("25/8", 2, "313/100"), ("31/10", 0, "3"), ("5/2", 0, "3"), ("7/3", 2, "233/100")],
)
def test_half_up(value: str, decimals: int, rounded: str) -> None:
    assert half_up(Fraction(value), decimals) == Fraction(rounded)


def test_status_counts_where_the_source_gives_one() -> None:
    """004: finished contacts with status UTFÖRD; a discharge without any status is counted."""
    messages = gone(5) + gone(5, name="u") + gone(5, name="x")
    given = {f"u{BERG}-2023-03-0": "UTFÖRD", f"x{BERG}-2023-03-0": "MAKULERAD"}
    told = [_with_status(one, given.get(one.episode)) for one in messages]
    clause = mean("1", population=Population(status="UTFÖRD"))
    assert line(drafted(told, agreements=signed([clause]))).result.population == 2
    assert line(drafted(told, agreements=signed([mean("1")]))).result.population == 3


def _with_status(one: Message, status: str | None) -> Message:
    if one.type.value != "discharged" or status is None:
        return one
    return message(f"{one.episode}/left", "discharged", "2023-03-07 11:00", status=status)


@pytest.mark.parametrize(("age", "counted"), [(17, 0), (18, 1), (64, 1), (None, 1)])
def test_who_is_not_of_the_clause_s_age_falls_under_the_act(age: int | None, counted: int) -> None:
    """Stockholm's mean is over adults; an unknown age counts as one. A child's days go by the act."""
    messages = [_of_age(one, age) for one in gone(6)]
    draft = drafted(messages, agreements=signed([mean("1", ages=Ages(first=18))]))
    assert line(draft).result.population == counted
    by_the_act = [row for row in draft.ledger if row.agreement == "lus" and row.outcome is DayOutcome.CHARGED]
    assert len(by_the_act) == (0 if counted else 3)


def _of_age(one: Message, age: int | None) -> Message:
    if one.type.value != "admitted" or age is None:
        return one
    return message(f"{one.episode}/in", "admitted", "2023-02-28 08:00", **{**one.fields, "age": age})


def test_a_county_mean_is_over_all_payers_of_its_month() -> None:
    """0, 1, 5 of one and 2 of another: 8/4 = 2 in October; a mean of 2 in November is free, 2 1/2 is not."""
    clause = mean(Threshold(county_mean_of="2023-01"), population=Population())
    before = gone(0, 1, 5, month="2023-01") + gone(2, payer=RAGUNDA, month="2023-01")
    draft = drafted(before + gone(2, 2) + gone(2, 3, payer=BRACKE), agreements=signed([clause]))
    assert (line(draft).result.threshold, line(draft).result.exempt) == (Fraction(2), True)
    assert line(draft, BRACKE).care_days == Fraction(1)


def test_a_published_county_mean_is_used_as_it_is() -> None:
    clause = mean(Threshold(Fraction("1.87"), county_mean_of="2023-01"))
    draft = drafted(gone(2, 2), agreements=signed([clause]))
    assert line(draft).care_days == 2 * (Fraction(2) - Fraction("1.87"))


def test_a_county_mean_of_a_month_without_data_is_an_error_that_says_what_to_do() -> None:
    clause = mean(Threshold(county_mean_of="2022-10"))
    with pytest.raises(
        ThresholdUnknown, match=r"mean of county 23 in 2022-10.*ingest that month.*published.*tried\.toml"
    ):
        drafted(gone(2, 2), agreements=signed([clause]))


def test_three_months_in_a_row() -> None:
    """Sörmland's kind: the third month above in a row pays, the second does not, and one below begins anew."""
    clause = mean("3", kind=GateKind.CONSECUTIVE_MEAN_ABOVE, months=3)
    high, low = (4, 4), (1, 1)
    months = {"2023-01": high, "2023-02": high, "2023-03": high, "2023-04": low, "2023-05": high}
    messages = [one for month, days in months.items() for one in gone(*days, month=month)]
    found = {m: line(drafted(messages, m, agreements=signed([clause]))) for m in months}
    assert {month: one.result.exempt for month, one in found.items()} == {
        "2023-01": True,
        "2023-02": True,
        "2023-03": False,
        "2023-04": True,
        "2023-05": True,
    }
    assert found["2023-03"].care_days == 2
    assert found["2023-03"].result.before == (Fraction(4), Fraction(4))


def test_a_mean_with_individual_days_beyond_seven() -> None:
    """Västra Götaland's kind: longer than 7 days is charged alone, and is in the mean only if the clause says."""
    over = individual(7, attribution=Attribution.CARE_DAY)
    apart = mean("3", population=Population(includes_individually_charged=False))
    draft = drafted(gone(2, 3, 12), agreements=signed([apart, over]))
    assert (line(draft).result.value, line(draft).care_days) == (Fraction(5, 2), Fraction(0))
    assert line(draft, clause="individual").care_days == 5
    together = drafted(gone(2, 3, 12), agreements=signed([mean("3"), over]))
    assert (line(together).result.value, line(together).care_days) == (Fraction(17, 3), Fraction(8))


def test_a_joint_decision_opens_the_gate_for_one_payer_and_month() -> None:
    clause = individual(3, gate=Gate(GateKind.JOINT_DECISION))
    agreements: Agreements = signed([clause])
    messages = gone(5) + gone(5, payer=RAGUNDA)
    assert not any(row.outcome is DayOutcome.CHARGED for row in drafted(messages, agreements=agreements).ledger)
    decided = frozenset({("23", BERG, "individual", "2023-03")})
    draft = drafted(messages, agreements=agreements, decisions=decided)
    assert [row.payer for row in draft.ledger if row.outcome is DayOutcome.CHARGED] == [BERG] * 2
    assert {row.reason for row in draft.ledger if row.payer == RAGUNDA} == {"within_free_care_days", "exempt"}


@settings(max_examples=examples(60), deadline=None)
@given(
    days=st.lists(st.integers(0, 20), max_size=8),
    threshold=st.fractions(0, 6, max_denominator=20),
    zero_days=st.booleans(),
)
def test_the_excess_is_what_the_definition_says(days: list[int], threshold: Fraction, zero_days: bool) -> None:
    counted = [d for d in days if zero_days or d > 0]
    draft = drafted(
        gone(*days), agreements=signed([mean(str(threshold), population=Population(include_zero_days=zero_days))])
    )
    excess = max(Fraction(0), sum(counted) - threshold * len(counted)) if counted else Fraction(0)
    assert sum((one.care_days for one in draft.statements), Fraction(0)) == excess
