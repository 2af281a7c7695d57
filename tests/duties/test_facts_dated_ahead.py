"""Every fact of an episode that lies ahead of `now` is left out and waited for, whatever kind of fact it is."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hemgang.episode.fold import FACT_OF_MESSAGE
from hemgang.episode.model import FACT_LISTS, Episode, Fact, as_at, instants_of
from hemgang.messages.model import MessageType as M
from tests.duties.stays import Engine, at, noticed, shown

NOW = at("2023-03-01 12:00")
WITHOUT_FACTS = {"id", "state", "region", "patient", "payers", "leaves", "findings", "regions"}
"""Fields that hold no fact; payers and counties are asked for by date."""
CUT_ON_THEIR_OWN = {"opened", "end", "periods"}


def fact(when: datetime) -> Fact:
    return Fact("m", when)


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Episode) if field.name not in WITHOUT_FACTS | CUT_ON_THEIR_OWN]
)
def test_every_field_that_can_hold_a_fact_is_cut_at_now_and_waited_for(name: str) -> None:
    later = NOW + timedelta(hours=3)
    stay = noticed("2023-03-01 10:00").episode()
    facts: dict[str, Any] = {name: (fact(NOW), fact(later))}
    ahead = replace(stay, **facts)
    assert getattr(as_at(ahead, NOW), name) == (fact(NOW),)
    assert later in set(instants_of(ahead))


def test_every_kind_of_message_that_is_kept_as_a_fact_has_a_field_in_the_one_list() -> None:
    kept = {name for name, _ in FACT_OF_MESSAGE.values()}
    assert kept | {"expected_discharges"} == set(FACT_LISTS)


def test_a_transfer_dated_ahead_is_waited_for_from_the_start_of_its_date() -> None:
    stay = noticed("2023-03-01 10:00").say(M.PLANNING_STARTED, "2023-03-01 10:00")
    stay = stay.say(M.CARE_CONTACT_ASSIGNED, "2023-03-01 10:00", contact="c")
    stay = stay.say(M.TRANSFERRED, "2023-03-02 09:00", received="2023-03-01 10:10", region="01", clinic="c")
    engine = Engine(stay)
    assert shown(engine.step("2023-03-01 10:10").next_wake) == "2023-03-02 00:00"
    assert shown(engine.step("2023-03-02 00:00").next_wake) == "2023-03-02 09:00"
