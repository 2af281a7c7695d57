"""A closed month after its details: hash, sums by payer and clause, counts and names stand, and tampering shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from hemgang.closing.review import Act, Event, Side
from hemgang.retention.decide import body_matches, is_copy_of, is_stripped, strip_body
from hemgang.retention.policy import DataKind
from hemgang.services.closing import draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restate, restatements_of
from hemgang.services.review import record_act
from hemgang.store.backup.restore import Proof, closings_proved
from hemgang.store.closings import Closing, of_region
from hemgang.store.database import Database
from tests.retention import world
from tests.retention.world import CLOSED_AT, MARCH, NOW, applied, goes, kept_for, planned, rule
from tests.services.stays import LATER, stay
from tests.services.walking import advance_all, take

SUMS = ("payer", "name", "population", "clauses", "care_days", "amount", "to_pay", "adjustments")


def closed(database: Database) -> list[Closing]:
    with database.reading() as session:
        return of_region(session, "23")


@pytest.fixture
def with_history(database: Database, rules: ReferenceData) -> Database:
    """Return a March that was disputed, closed and restated, and whose episodes are gone."""
    world.filled(database, rules, "e1", "e2", closed=False)
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=CLOSED_AT)
    told: tuple[tuple[Act, str, Side, dict[str, Any]], ...] = (
        (Act.OPENED, "Anna", Side.REGION, {}),
        (Act.DISPUTED, "Bo", Side.MUNICIPALITY, {"payer": "2326", "episode": "e1", "reason": "e1 was at home"}),
        (Act.AGREED, "Anna", Side.REGION, {"payer": "2326"}),
        (Act.AGREED, "Bo", Side.MUNICIPALITY, {"payer": "2326"}),
    )
    for what, by, side, about in told:
        record_act(database, drafted, Event(what, CLOSED_AT, by, side, **about))
    world.close(database, rules)
    settled: dict[str, Any] = {"payer": "2326", "episode": "e1", "reason": "agreed on e1", "other": "Bo"}
    record_act(database, drafted, Event(Act.UPHELD, LATER, "Anna", Side.REGION, **settled))
    found = restatements_of(database, region="23", month=MARCH, rules=rules, now=LATER)
    restate(database, found, region="23", by="Anna", attested_by="Bo", reason="", now=LATER)
    applied(database, rules)
    return database


def test_the_rows_go_and_the_sums_stay(with_history: Database, rules: ReferenceData) -> None:
    before = closed(with_history)
    with with_history.reading() as session:
        assert closings_proved(session) == Proof(2, ())
    assert goes(planned(with_history, rules)) == {("23", "closings"): 1}
    applied(with_history, rules)
    after = closed(with_history)
    assert [one.version for one in after] == [1, 2]
    for was, now in zip(before, after, strict=True):
        assert is_stripped(json.loads(now.body))
        assert body_matches(now.body, content=now.hash)
        assert is_copy_of(was.body, now.body)
        same = ("hash", "as_of", "closed_at", "closed_by", "attested_by", "decision", "charged_in", "status")
        assert all(getattr(was, name) == getattr(now, name) for name in same)
    was, now = (json.loads(one.body) for one in (before[0], after[0]))
    assert [{name: one[name] for name in SUMS} for one in now["payers"]] == [
        {name: one[name] for name in SUMS} for one in was["payers"]
    ]
    assert now["removed"]["rows"] == {"charged": 22, "free": 6}
    assert now["payers"][0]["removed"]["parked_amount"] == "115500.00"
    assert json.loads(after[1].body)["adjustments"] == json.loads(before[1].body)["adjustments"]


def test_nothing_names_an_episode_or_a_reason_any_more(with_history: Database, rules: ReferenceData) -> None:
    applied(with_history, rules)
    told = world.rows(with_history, "SELECT body FROM closing") + world.rows(with_history, "SELECT * FROM review_event")
    assert "e1" not in repr(told).replace("e1-", "").split("'")
    assert "at home" not in repr(told)
    acts = world.rows(with_history, "SELECT act, episode, reason FROM review_event WHERE episode <> ''")
    assert [(act, reason) for act, _, reason in acts] == [("disputed", ""), ("upheld", "")]
    assert {episode for _, episode, _ in acts} <= {
        reference for (reference,) in world.rows(with_history, "SELECT reference FROM retained_out")
    }


def test_a_restatement_is_refused_whatever_program_asks(with_history: Database) -> None:
    columns = "region, payer, status, as_of, closed_at, decision, hash, month, body, closed_by, attested_by"
    again = (
        f"INSERT INTO closing ({columns}, version, charged_in) "  # noqa: S608  names of this file
        f"SELECT {columns}, 3, '2034-01' FROM closing WHERE version = 2"
    )
    with pytest.raises(DBAPIError, match="the details of the month are gone"):
        world.execute(with_history, again)


def test_rows_of_a_closed_month_stay_for_its_seven_years(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    short = kept_for(rule(DataKind.EPISODES, years=1), rule(DataKind.CLOSINGS, years=7, line=2))
    applied(database, rules, short, now=NOW.replace(year=2030, month=12))
    assert goes(planned(database, rules, short, now=NOW.replace(year=2030, month=12, day=31))) == {}
    assert goes(planned(database, rules, short, now=NOW.replace(year=2031, day=1))) == {("23", "closings"): 1}


def test_a_month_closed_payer_by_payer_goes_payer_by_payer(database: Database, rules: ReferenceData) -> None:
    for episode, municipality in (("e1", "2326"), ("e2", "2380")):
        take(database, *stay(episode, municipality=municipality), now=CLOSED_AT)
    advance_all(database, rules, CLOSED_AT)
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=CLOSED_AT, payer="2326")
    world.close_drafted(database, drafted)
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}
    applied(database, rules)
    assert world.rows(database, "SELECT DISTINCT episode FROM message") == [("e2",)]
    other = draft_month(database, region="23", month=MARCH, rules=rules, now=NOW, payer="2380")
    assert [one.payer for one in other.statements] == ["2380"]
    world.close_drafted(database, other)


PAYER = st.fixed_dictionaries({"payer": st.text(max_size=4), "amount": st.just("1.00"), "rows": st.just([{"a": 1}])})
BODY = st.fixed_dictionaries(
    {
        "hash": st.just("h"),
        "payers": st.lists(PAYER),
        "ledger": st.lists(st.fixed_dictionaries({"outcome": st.sampled_from(("free", "charged"))})),
        "findings": st.lists(st.fixed_dictionaries({"code": st.just("x"), "episode": st.just("secret-episode")})),
    }
)


@given(BODY)
def test_whatever_was_closed_its_rest_holds_and_a_change_of_it_does_not(body: dict[str, Any]) -> None:
    text = json.dumps(body)
    left = strip_body(text, content="h", on=NOW.date())
    assert body_matches(text, content="h")
    assert body_matches(left, content="h")
    assert not body_matches(left, content="other")
    assert "secret-episode" not in left
    assert is_copy_of(text, left)
    forged = json.loads(left) | {"month": "2099-01"}
    assert not body_matches(json.dumps(forged), content="h")


def test_the_page_lists_what_a_closing_keeps() -> None:
    page = Path(world.EXAMPLE).with_name("retention.md").read_text(encoding="utf-8")
    assert all(word in page for word in ("content hash", "`removed`", "seal", "`details_remain`"))
