"""Counties that differ, districts with dates, years and sizes, and the whole country in one stream."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise

import pytest

from agreements.loader import load_payers
from agreements.payers import municipalities
from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.simulate import simulate
from hemgang.episode.model import Episode
from hemgang.messages.model import Accepted, Message, MessageType
from hemgang.messages.readers import read_object
from hemgang.messages.validation import read_message
from hemgang.simulate import COUNTRY, county_of, discharges_in, timed_lines
from hemgang.simulate.county import POPULATION, shares
from tests.simulate.readings import END, START, Timed, april, episodes, messages, ready_days

A_DAY = timedelta(days=1)


def country() -> Timed:
    return april(region=COUNTRY, discharges=1000)


def test_the_country_has_every_county_about_as_large_as_its_population() -> None:
    opened = Counter(str(m.fields["region"]) for m in messages(country()) if m.type is MessageType.ADMITTED)
    assert set(opened) == set(POPULATION) == {one.county for one in municipalities().values()}
    assert opened["01"] > opened["14"] > opened["12"] > opened["23"]
    assert opened["01"] > opened.total() / 6


@pytest.mark.parametrize("discharges", [0, 1, 20, 21, 1000, 999_999])
def test_the_parts_of_the_country_make_the_whole(discharges: int) -> None:
    parts = shares(discharges)
    assert sum(parts.values()) == discharges
    total = sum(POPULATION.values())
    assert all(abs(parts[one] - Fraction(size * discharges, total)) < 1 for one, size in POPULATION.items())


def test_the_country_comes_in_order_with_ids_of_its_own_and_the_same_each_time() -> None:
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(country()))
    admitted = [m for m in messages(country()) if m.type is MessageType.ADMITTED]
    assert len({m.episode for m in admitted}) == len(admitted) > 1000
    again = timed_lines(COUNTRY, start=START, end=END, seed=1, discharges=1000, dirt=0.0)
    assert tuple(again) == country()
    assert next(timed_lines(COUNTRY, start=START, end=END, seed=2, discharges=1000)) != country()[0]


def test_the_first_lines_of_a_million_stays_come_without_the_rest() -> None:
    endless = timed_lines(COUNTRY, start=date(2015, 1, 1), end=date(2024, 12, 31), seed=1, discharges=1_000_000)
    assert len(list(islice(endless, 1000))) == 1000


def _mean_of_some(stays: Sequence[Episode]) -> Fraction:
    some = [days for _, days in ready_days(stays) if days]
    return Fraction(sum(some), len(some))


def test_the_country_is_ready_about_as_long_as_published() -> None:
    """SKR, March 2024: mean 2.5 ready days of those that had at least one."""
    assert Fraction(22, 10) <= _mean_of_some(episodes(country())) <= Fraction(29, 10)


def test_ostergotland_is_ready_longer_than_the_country() -> None:
    """SKR, March 2024, by the press: 288 patients, mean 4.2 days."""
    stays = episodes(april(region="05", discharges=520))
    assert 230 <= sum(days > 0 for _, days in ready_days(stays)) <= 340
    assert Fraction(36, 10) <= _mean_of_some(stays) <= Fraction(48, 10)


def _moved(stays: Sequence[Episode]) -> Fraction:
    ready = [stay for stay in stays if stay.periods]
    return Fraction(sum(len(stay.periods) > 1 for stay in ready), len(ready))


def test_vastmanland_moves_its_ready_dates_more_often_than_others() -> None:
    assert _moved(episodes(april(region="19"))) > Fraction(3, 2) * _moved(episodes(april(region="17")))


def test_vastmanlands_discharges_carry_a_status_mostly_utford_and_others_none() -> None:
    def statuses(region: str) -> Counter[object]:
        said = messages(april(region=region))
        return Counter(m.fields.get("status") for m in said if m.type is MessageType.DISCHARGED)

    found = statuses("19")
    assert set(found) == {"UTFÖRD", "PÅGÅENDE", None}
    assert found["UTFÖRD"] > found.total() * 8 / 10
    assert set(statuses("17")) == {None}


def test_where_dates_of_birth_are_told_no_age_is_and_children_are_children() -> None:
    admitted = [m for m in messages(april(region="19", discharges=800)) if m.type is MessageType.ADMITTED]
    assert all("birth_date" in m.fields and "age" not in m.fields for m in admitted)
    ages = {m.episode: _age(m) for m in admitted}
    assert all(0 <= age <= 103 for age in ages.values())
    children = {m.episode for m in admitted if "child" in m.fields.get("groups", ())}
    assert children == {episode for episode, age in ages.items() if age < 18}
    assert children


def _age(message: Message) -> int:
    born, day = message.fields["birth_date"], local_date(message.at)
    return int(day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


@pytest.mark.parametrize(
    ("start", "here", "not_here"),
    [
        (date(2020, 3, 1), {"alvsjo", "norrmalm", "rinkeby-kista"}, {"hagersten-alvsjo", "jarva"}),
        (date(2022, 3, 1), {"hagersten-alvsjo", "norrmalm", "rinkeby-kista"}, {"alvsjo", "jarva"}),
        (date(2024, 3, 1), {"hagersten-alvsjo", "norra-innerstaden", "jarva"}, {"alvsjo", "norrmalm"}),
    ],
)
def test_stockholm_city_pays_by_the_boards_of_the_time(start: date, here: set[str], not_here: set[str]) -> None:
    timed = timed_lines("01", start=start + 40 * A_DAY, end=start + 60 * A_DAY, seed=1, discharges=700, dirt=0.0)
    admitted = [m for m in messages_at(timed) if m.type is MessageType.ADMITTED]
    districts = {m.fields["district"] for m in admitted if m.fields["municipality"] == "0180"}
    assert here <= districts
    assert not not_here & districts


def messages_at(timed: Iterable[tuple[datetime, str]]) -> list[Message]:
    """Return accepted messages, whatever the year."""
    read = [read_message(read_object(line), now=None) for _, line in timed]
    return [one.message for one in read if isinstance(one, Accepted)]


@pytest.mark.parametrize("change", [date(2020, 7, 1), date(2023, 7, 1)])
def test_a_payer_begins_on_its_first_day_and_ends_after_its_last(change: date) -> None:
    county = county_of("01")
    before, after = ({a.district for a in county.areas_on(day)} for day in (change - A_DAY, change))
    assert before != after
    payers = load_payers()
    for day, districts in ((change - A_DAY, before), (change, after)):
        assert all(payers.resolve(f"0180/{one}", day).code == f"0180/{one}" for one in districts if one)


@pytest.mark.parametrize(
    ("start", "end", "per_year", "expected"),
    [
        (date(2023, 1, 1), date(2023, 12, 31), 730, 730),
        (date(2024, 1, 1), date(2024, 12, 31), 730, 730),  # a leap year is a year
        (date(2023, 1, 1), date(2023, 1, 31), 365, 31),
        (date(2024, 1, 1), date(2024, 1, 31), 366, 31),
        (date(2021, 7, 1), date(2024, 6, 30), 1000, 504 + 2000 + 497),
        (date(2023, 5, 2), date(2023, 5, 1), 1000, 0),
        (date(2023, 5, 1), date(2023, 5, 1), 0, 0),
    ],
)
def test_a_size_per_year_is_that_part_of_it_that_the_span_is(
    start: date, end: date, per_year: int, expected: int
) -> None:
    assert abs(discharges_in(start, end, per_year=per_year) - expected) <= 1


def test_some_stays_run_over_new_year_and_a_few_for_more_than_a_hundred_days() -> None:
    timed = timed_lines("05", start=date(2022, 9, 1), end=date(2024, 12, 31), seed=1, discharges=5_000, dirt=0.0)
    lengths: dict[str, list[date]] = {}
    for at, line in timed:
        if '"ready_notice"' in line or '"discharged"' in line:
            lengths.setdefault(str(read_object(line)["episode"]), []).append(local_date(at))
    assert any(days[0].year < days[-1].year for days in lengths.values())
    longest = max((days[-1] - days[0]).days for days in lengths.values())
    assert 100 < longest < 800


def test_a_size_is_said_in_one_way_only() -> None:
    with pytest.raises(WrongUse, match="write one of them"):
        simulate("23", start="2023-04-01", end="2023-04-02", discharges=5, per_year=5)
