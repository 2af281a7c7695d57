"""Every quote stands in its source, word for word, and every value has its quote or says why it has none."""

from dataclasses import replace
from datetime import date

import pytest

from agreements import load_agreements, load_payers, load_rates
from agreements.model import Citation
from agreements.registry import Agreements
from agreements.validation import CHECKOUT, check, known_gaps, normalised, read_sources

CITATIONS = tuple(citation for dated in load_agreements().dated.values() for citation in dated.citations()) + tuple(
    [rate.citation for rate in load_rates().by_year.values()] + [payer.citation for payer in load_payers().listed]
)


def _named(citation: Citation) -> str:
    return f"{citation.agreement}:{citation.line}:{citation.parameter}"


@pytest.mark.parametrize("citation", CITATIONS, ids=_named)
def test_a_quote_stands_in_its_source_or_the_value_says_that_it_is_assumed(citation: Citation) -> None:
    assert citation.clause
    assert (citation.quote is None) != (citation.assumption is None)
    if citation.quote is not None:
        assert citation.source is not None
        assert normalised(citation.quote) in read_sources()[citation.source]


def test_there_are_quotes_and_assumptions_to_look_at() -> None:
    quoted = [citation for citation in CITATIONS if citation.quote is not None]
    assert len(quoted) > 30
    assert len(CITATIONS) - len(quoted) > 15


def test_every_row_knows_its_line() -> None:
    for dated in load_agreements().dated.values():
        lines = [citation.line for citation in dated.citations()]
        assert None not in lines
        assert len(set(lines)) == len(lines)


def test_the_shipped_files_have_no_problem() -> None:
    assert check(load_agreements(), sources=read_sources(), rates=load_rates(), payers=load_payers()) == ()


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2018, 12, 31), ["2018"]),
        (date(2023, 12, 31), ["2018", "2021"]),
        (date(2024, 1, 1), ["2018", "2021", "2024"]),
    ],
)
def test_the_years_without_an_amount_are_known_gaps(today: date, years: list[str]) -> None:
    gaps = known_gaps(load_agreements(), rates=load_rates(), today=today)
    assert {gap.code for gap in gaps} == {"missing_rate"}
    assert [gap.key for gap in gaps] == [f"amount_kr.{year}" for year in years]


@pytest.mark.parametrize(
    ("quote", "source", "code"),
    [
        ("tre dagar före det att", "lus-2017-612-lydelse-2020-01-01", "unproved_quote"),
        ("Tre Dagar Efter Det Att", "lus-2017-612-lydelse-2020-01-01", "unproved_quote"),
        ("uppgår till 75% eller mer", "lus-2017-612-lydelse-2020-01-01", "unproved_quote"),
        ("uppgår till 75% eller mer", "001", "unknown_source"),
        ("inträda\n  tre dagar efter", "lus-2017-612-lydelse-2020-01-01", None),
    ],
)
def test_a_quote_that_the_source_does_not_hold_is_found(quote: str, source: str, code: str | None) -> None:
    problems = check(_with_quote(quote, source=source), sources=read_sources())
    assert [problem.code for problem in problems] == ([] if code is None else [code])
    for problem in problems:
        assert (problem.file, problem.key) == ("agreements/lus.toml", "sip_call_within_days")
        assert problem.line is not None


def test_a_rate_with_a_false_quote_is_found() -> None:
    rates = load_rates()
    false = replace(rates.by_year[2019].citation, quote="År 2019 är detta belopp 7 900 kronor per dygn.")
    doctored = replace(rates, by_year={2019: replace(rates.by_year[2019], citation=false)})
    problems = check(load_agreements(), sources=read_sources(), rates=doctored)
    assert [(problem.code, problem.key) for problem in problems] == [("unproved_quote", "amount_kr.2019")]


def test_every_source_text_is_described() -> None:
    described = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    texts = [path.name for path in CHECKOUT.iterdir() if path.name != "README.md"]
    assert len(texts) == 8
    for name in texts:
        assert f"`{name}`" in described


def _with_quote(quote: str, *, source: str) -> Agreements:
    agreements = load_agreements()
    lus = agreements.dated["lus"]
    (row,) = lus.values["sip_call_within_days"]
    doctored = replace(row, citation=replace(row.citation, quote=quote, source=source))
    values = {**lus.values, "sip_call_within_days": (doctored,)}
    return Agreements(dated={**agreements.dated, "lus": replace(lus, values=values)})
