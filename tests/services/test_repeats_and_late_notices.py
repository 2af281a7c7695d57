"""What a first reader found wrong, kept from coming back: repeats, late notices, transfers, a second closing."""

from datetime import UTC, datetime, timedelta

import pytest

from hemgang.closing.review import ClosingRefused
from hemgang.duties.model import DutyKind, Status
from hemgang.duties.roster import DefaultRoster
from hemgang.duties.rules import duties_of
from hemgang.episode.fold import fold
from hemgang.liability.model import Month
from hemgang.messages.model import Message
from hemgang.messages.model import MessageType as M
from hemgang.messages.readers import Line
from hemgang.services.closing import Decision, close_month, draft_month
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import Database

START = datetime(2023, 3, 1, 8, tzinfo=UTC)
ADMITTED = {"region": "23", "municipality": "2380", "care": "somatic"}
RULES = load_reference_data()
NOW = datetime(2023, 4, 10, tzinfo=UTC)


def said(number: int, kind: M, hours: float, **fields: object) -> Message:
    at = START + timedelta(hours=hours)
    return Message(f"m{number}", "e1", kind, at, at, None, dict(fields))


def line(number: int, kind: str, hours: float, **fields: object) -> Line:
    at = (START + timedelta(hours=hours)).isoformat()
    return Line(number, {"id": f"m{number}", "episode": "e1", "type": kind, "at": at, **fields})


def stay(*, repeats: int = 1) -> list[Line]:
    words = [
        line(1, "admitted", 0, **ADMITTED),
        line(2, "admission_notice", 1, expected_discharge="2023-03-05"),
        line(3, "ready_notice", 2),
    ]
    for number in range(repeats):
        words.append(line(100 + 2 * number, "sip_need", 3 + number / 1000, needed="no"))
        words.append(line(101 + 2 * number, "outpatient_care", 3 + number / 1000, available="yes"))
    return [*words, line(4, "discharged", 24 * 20)]


def drafted(database: Database, rules: ReferenceData = RULES, *, month: str = "2023-03"):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return draft_month(database, region="23", month=Month.parse(month), rules=rules, now=NOW)


def test_a_status_sent_thousands_of_times_closes_like_one_sent_once(database: Database) -> None:
    ingest(database, stay(repeats=2_500), source="test", now=NOW)
    statement = next(one for one in drafted(database).statements if one.payer == "2380")
    assert statement.care_days == 17


def test_a_notice_in_time_but_after_the_discharge_meets_the_duty_and_not_the_condition() -> None:
    messages = [
        said(1, M.ADMITTED, 0, **ADMITTED),
        said(2, M.DISCHARGED, 9),
        said(3, M.ADMISSION_NOTICE, 10),
    ]
    episode = fold(messages)
    duties = duties_of(episode, RULES.agreements, DefaultRoster(RULES.agreements), NOW)
    notice = next(duty for duty in duties if duty.kind is DutyKind.ADMISSION_NOTICE)
    assert notice.status is Status.MET
    assert {finding.code.value for finding in episode.findings} == {"out_of_order", "admission_notice_missing"}


def test_a_transfer_to_another_county_leaves_earlier_duties_under_their_agreement() -> None:
    before = [said(1, M.ADMITTED, 0, **ADMITTED), said(2, M.READY_NOTICE, 1)]
    after = [*before, said(3, M.TRANSFERRED, 24 * 9, region="01", clinic="c")]
    found = [
        {duty.key for duty in duties_of(fold(known), RULES.agreements, DefaultRoster(RULES.agreements), NOW)}
        for known in (before, after)
    ]
    assert found[0] == found[1]
    assert any(key.startswith("discharge_target") for key in found[1])


def test_a_month_closed_over_findings_is_closed_again_without_a_decision(database: Database) -> None:
    lines = [one for one in stay() if one.content["id"] != "m2"]  # type: ignore[index]
    ingest(database, lines, source="test", now=NOW)
    draft = drafted(database)
    with pytest.raises(ClosingRefused, match="1 finding touches money"):
        close_month(database, draft, decision=Decision("Eva", attested_by="Per"), now=NOW, as_of=NOW)
    first = close_month(database, draft, decision=Decision("Eva", "agreed by both", "Per"), now=NOW, as_of=NOW)
    again = close_month(database, draft, decision=Decision("Eva", attested_by="Per"), now=NOW, as_of=NOW)
    assert (first.already, again.already, again.closing.hash) == (False, True, first.closing.hash)


def test_an_episode_nothing_opened_is_shown_and_holds_no_closing_up(database: Database) -> None:
    stray = {"id": "x1", "episode": "x", "type": "ready_notice", "at": START.isoformat()}
    ingest(database, [*stay(), Line(9, stray)], source="test", now=NOW)
    draft = drafted(database)
    assert [finding.code for finding in draft.findings] == ["unknown_episode"]
    assert not close_month(database, draft, decision=Decision("Eva", attested_by="Per"), now=NOW, as_of=NOW).already
