"""One engine: regions and months evaluated all at once say what each month's draft says on its own."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.loader import load_agreements, load_rates
from agreements.payers import municipalities
from agreements.registry import Agreements
from benchmarks.columns import portions
from hemgang.liability.evaluation import Evaluation, clause_totals, day_totals, evaluate
from hemgang.liability.model import Draft, Month
from hemgang.liability.periods import facts
from hemgang.liability.rulebook import Rulebook
from hemgang.messages.model import Message
from tests.effort import examples
from tests.liability.clauses import individual, mean, signed
from tests.liability.discharges import ANGE, BERG, OSTERSUND, at, drafted, folded, stay

ONE_DAY = timedelta(days=1)
MONTHS = (Month(2022, 12), Month(2023, 1), Month(2023, 2))
NOW = "2023-06-01 12:00"
PLACES = {"23": (BERG, OSTERSUND, ANGE), "22": (ANGE, "2281")}

people = st.lists(
    st.tuples(
        st.sampled_from([(region, payer) for region, payers in PLACES.items() for payer in payers]),
        st.dates(date(2022, 11, 10), date(2023, 2, 25)),
        st.sampled_from([time(8), time(12), time(12, 0, 1)]),
        st.sampled_from([0, 0, 1, 1, 2, 4, 8, 9, 40, None]),
        st.booleans(),
    ),
    max_size=12,
)
"""Region and payer, day and time of the ready notice, ready days (None = still in), whether every gate passes."""


def messages_of(county: list[tuple[tuple[str, str], date, time, int | None, bool]]) -> list[Message]:
    return [
        one
        for number, ((region, payer), day, clock, d, provable) in enumerate(county)
        for one in stay(
            f"e{number}",
            region=region,
            payer=payer,
            ready=f"{datetime.combine(day, clock)}",
            left=None if d is None else f"{datetime.combine(day + d * ONE_DAY, time(23))}",
            without=() if provable else ("admission_notice",),
        )
    ]


def at_once(messages: list[Message], agreements: Agreements, *, rows: int = 1_000_000) -> list[Evaluation]:
    """Return the evaluations of the portions of a table that holds both regions, over all months together."""
    book = Rulebook(agreements, load_rates(), municipalities(), at(NOW))
    episodes = folded(messages)
    tables = [facts(episodes, region, book).periods for region in PLACES]
    return [evaluate(part, MONTHS, book) for part in portions(pl.concat(tables), at_once=rows)]


def totals(found: list[Evaluation]) -> dict[tuple[str, str, str], tuple[Fraction, int]]:
    """Return care days and öre by region, month and payer, the rows over means left out; only where anything is."""
    told: dict[tuple[str, str, str], tuple[Fraction, int]] = {}
    for one in found:
        for region, month, payer, care_days, ore in day_totals(one).iter_rows():
            if care_days:
                told[region, f"{month:%Y-%m}", payer] = (Fraction(care_days), ore)
    return told


def drafts(messages: list[Message], agreements: Agreements) -> list[Draft]:
    return [
        drafted(messages, str(month), region=region, now=NOW, agreements=agreements)
        for region in PLACES
        for month in MONTHS
    ]


@settings(max_examples=examples(40), deadline=None)
@given(county=people)
def test_all_regions_and_months_at_once_are_the_drafts_one_by_one(
    county: list[tuple[tuple[str, str], date, time, int | None, bool]],
) -> None:
    messages, agreements = messages_of(county), load_agreements()
    expected = {
        (draft.region, str(draft.month), one.payer): (one.care_days, int(one.amount * 100))
        for draft in drafts(messages, agreements)
        for one in draft.statements
        if one.care_days
    }
    assert totals(at_once(messages, agreements)) == expected
    assert totals(at_once(messages, agreements, rows=1)) == expected


@settings(max_examples=examples(30), deadline=None)
@given(county=people)
def test_means_and_individual_days_at_once_are_those_of_the_drafts(
    county: list[tuple[tuple[str, str], date, time, int | None, bool]],
) -> None:
    agreements = signed([mean("1"), individual(7)])
    messages = messages_of(county)
    found = at_once(messages, agreements)
    means = {
        (one.region, str(one.month), one.payer): one.care_days for part in found for one in part.means if one.care_days
    }
    lines = {
        (draft.region, str(draft.month), one.payer, line.clause): (int(line.care_days), line.persons)
        for draft in drafts(messages, agreements)
        for one in draft.statements
        for line in one.clauses
        if line.care_days and line.clause != "mean"
    }
    by_clause = {
        (region, f"{month:%Y-%m}", payer, clause): (care_days, persons)
        for part in found
        for region, month, payer, _, clause, care_days, persons in clause_totals(part).iter_rows()
    }
    assert by_clause == lines
    assert means == {
        (draft.region, str(draft.month), one.payer): row.care_days
        for draft in drafts(messages, agreements)
        for one in draft.statements
        for row in one.rows
        if not row.episode and row.care_days
    }


@settings(max_examples=examples(40), deadline=None)
@given(county=people)
def test_every_statement_is_the_sum_of_its_rows(
    county: list[tuple[tuple[str, str], date, time, int | None, bool]],
) -> None:
    for draft in drafts(messages_of(county), signed([mean("1/2"), individual(7)])):
        for statement in draft.statements:
            assert statement.amount == sum(row.amount for row in statement.rows)
            assert statement.care_days == sum(row.care_days for row in statement.rows)
