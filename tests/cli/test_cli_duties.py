"""`hemgang duties`: as they stood at an instant, from what had been received by then."""

from pathlib import Path

import pytest

from tests.cli.running import Run, message, write

pytestmark = pytest.mark.usefixtures("stored")


def duties(run: Run, *arguments: str) -> list[dict[str, str]]:
    """Return the listed duties."""
    found: list[dict[str, str]] = run("duties", *arguments, "--format", "json").json
    return found


def statuses(found: list[dict[str, str]], episode: str) -> dict[str, str]:
    """Return the status of each kind of duty of an episode; of several of a kind the last."""
    return {duty["duty"]: duty["status"] for duty in found if duty["episode"] == episode}


def test_a_duty_has_everything_a_screen_needs(run: Run) -> None:
    found = [duty for duty in duties(run, "--at", "2023-03-06T12:00", "--episode", "x2") if duty["duty"] == "sip_call"]
    assert found[0] | {"why": ""} == {
        "duty": "sip_call",
        "episode": "x2",
        "period": 1,
        "opened_at": "2023-03-06T09:00:00+01:00",
        "strict_due": "2023-03-10T00:00:00+01:00",
        "extended_due": "2023-03-10T00:00:00+01:00",
        "practical_due": "2023-03-09T17:00:00+01:00",
        "status": "met",
        "met_at": "2023-03-06T10:00:00+01:00",
        "owner": "fixed_care_contact",
        "clause": "Utskrivning",
        "why": "",
    }
    assert "within 3 days" in found[0]["why"]


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2023-03-01T10:00", "open"),
        ("2023-03-02T09:59:59", "open"),
        ("2023-03-02T10:00:01", "missed"),
        ("2023-03-02T17:59", "missed"),
        ("2023-03-02T18:00", "met_late"),
    ],
)
def test_the_status_is_that_of_the_instant(at: str, status: str, run: Run) -> None:
    assert statuses(duties(run, "--at", at), "x2")["admission_notice"] == status


def test_a_duty_not_yet_opened_is_not_there(run: Run) -> None:
    assert statuses(duties(run, "--at", "2023-03-06T08:59"), "x2").keys() == {
        "admission_notice",
        "planning_start",
        "care_contact",
    }


def test_what_was_received_later_was_not_known(run: Run, tmp_path: Path) -> None:
    late = message("late", "x2", "planning_started", "2023-03-02T19:00", received_at="2023-03-05T12:00")
    run("ingest", str(write(tmp_path / "late.ndjson", late)))
    assert statuses(duties(run, "--at", "2023-03-05T11:59"), "x2")["planning_start"] == "missed"
    assert statuses(duties(run, "--at", "2023-03-05T12:00"), "x2")["planning_start"] == "met"


def test_without_at_the_instant_is_now(run: Run) -> None:
    assert duties(run, "--now", "2023-03-05T12:00") == duties(run, "--at", "2023-03-05T12:00")
    assert duties(run, "--now", "2023-03-05T12:00") != duties(run, "--now", "2023-03-06T12:00")


def test_the_order_is_strict_due_then_episode(run: Run) -> None:
    found = duties(run, "--now", "2024-02-01T08:00")
    assert len(found) > 200
    keys = [(duty["strict_due"] is None, duty["strict_due"], duty["episode"]) for duty in found]
    assert keys == sorted(keys)


def test_status_and_episode_narrow_the_list(run: Run) -> None:
    everything = duties(run, "--at", "2023-03-05T12:00")
    for words in (("open",), ("met",), ("open", "missed")):
        wanted = [duty for duty in everything if duty["status"] in words]
        options = [option for word in words for option in ("--status", word)]
        assert duties(run, "--at", "2023-03-05T12:00", *options) == wanted
        assert wanted
    assert duties(run, "--at", "2023-03-05T12:00", "--episode", "jh1-02") == [
        duty for duty in everything if duty["episode"] == "jh1-02"
    ]


def test_two_owners_are_joined_by_a_comma(run: Run) -> None:
    owners = {duty["duty"]: duty["owner"] for duty in duties(run, "--now", "2024-02-01T08:00")}
    assert owners["planning_start"] == "outpatient_unit,municipal_unit"
    assert owners["admission_notice"] == "ward"


def test_the_table_shows_clause_and_reason_below_each_duty(run: Run) -> None:
    shown = run("duties", "--at", "2023-03-06T12:00", "--episode", "x2", "--status", "met")
    assert shown.lines[0].split("  ")[0] == "STRICT DUE"
    assert shown.lines[1] == "2023-03-10 00:00  2023-03-09 17:00  met     SIP call  x2        1  fixed care contact"
    assert shown.lines[2].startswith("    Call to SIP within 3 days (Utskrivning)")
    assert "met 2023-03-06 10:00" in " ".join(line.strip() for line in shown.lines)
    assert all(len(line) <= 100 for line in shown.lines)


def test_episodes_are_read_a_thousand_at_a_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes ten thousand episodes fast: one statement for which there are, one for each thousand of them."""
    from sqlalchemy import Engine, event

    seen: list[str] = []

    def watch(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        duties(run, "--now", "2024-02-01T08:00")
    finally:
        event.remove(Engine, "before_cursor_execute", watch)
    assert sum("FROM message" in statement for statement in seen) == 2
    assert len(seen) < 15
