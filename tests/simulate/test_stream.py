import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.timezone import local_date
from hemgang.messages.model import Accepted
from hemgang.simulate import SimulationError, lines, timed_lines
from hemgang.simulate.stream import WARM_UP
from tests.effort import examples
from tests.simulate.readings import END, MONTH_OVER, START, april, episodes, messages, reading

A_DAY = timedelta(days=1)
SPAN_BEGINS = datetime(2023, 3, 31, 22, tzinfo=UTC)


def test_the_same_arguments_give_the_same_lines() -> None:
    again = tuple(timed_lines("23", start=START, end=END, seed=1, discharges=400, dirt=0.0))
    assert again == april()
    assert tuple(lines("23", start=START, end=END, seed=1, discharges=400, dirt=0.0)) == tuple(
        line for _, line in again
    )


def test_another_process_with_another_hash_seed_gives_the_same_lines() -> None:
    program = (
        "from datetime import date; from hashlib import sha256; from hemgang.simulate import lines\n"
        "said = lines('23', start=date(2023, 4, 1), end=date(2023, 4, 30), seed=1, discharges=400)\n"
        "print(sha256(chr(10).join(said).encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = sha256("\n".join(line for _, line in april(dirt=1.0)).encode()).hexdigest()
    assert run.stdout.strip() == here


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 2},
        {"region": "22"},
        {"discharges": 401},
        {"dirt": 1.0},
    ],
)
def test_other_arguments_give_other_lines(other: dict[str, Any]) -> None:
    assert april(**other) != april()


def test_two_seeds_share_no_ids() -> None:
    ids = [{message.id for message in messages(april(seed=seed))} for seed in (1, 2)]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("dirt", [0.0, 1.0, 20.0])
def test_lines_come_in_the_order_of_arrival(dirt: float) -> None:
    timed = april(dirt=dirt)
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(timed))
    assert all(at.tzinfo is UTC for at, _ in timed)


@settings(max_examples=examples(15), deadline=None)
@given(
    start=st.dates(min_value=date(2001, 1, 1), max_value=date(2098, 10, 1)),
    days=st.integers(0, 45),
    region=st.sampled_from(["01", "08", "09", "23"]),
    seed=st.integers(-(2**64), 2**64),
    dirt=st.sampled_from([0.0, 0.5, 100.0]),
)
def test_any_span_of_any_year_comes_in_order_and_clean_where_it_should(
    start: date, days: int, region: str, seed: int, dirt: float
) -> None:
    timed = list(timed_lines(region, start=start, end=start + days * A_DAY, seed=seed, discharges=25, dirt=dirt))
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(timed))
    assert all(start - WARM_UP <= local_date(at) <= start + days * A_DAY for at, _ in timed)
    if not dirt:
        assert all(isinstance(reading(line, now=at), Accepted) for at, line in timed)


def test_a_clean_line_arrives_when_it_says() -> None:
    by_id = {message.id: message for message in messages(april())}
    assert len(by_id) == len(april()), "an id comes twice"
    received = [message.received_at for message in by_id.values()]
    assert received == [at for at, _ in april()]
    assert all(message.at <= message.received_at for message in by_id.values())


def test_nothing_arrives_after_the_span_or_before_its_warm_up() -> None:
    first, last = april()[0][0], april()[-1][0]
    assert START - WARM_UP <= local_date(first) < START
    assert MONTH_OVER - timedelta(hours=12) < last < MONTH_OVER


def test_stays_that_were_over_before_the_span_are_left_out_and_the_others_come_whole() -> None:
    last_word: dict[str, datetime] = {}
    for message in messages(april()):
        last_word[message.episode] = max(message.received_at, last_word.get(message.episode, message.received_at))
    silent = {name for name, at in last_word.items() if at < SPAN_BEGINS}
    stays = episodes(april())
    assert all(stay.opened is not None for stay in stays)
    assert len(silent) < len(stays) / 20
    for stay in stays:
        waiting_for_plan = bool(stay.sip_calls) and not stay.sips_established
        assert stay.id not in silent or waiting_for_plan or not stay.state.ended


@pytest.mark.parametrize("discharges", [40, 400, 2000])
def test_about_as_many_are_discharged_as_were_asked_for(discharges: int) -> None:
    left = [
        stay
        for stay in episodes(april(discharges=discharges))
        if stay.end is not None and stay.end.kind == "discharged" and START <= local_date(stay.end.at) <= END
    ]
    # A sum of independent arrivals: four standard deviations, and a tenth for stays longer than the warm-up.
    assert abs(len(left) - discharges) <= 4 * discharges**0.5 + discharges / 10


def test_discharges_spread_over_the_whole_span() -> None:
    days = {local_date(stay.end.at) for stay in episodes(april()) if stay.end is not None}
    assert {START + number * A_DAY for number in range(30)} <= days


def test_no_discharges_asked_for_gives_no_lines() -> None:
    assert april(discharges=0) == ()


MEMORY = """
import resource, sys
from datetime import date
from hemgang.simulate import lines

def peak():
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024

def admitted(end, discharges):
    said = lines("23", start=date(2023, 1, 1), end=end, seed=1, discharges=discharges)
    return sum('"type": "admitted"' in line for line in said)

admitted(date(2023, 1, 31), 100)
before = peak()
stays = admitted(date.fromisoformat(sys.argv[1]), int(sys.argv[2]))
print(stays, peak() - before)
"""


def _stays_and_memory(*, end: date, discharges: int) -> tuple[int, int]:
    """Return the stays told, and the bytes that telling them took at most, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, end.isoformat(), str(discharges)], capture_output=True, text=True, check=True
    )
    stays, memory = run.stdout.split()
    return int(stays), int(memory)


def test_ten_thousand_stays_in_a_month_take_little_memory() -> None:
    stays, memory = _stays_and_memory(end=date(2023, 1, 31), discharges=6_750)
    assert stays > 10_000
    assert memory < 30_000_000


def test_memory_does_not_grow_with_the_span() -> None:
    stays, memory = _stays_and_memory(end=date(2024, 12, 31), discharges=7_500)
    assert stays > 7_500
    assert memory < 8_000_000, "no more than some hundred stays are under way at once"


def test_the_first_line_comes_without_the_rest() -> None:
    endless = timed_lines("23", start=date(2001, 1, 1), end=date(2098, 12, 31), seed=1, discharges=10**9)
    assert next(endless)[0] < datetime(2001, 1, 1, tzinfo=UTC)


def _lines_of(**other: object) -> Callable[[], object]:
    given: dict[str, object] = {"region": "23", "start": START, "end": END, "seed": 1, "discharges": 1, "dirt": 1.0}
    given.update(other)
    region = given.pop("region")
    return lambda: lines(region, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"region": "02"}, "no region '02'"),
        ({"region": "2380"}, "no region '2380'"),
        ({"end": START - A_DAY}, "before it starts"),
        ({"start": date(1999, 1, 1)}, "2001 to 2098"),
        ({"end": date(2099, 1, 1)}, "2001 to 2098"),
        ({"discharges": -1}, "fewer than none"),
        ({"dirt": -0.1}, "outside 0 to 100"),
        ({"dirt": float("nan")}, "outside 0 to 100"),
    ],
)
def test_what_cannot_be_simulated_is_said_at_once(other: dict[str, object], said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        _lines_of(**other)()
