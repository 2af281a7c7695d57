"""Which months a county's draft is due for."""

from datetime import UTC, date, datetime

import pytest

from hemgang.liability.model import Month
from hemgang.messages.readers import Line
from hemgang.services.ingest import ingest
from hemgang.services.monthly_drafts import drafts_due, latest_due, note_drafted
from hemgang.store.database import Database

ADMITTED = {"type": "admitted", "municipality": "2380", "care": "somatic"}


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2023, 3, 6), "2023-01"),
        (date(2023, 3, 7), "2023-02"),
        (date(2023, 3, 8), "2023-02"),
        (date(2023, 4, 8), "2023-02"),
        (date(2023, 4, 11), "2023-03"),
        (date(2023, 4, 30), "2023-03"),
        (date(2024, 1, 5), "2023-11"),
        (date(2024, 1, 8), "2023-12"),
    ],
)
def test_a_month_is_due_from_the_fifth_working_day_after_it_on(today: date, month: str) -> None:
    assert str(latest_due(today)) == month


def test_each_county_catches_up_from_its_own_last_draft_and_never_before_its_first_message(database: Database) -> None:
    now = datetime(2023, 6, 20, 5, tzinfo=UTC)
    lines = [
        Line(1, ADMITTED | {"id": "a", "episode": "a", "region": "23", "at": "2023-01-10T10:00"}),
        Line(
            2, ADMITTED | {"id": "b", "episode": "b", "region": "01", "municipality": "0180", "at": "2023-05-10T10:00"}
        ),
        Line(
            3, ADMITTED | {"id": "c", "episode": "c", "region": "03", "municipality": "0380", "at": "2023-06-10T10:00"}
        ),
    ]
    assert ingest(database, lines, source="test", now=now).accepted == 3
    with database.writing() as session:
        note_drafted(session, "23", Month.parse("2023-03"))
        note_drafted(session, "23", Month.parse("2023-02"))
    with database.reading() as session:
        found = drafts_due(session, now=now)
    assert [(region, str(month)) for region, month in found] == [
        ("01", "2023-05"),
        ("23", "2023-04"),
        ("23", "2023-05"),
    ]
