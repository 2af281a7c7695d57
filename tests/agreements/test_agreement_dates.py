"""Terms exist on every day from 2018 for every region; each effective date changes exactly what it names."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import ParameterNotInForce, load_agreements
from agreements.model import Cited, GateTerms, Terms

AGREEMENTS = load_agreements()
REGIONS = ("23", "01", "19", "03")
ONE_DAY = timedelta(days=1)


def _quarter_days() -> Iterator[date]:
    for year in range(2018, 2031):
        for month in (1, 4, 7, 10):
            first = date(year, month, 1)
            yield first
            yield first - ONE_DAY if first > date(2018, 1, 1) else date(2030, 12, 31)


def _cited(terms: Terms) -> Iterator[Cited[object]]:
    for part in (terms, terms.gates):
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, Cited):
                yield value
            else:
                assert isinstance(value, str | tuple | GateTerms | None)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("day", sorted(_quarter_days()), ids=str)
def test_terms_exist_on_quarter_days(region: str, day: date) -> None:
    terms = AGREEMENTS.terms(region, day)
    assert len(list(_cited(terms))) >= 14
    for care in ("somatic", "psychiatric"):
        assert any(clause.covers(care) for clause in terms.clauses)


@given(day=st.dates(min_value=date(2018, 1, 1), max_value=date(2060, 12, 31)), region=st.sampled_from(REGIONS))
def test_what_is_given_for_a_day_holds_on_that_day(day: date, region: str) -> None:
    terms = AGREEMENTS.terms(region, day)
    for value in _cited(terms):
        assert value.valid_from <= day
        assert value.valid_to is None or day <= value.valid_to
    for clause in terms.clauses:
        assert clause.valid_from is not None
        assert clause.valid_from <= day
        assert clause.valid_to is None or day <= clause.valid_to


def test_every_day_of_the_agreement_is_covered_and_none_twice() -> None:
    day = date(2019, 1, 1)
    while day <= date(2024, 12, 31):
        clauses = AGREEMENTS.terms_of("jamtland-harjedalen", day).clauses
        assert [clause.id for clause in clauses] == ["condition-1", "condition-2"]
        day += ONE_DAY


@pytest.mark.parametrize(
    ("day", "agreement"),
    [
        (date(2018, 1, 1), "lus"),
        (date(2018, 12, 31), "lus"),
        (date(2019, 1, 1), "jamtland-harjedalen"),
        (date(2019, 12, 31), "jamtland-harjedalen"),
        (date(2020, 1, 1), "jamtland-harjedalen"),
        (date(2024, 12, 31), "jamtland-harjedalen"),
        (date(2025, 1, 1), "lus"),
        (date(2030, 6, 30), "lus"),
    ],
)
def test_jamtland_harjedalen_holds_from_2019_to_2024_and_lapses_into_the_statute(day: date, agreement: str) -> None:
    assert AGREEMENTS.governing("23", day).name == agreement
    assert AGREEMENTS.terms("23", day).agreement == agreement


@pytest.mark.parametrize("region", ["03", "12", "25", "99"])
def test_a_region_without_an_agreement_follows_the_statute(region: str) -> None:
    assert AGREEMENTS.governing(region, date(2023, 3, 1)).name == "lus"


@pytest.mark.parametrize(
    ("payer", "agreement"),
    [
        (None, "jamtland-harjedalen"),
        ("2303", "jamtland-harjedalen"),
        ("2361", "jamtland-harjedalen"),
        ("2380", "jamtland-harjedalen"),
        ("2380/centrum", "jamtland-harjedalen"),
        ("2281", "lus"),
        ("0180", "lus"),
        ("0180/spanga-tensta", "lus"),
        ("2399", "lus"),
    ],
)
def test_a_payer_outside_the_parties_falls_under_the_statute(payer: str | None, agreement: str) -> None:
    assert AGREEMENTS.governing("23", date(2023, 3, 1), payer).name == agreement
    assert AGREEMENTS.terms("23", date(2023, 3, 1), payer).agreement == agreement


@pytest.mark.parametrize(
    ("day", "care", "free"),
    [
        (date(2018, 1, 1), "somatic", 3),
        (date(2018, 12, 31), "somatic", 3),
        (date(2019, 1, 1), "somatic", 3),
        (date(2018, 1, 1), "psychiatric", 30),
        (date(2018, 12, 31), "psychiatric", 30),
        (date(2019, 1, 1), "psychiatric", 3),
        (date(2026, 11, 1), "psychiatric", 3),
    ],
)
def test_psychiatry_has_thirty_days_to_the_end_of_2018_and_always_the_noon_rule(
    day: date, care: str, free: int
) -> None:
    (clause,) = [one for one in AGREEMENTS.terms("03", day).clauses if one.covers(care)]
    assert clause.charge.free_care_days == free
    assert clause.cutoff == time(12)


def test_a_day_before_the_statute_is_an_error() -> None:
    with pytest.raises(ParameterNotInForce, match=r"agreement lus: .* not in force on 2017-12-31") as caught:
        AGREEMENTS.terms("01", date(2017, 12, 31))
    assert (caught.value.agreement, caught.value.day) == ("lus", date(2017, 12, 31))


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2025, 1, 1)])
def test_an_agreement_asked_outside_its_days_is_an_error_never_the_last_known(day: date) -> None:
    with pytest.raises(ParameterNotInForce, match=r"jamtland-harjedalen.*2019-01-01 to 2024-12-31") as caught:
        AGREEMENTS.terms_of("jamtland-harjedalen", day)
    assert caught.value.day == day
