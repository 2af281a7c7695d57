"""An agreement as if it had always governed a region: its terms of one day, on every day, for every payer of it."""

from dataclasses import replace
from datetime import date

import pytest

from agreements.loader import load_agreements
from agreements.registry import Agreements
from agreements.tomlfile import ParameterNotInForce, UnknownAgreement
from hemgang.outlook.scenarios import NoClause, as_if, nearest_day
from tests.liability.discharges import ANGE, BERG

ON = date(2023, 3, 1)


@pytest.mark.parametrize(
    ("name", "on", "region"),
    [
        ("jamtland-harjedalen", ON, "23"),
        ("jamtland-harjedalen", ON, "19"),
        ("vastmanland", date(2019, 9, 30), "23"),
        ("vastmanland", date(2019, 10, 1), "23"),
        ("stockholm", date(2019, 12, 31), "01"),
        ("stockholm", date(2021, 11, 1), "23"),
        ("lus", date(2018, 12, 31), "23"),
        ("lus", ON, "23"),
    ],
)
@pytest.mark.parametrize("day", [date(2018, 1, 1), date(2019, 10, 1), date(2035, 6, 1)])
def test_its_terms_hold_on_every_day(name: str, on: date, region: str, day: date) -> None:
    agreements = load_agreements()
    asked, imagined = agreements.terms_of(name, on), as_if(agreements, name, on=on, region=region)
    terms = imagined.terms(region, day, f"{region}05")
    assert [clause.id for clause in terms.clauses] == [clause.id for clause in asked.clauses]
    assert [(one.gate, one.charge, one.cutoff) for one in terms.clauses] == [
        (one.gate, one.charge, one.cutoff) for one in asked.clauses
    ]
    assert terms.gates.late_sip_call.value is asked.gates.late_sip_call.value
    assert imagined.governing(region, day).name == name


def test_a_payer_of_another_region_stays_under_the_statute() -> None:
    imagined = as_if(load_agreements(), "vastmanland", on=ON, region="23")
    assert imagined.governing("23", ON, BERG).name == "vastmanland"
    assert imagined.governing("23", ON, ANGE).name == "lus"


def test_the_regions_own_agreement_is_no_longer_there() -> None:
    imagined = as_if(load_agreements(), "vastmanland", on=ON, region="23")
    assert imagined.names() == ("lus", "vastmanland")
    assert as_if(load_agreements(), "lus", on=ON, region="23").governing("23", ON, BERG).name == "lus"


def test_what_cannot_be_imagined() -> None:
    agreements = load_agreements()
    with pytest.raises(UnknownAgreement, match="no agreement 'nobody'"):
        as_if(agreements, "nobody", on=ON, region="23")
    with pytest.raises(ParameterNotInForce, match="2025-01-01"):
        as_if(agreements, "jamtland-harjedalen", on=date(2025, 1, 1), region="23")
    silent = replace(agreements.dated["vastmanland"], clauses=())
    with pytest.raises(NoClause, match="vastmanland has no clause of its own on 2023-03-01"):
        as_if(Agreements({**agreements.dated, "vastmanland": silent}), "vastmanland", on=ON, region="23")


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ("2018-12-31", "2019-01-01"),
        ("2019-01-01", "2019-01-01"),
        ("2023-03-01", "2023-03-01"),
        ("2024-12-31", "2024-12-31"),
        ("2025-01-01", "2024-12-31"),
    ],
)
def test_the_nearest_day_of_an_agreement(wanted: str, nearest: str) -> None:
    agreement = load_agreements().named("jamtland-harjedalen")
    assert nearest_day(agreement, date.fromisoformat(wanted)) == date.fromisoformat(nearest)
