"""A simulated county for the tests of the outlook: its messages once, its facts as known at any instant."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import municipalities
from agreements.registry import Agreements
from hemgang.episode.fold import fold
from hemgang.liability.periods import Facts, facts
from hemgang.liability.rulebook import Rulebook
from hemgang.messages.model import Accepted, Message
from hemgang.messages.readers import read_object
from hemgang.messages.validation import read_message
from hemgang.outlook.scenarios import ACTUAL, Scenario, as_if
from hemgang.simulate import timed_lines
from tests.liability.discharges import at, folded

REGION = "23"
OVER = "2024-02-01 12:00"


@cache
def county(seed: int = 1, discharges: int = 720) -> tuple[tuple[str, tuple[Message, ...]], ...]:
    """Return the messages of 2023 by episode: about 60 discharges a month, no broken lines."""
    by_episode: dict[str, list[Message]] = {}
    lines = timed_lines(
        REGION, start=date(2023, 1, 1), end=date(2023, 12, 31), seed=seed, discharges=discharges, dirt=0.0
    )
    for arrived, line in lines:
        read = read_message(read_object(line), now=arrived)
        assert isinstance(read, Accepted)
        by_episode.setdefault(read.message.episode, []).append(read.message)
    return tuple((episode, tuple(messages)) for episode, messages in by_episode.items())


def book_at(now: str, agreements: Agreements | None = None) -> Rulebook:
    """Return the shipped rules with a local time as now."""
    return Rulebook(agreements or load_agreements(), load_rates(), municipalities(), at(now), load_payers())


def county_at(now: str, *, seed: int = 1) -> tuple[Facts, Rulebook]:
    """Return the county as known at a local time, with the rules."""
    book = book_at(now)
    return _facts(seed, book.now, book), book


def facts_of(messages: Sequence[Message], book: Rulebook, region: str = REGION) -> Facts:
    """Return the facts of messages that were written by hand."""
    return facts(folded(messages), region, book)


def _facts(seed: int, known_at: datetime, book: Rulebook) -> Facts:
    stays = [fold(messages, episode=episode, as_of=known_at) for episode, messages in county(seed)]
    return facts(stays, REGION, book)


def world(word: str) -> Scenario:
    """Return the world of NAME@DATE, or `actual`."""
    if word == ACTUAL:
        return Scenario(ACTUAL, None, load_agreements())
    name, _, day = word.partition("@")
    on = date.fromisoformat(day)
    return Scenario(name, on, as_if(load_agreements(), name, on=on, region=REGION))
