"""How far a payer is from its threshold, against counting discharge by discharge."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.liability.model import GateValue
from hemgang.outlook.threshold import mean_status, share_status, tipping_days

SHARES = st.fractions(min_value=0, max_value=1, max_denominator=20)
COUNTS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair)))


def exempt(early: int, everyone: int, least: Fraction) -> bool:
    """Tell whether a share exempts, as the clause says it: at least so many of those discharged, or nobody."""
    return everyone == 0 or Fraction(early, everyone) >= least


@given(counts=COUNTS, least=SHARES)
def test_as_many_early_discharges_as_needed_and_not_one_less(counts: tuple[int, int], least: Fraction) -> None:
    early, everyone = counts
    standing = share_status(GateValue(exempt(*counts, least), population=everyone, counted=early), least)
    if standing.needed is None:
        assert not any(exempt(early + more, everyone + more, least) for more in range(200))
        return
    assert exempt(early + standing.needed, everyone + standing.needed, least)
    assert not any(exempt(early + more, everyone + more, least) for more in range(standing.needed))


@given(counts=COUNTS, least=SHARES)
def test_as_many_late_discharges_as_it_bears_and_not_one_more(counts: tuple[int, int], least: Fraction) -> None:
    early, everyone = counts
    free = exempt(early, everyone, least)
    standing = share_status(GateValue(free, population=everyone, counted=early), least)
    if standing.bearable is None:
        assert all(exempt(early, everyone + more, least) for more in range(200))
        return
    if free:
        assert all(exempt(early, everyone + more, least) for more in range(standing.bearable + 1))
        assert not exempt(early, everyone + standing.bearable + 1, least)
    else:
        assert standing.bearable == 0


@pytest.mark.parametrize(
    ("early", "everyone", "needed", "bearable"),
    [(20, 30, 10, 0), (25, 30, 0, 3), (3, 4, 0, 0), (2, 3, 1, 0), (0, 0, 0, 0), (0, 1, 3, 0), (22, 30, 2, 0)],
)
def test_at_three_quarters(early: int, everyone: int, needed: int, bearable: int) -> None:
    least = Fraction(3, 4)
    standing = share_status(GateValue(exempt(early, everyone, least), population=everyone, counted=early), least)
    assert (standing.needed, standing.bearable) == (needed, bearable)


@given(
    days=st.integers(0, 200),
    everyone=st.integers(0, 40),
    threshold=st.fractions(min_value=0, max_value=8, max_denominator=10),
)
def test_one_more_discharge_tips_a_mean_from_that_d_on(days: int, everyone: int, threshold: Fraction) -> None:
    standing = mean_status(GateValue(True, population=everyone, days=days), threshold)
    tips = tipping_days(standing)
    assert Fraction(days + tips, everyone + 1) > threshold
    assert tips == 0 or Fraction(days + tips - 1, everyone + 1) <= threshold
    assert standing.room == threshold * everyone - days
