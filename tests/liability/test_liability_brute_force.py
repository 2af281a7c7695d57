"""A second, naive computation of both models, day by day on plain dates, compared with the engine on random ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hemgang.messages.model import Message
from tests.effort import examples
from tests.liability.discharges import drafted, of_payer, stay

ONE_DAY = timedelta(days=1)
KRONOR = {2022: 9300, 2023: 10500}
JAMTLAND = ("2303", "2305", "2326")
OUTSIDE = ("2260", "2281")


@dataclass(frozen=True)
class Patient:
    """A patient by wall clock: when the ready notice was sent, when the patient left."""

    payer: str
    ready: datetime
    left: datetime
    provable: bool


patients = st.builds(
    lambda payer, day, clock, stayed, provable: Patient(
        payer, datetime.combine(day, clock), datetime.combine(day + stayed * ONE_DAY, time(23, 0)), provable
    ),
    payer=st.sampled_from(JAMTLAND + OUTSIDE),
    day=st.dates(date(2022, 11, 25), date(2023, 2, 5)),
    clock=st.sampled_from([time(8, 0), time(12, 0), time(12, 0, 1), time(13, 0), time(22, 59)]),
    stayed=st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 40]),
    provable=st.sampled_from([True, True, True, False]),
)
months = st.sampled_from([(2022, 12), (2023, 1)])


def naive(county: Sequence[Patient], year: int, month: int) -> dict[str, int]:
    """Return the kronor of each payer, one date after the other."""
    bill = {patient.payer: 0 for patient in county}
    for patient in county:
        for day in naive_days(patient, county, year, month):
            bill[patient.payer] += KRONOR[day.year] if patient.provable else 0
    return bill


def naive_days(patient: Patient, county: Sequence[Patient], year: int, month: int) -> list[date]:
    noon = patient.ready.date() + (ONE_DAY if patient.ready.time() > time(12) else 0 * ONE_DAY)
    whole = dates_between(patient.ready.date(), patient.left.date())
    after_noon = dates_between(noon, patient.left.date())
    if patient.payer in OUTSIDE:
        return [day for day in after_noon[3:] if (day.year, day.month) == (year, month)]
    if (patient.left.year, patient.left.month) != (year, month):
        return []
    same = [p for p in county if p.payer == patient.payer and (p.left.year, p.left.month) == (year, month)]
    quick = [p for p in same if p.left.date() in (p.ready.date(), p.ready.date() + ONE_DAY)]
    exempt = 4 * len(quick) >= 3 * len(same)
    return sorted(set(whole[7:]) | (set() if exempt else set(after_noon[3:])))


def dates_between(first: date, last: date) -> list[date]:
    found = []
    while first < last:
        found.append(first)
        first += ONE_DAY
    return found


def messages_of(county: Sequence[Patient]) -> list[Message]:
    return [
        one
        for n, patient in enumerate(county)
        for one in stay(
            f"e{n}",
            payer=patient.payer,
            ready=patient.ready.isoformat(" "),
            left=patient.left.isoformat(" "),
            without=[] if patient.provable else ["admission_notice"],
        )
    ]


@settings(max_examples=examples(150), deadline=None)
@given(county=st.lists(patients, max_size=14), month=months)
def test_the_engine_and_the_naive_computation_agree(county: list[Patient], month: tuple[int, int]) -> None:
    year, number = month
    draft = drafted(messages_of(county), f"{year}-{number:02d}")
    stated = {statement.payer: int(statement.amount) for statement in draft.statements}
    expected = naive(county, year, number)
    assert stated == {payer: expected[payer] for payer in stated}
    assert all(expected[payer] == 0 for payer in expected.keys() - stated.keys())


@settings(max_examples=examples(60), deadline=None)
@given(county=st.lists(patients, max_size=14), month=months)
def test_each_condition_on_its_own_agrees_too(county: list[Patient], month: tuple[int, int]) -> None:
    year, number = month
    draft = drafted(messages_of(county), f"{year}-{number:02d}")
    for payer in {patient.payer for patient in county if patient.payer in JAMTLAND}:
        out = [p for p in county if p.payer == payer and (p.left.year, p.left.month) == (year, number) and p.provable]
        long = [len(dates_between(p.ready.date(), p.left.date())) - 7 for p in out]
        if payer in {statement.payer for statement in draft.statements}:
            second = of_payer(draft, payer).clauses[1]
            assert second.care_days == sum(d for d in long if d > 0)
            assert second.persons == sum(1 for d in long if d > 0)


def test_the_naive_computation_can_disagree() -> None:
    """A comparison that could never fail would prove nothing: a day more is a day's money more."""
    ready, left = datetime.fromisoformat("2023-01-02T08:00"), datetime.fromisoformat("2023-01-09T23:00")
    county = [Patient("2260", ready, left, provable=True)]
    longer = [Patient("2260", ready, left + ONE_DAY, provable=True)]
    stated = int(of_payer(drafted(messages_of(county), "2023-01"), "2260").amount)
    assert stated == naive(county, 2023, 1)["2260"] == 4 * 10500
    assert stated != naive(longer, 2023, 1)["2260"]
