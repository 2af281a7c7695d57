"""Reviews and joint decisions past the program, into the table: what one person or one side cannot do alone."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from hemgang.closing.review import Act, Event, Side
from hemgang.store import closings
from hemgang.store.closings import Closing, add
from hemgang.store.database import Database
from hemgang.store.tables import JointDecisionRow

NOON = datetime(2023, 4, 10, 12, tzinfo=UTC)


def said(act: Act, by: str, side: Side, *, other: str = "", payer: str = "2326") -> Event:
    return Event(act, NOON, by, side, payer, "e1", date(2023, 3, 7), "a reason", other=other)


BEFORE = [
    said(Act.OPENED, "Anna", Side.REGION, payer=""),
    said(Act.AGREED, "Åsa Ek", Side.REGION),
    said(Act.DISPUTED, "Bo", Side.MUNICIPALITY),
]
TAKEN = [
    said(Act.AGREED, "Anna", Side.MUNICIPALITY),
    said(Act.AGREED, "Cia", Side.MUNICIPALITY),
    said(Act.UPHELD, "Bo", Side.MUNICIPALITY),
    said(Act.DROPPED, "Åsa Ek", Side.REGION),
    said(Act.UPHELD, "Åsa Ek", Side.REGION, other="Bo"),
    said(Act.DROPPED, "Bo", Side.MUNICIPALITY, other="åsa ek"),
    said(Act.WITHDRAWN, "Bo", Side.MUNICIPALITY),
]
REFUSED = [
    (said(Act.AGREED, "åsa  EK", Side.MUNICIPALITY), "one side"),
    (said(Act.DROPPED, "BO.", Side.REGION), "one side"),
    (said(Act.UPHELD, "Cia", Side.REGION, other="Åsa Ek"), "one side"),
    (said(Act.DROPPED, "Cia", Side.MUNICIPALITY, other="bo"), "one side"),
    (said(Act.UPHELD, "Åsa Ek", Side.REGION), "does not settle against the other"),
    (said(Act.DROPPED, "Bo", Side.MUNICIPALITY, other=" "), "does not settle against the other"),
    (said(Act.UPHELD, "Cia", Side.REGION, other="C.I.A."), "only of another person"),
    (said(Act.AGREED, " ", Side.REGION), "has a name"),
]


def shown(event: Event) -> str:
    return f"{event.act.value} by {event.by!r} for the {event.side.value} with {event.other!r}"


@pytest.fixture
def reviewed(database: Database) -> Database:
    append(database, *BEFORE)
    return database


def append(database: Database, *events: Event) -> None:
    with database.writing() as session:
        for event in events:
            closings.append_event(session, event, region="23", month="2023-03")


@pytest.mark.parametrize("event", TAKEN, ids=shown)
def test_what_a_side_can_do_is_taken_and_read_back(reviewed: Database, event: Event) -> None:
    append(reviewed, event)
    with reviewed.reading() as session:
        assert closings.review_events(session, region="23", month="2023-03") == [*BEFORE, event]


@pytest.mark.parametrize(("event", "says"), REFUSED, ids=[shown(event) for event, _ in REFUSED])
def test_what_one_cannot_do_alone_is_refused_by_the_table(reviewed: Database, event: Event, says: str) -> None:
    with pytest.raises(DBAPIError, match=says):
        append(reviewed, event)
    with reviewed.reading() as session:
        assert len(closings.review_events(session, region="23", month="2023-03")) == len(BEFORE)


def test_a_person_may_act_for_another_side_in_another_month(reviewed: Database) -> None:
    with reviewed.writing() as session:
        agreed = said(Act.AGREED, "Bo", Side.REGION)
        closings.append_event(session, agreed, region="23", month="2023-04")


def decision(**changed: str) -> JointDecisionRow:
    told = {"region": "23", "payer": "2326", "clause": "joint", "month": "2023-03", "text": "analysed"}
    persons = {"region_by": "Anna", "municipality_by": "Bo"}
    return JointDecisionRow(**(told | persons | changed), at=NOON)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "the month is closed"),
        ({"month": "2023-04", "region_by": ""}, "two persons"),
        ({"month": "2023-04", "municipality_by": "A N N A"}, "two persons"),
        ({"month": "2023-04"}, ""),
        ({"payer": "2303"}, ""),
    ],
    ids=["closed", "nobody", "one person", "another month", "another payer"],
)
def test_a_joint_decision_is_made_by_two_before_the_month_is_closed(
    database: Database, changed: dict[str, str], says: str
) -> None:
    with database.writing() as session:
        add(session, Closing("23", "2023-03", "2326", 1, "closed", "0" * 64, NOON, NOON, "anna", "", "{}", "bo"))
    if not says:
        with database.writing() as session:
            closings.add_decision(session, decision(**changed))
        return
    with pytest.raises(DBAPIError, match=says), database.writing() as session:
        closings.add_decision(session, decision(**changed))
