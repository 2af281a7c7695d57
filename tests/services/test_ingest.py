"""Taking messages in: counts, duplicates, conflicts, quarantine, doing it again, a crash halfway, two at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from hemgang.messages.canonical import content_digest, from_canonical
from hemgang.messages.readers import Line
from hemgang.services import ingest as ingesting
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from hemgang.store.tables import MessageRow, QuarantineRow
from tests.services.walking import advance_all, county, lines, take

NOW = datetime(2023, 3, 2, 12, tzinfo=UTC)
NOTE = "\\u0031\\u0039121212-1212"


def said(id: str, kind: str = "sip_called", at: str = "2023-03-01T10:00:00Z", **fields: object) -> dict[str, object]:  # noqa: A002
    return {"id": id, "episode": "e1", "type": kind, "at": at, **fields}


ADMITTED = said("m1", "admitted", region="23", municipality="2380", care="somatic")


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows that taking in may write."""
    with database.reading() as session:
        return {
            table: [tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]  # noqa: S608
            for table in ("message", "quarantine", "discharge")
        }


def test_every_line_is_exactly_one_of_four(database: Database) -> None:
    report = take(
        database,
        ADMITTED,
        ADMITTED,
        said("m2"),
        said("m2", by="vc"),
        said("m3", "no_such_type"),
        "{broken",
        "",
        said("m4", at="2023-03-04T10:00:00Z"),
        said("m5", mood="fine"),
        now=NOW,
    )
    counts = (report.accepted, report.duplicate, report.conflicting, report.quarantined)
    assert counts == (3, 1, 1, 3)
    assert report.lines == 8
    codes = {(problem.line, problem.code) for problem in report.problems}
    assert codes == {
        (2, "duplicate"),
        (4, "conflicting"),
        (5, "unknown_type"),
        (6, "invalid_json"),
        (8, "future_message"),
        (9, "unknown_field"),
    }


def test_the_first_of_a_conflict_stays_and_the_other_is_kept_aside(database: Database) -> None:
    take(database, ADMITTED, said("m2", by="first"), now=NOW)
    report = take(database, said("m2", by="second"), now=NOW, source="other file")
    assert (report.conflicting, report.accepted) == (1, 0)
    with database.reading() as session:
        stored = session.get(MessageRow, "m2")
        assert stored is not None
        assert from_canonical(stored.body).fields["by"] == "first"
        (kept,) = session.scalars(select(QuarantineRow))
        assert (kept.source, kept.line, kept.code) == ("other file", 1, "conflicting")
        assert kept.raw is not None
        assert '"second"' in kept.raw


@pytest.mark.parametrize(
    "line",
    [
        f'{{"id": "m2", "episode": "e1", "type": "sip_called", "at": "2023-03-01T10:00:00Z", "by": "{NOTE}"}}',
        f'{{"id": "m2", "episode": "{NOTE}", "at": ',
        f'{{"id": "m2", "id": "m2", "note": "{NOTE}"}}',
        '{"id": "19121212-1212", "type": ',
    ],
)
def test_no_escape_smuggles_an_identity_number_into_quarantine(database: Database, line: str) -> None:
    report = take(database, ADMITTED, line, now=NOW)
    assert report.quarantined == 1
    with database.reading() as session:
        (kept,) = session.scalars(select(QuarantineRow))
        assert kept.raw is None
        assert kept.digest == ""


def test_a_line_too_long_to_keep_is_quarantined_without_its_text(database: Database) -> None:
    long = said("m2", "no_such_type", note="x" * ingesting.RAW_KEPT)
    assert take(database, long, said("m3", "no_such_type", note="y"), now=NOW).quarantined == 2
    with database.reading() as session:
        kept = list(session.scalars(select(QuarantineRow).order_by(text("line"))))
    assert [row.raw is None for row in kept] == [True, False]


def test_stored_digest_is_that_of_the_message(database: Database) -> None:
    take(database, ADMITTED, now=NOW)
    with database.reading() as session:
        row = session.get(MessageRow, "m1")
        assert row is not None
        assert row.digest == content_digest(from_canonical(row.body))


def test_the_same_in_another_writing_is_a_duplicate(database: Database) -> None:
    take(database, ADMITTED, now=NOW)
    local = ADMITTED | {"at": "2023-03-01T11:00:00+01:00", "received_at": "2023-03-01T10:00:00.000Z"}
    assert take(database, local, now=NOW).duplicate == 1


def test_again_changes_nothing(database: Database) -> None:
    texts = [line for _, line in county(6, dirt=3.0)]
    first = take(database, *texts, now=datetime(2023, 4, 1, tzinfo=UTC))
    assert first.quarantined
    assert first.duplicate
    before = everything(database)
    again = take(database, *texts, now=datetime(2023, 5, 1, tzinfo=UTC))
    assert again.accepted == 0
    assert again.duplicate + again.conflicting == first.accepted + first.duplicate + first.conflicting
    assert everything(database) == before


@pytest.mark.parametrize("killed_after", [0, 1, 49, 50, 51, 100, 149])
def test_what_was_taken_before_a_crash_stays_and_again_completes_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    monkeypatch.setattr(ingesting, "LINES_AT_ONCE", 50)
    texts = [line for _, line in county(6)][:150]

    def dying() -> Iterator[Line]:
        for line in lines(*texts):
            if line.number > killed_after:
                raise OSError("the disk is gone")
            yield line

    with pytest.raises(OSError, match="disk"):
        ingest(database, dying(), source="test", now=NOW + timedelta(days=30))
    with database.reading() as session:
        stored = session.execute(text("SELECT count(*) FROM message")).scalar()
    assert stored == killed_after // 50 * 50
    report = take(database, *texts, now=NOW + timedelta(days=30))
    assert (report.duplicate, report.accepted) == (stored, 150 - stored)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 150


def test_two_at_once_store_each_message_once(database: Database) -> None:
    texts = [line for _, line in county(6)]
    with ThreadPoolExecutor(4) as takers:
        reports = list(
            takers.map(
                lambda part: take(database, *part, now=NOW + timedelta(days=30)),
                (texts, texts[::-1], texts[50:], texts[:100]),
            )
        )
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == len(texts)
    assert sum(report.accepted for report in reports) == len(texts)
    assert sum(report.conflicting for report in reports) == 0


def test_a_name_as_long_as_allowed_fits_everywhere(database: Database, rules: ReferenceData) -> None:
    long = "x" * 128
    long_named: dict[str, Any] = {"f" * 128: "1", "g": None}
    first = ADMITTED | {"id": long, "episode": long, "municipality": "0180", "district": long, "region": "01"}
    assert take(database, first, said("m2", **long_named), now=NOW).accepted == 2
    assert take(database, said("m3", "no_such_type", **{"f" * 500: "1"}), now=NOW, source="s" * 300).quarantined == 1
    outcome = advance_all(database, rules, NOW)
    assert outcome.set_aside == ()
    assert len(outcome.advanced) == 2


@pytest.mark.parametrize("region", ["Jämtland Härjedalen", ["23"], {"code": "23"}, 23])
def test_a_region_where_none_belongs_is_an_unknown_field_and_stops_nothing(database: Database, region: object) -> None:
    report = take(database, ADMITTED, said("m2", "discharged", region=region), said("m3"), now=NOW)
    assert (report.accepted, [problem.code for problem in report.problems]) == (3, ["unknown_field"])
    with database.reading() as session:
        found = session.execute(select(col(MessageRow.id), col(MessageRow.region)).order_by(col(MessageRow.id))).all()
    assert [tuple(row) for row in found] == [("m1", "23"), ("m2", None), ("m3", None)]
