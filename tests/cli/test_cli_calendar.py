"""`hemgang calendar` and `hemgang agreements`: the tables of specification 2 as the command line tells them."""

from typing import Any

import pytest

from tests.cli.running import Run


def told(run: Run, *arguments: str) -> Any:
    """Return the JSON of a command that goes well."""
    done = run(*arguments, "--format", "json")
    assert done.code == 0, done
    return done.json


def test_the_third_days_of_2018(run: Run) -> None:
    found = told(run, "calendar", "third-days", "2018")
    assert [(one["start"], one["end"], one["days"], one["third_day"]) for one in found] == [
        ("2017-12-30", "2018-01-01", 3, "2018-01-01"),
        ("2018-03-30", "2018-04-02", 4, "2018-04-01"),
        ("2018-06-22", "2018-06-24", 3, "2018-06-24"),
        ("2018-12-22", "2018-12-26", 5, "2018-12-24"),
        ("2018-12-29", "2019-01-01", 4, "2018-12-31"),
    ]
    assert found[1]["names"] == ["långfredagen", "påskdagen", "annandag påsk"]


@pytest.mark.parametrize(
    ("notice", "starts_at"),
    [
        ("2018-03-28T10:15", "2018-03-28T10:15:00+02:00"),
        ("2018-03-28T17:00", "2018-03-29T08:00:00+02:00"),
        ("2018-03-29T18:05", "2018-04-01T08:00:00+02:00"),
        ("2018-03-29T16:05Z", "2018-04-01T08:00:00+02:00"),
        ("2018-04-01T17:30", "2018-04-03T08:00:00+02:00"),
        ("2018-06-15T17:01", "2018-06-18T08:00:00+02:00"),
        ("2018-03-29", "2018-03-29T08:00:00+02:00"),
        ("2100-12-31T12:00", "2101-01-02T08:00:00+01:00"),
    ],
)
def test_planning_starts(notice: str, starts_at: str, run: Run) -> None:
    for rule in ((), ("--agreement", "jamtland-harjedalen"), ("--agreement", "lus")):
        found = told(run, "calendar", "planning-start", notice, *rule)
        assert found.keys() == {"starts_at", "why"}
        if not notice.startswith("2100"):
            assert found["starts_at"] == starts_at
        assert "rule: working days 08:00–17:00" in found["why"]


@pytest.mark.parametrize(
    ("notice", "said"),
    [("2018-12-31T18:05", True), ("2019-01-01T18:05", False), ("2024-12-31T18:05", False), ("2025-01-01T18:05", True)],
)
def test_a_rule_used_outside_its_dates_says_so(notice: str, said: bool, run: Run) -> None:
    why = told(run, "calendar", "planning-start", notice, "--agreement", "jamtland-harjedalen")["why"]
    assert ("its rule is used all the same" in why) is said


@pytest.mark.parametrize(
    ("sent", "last_day", "extended", "practical"),
    [
        ("2026-03-02T10:00", "2026-03-05", "2026-03-05", "2026-03-05T17:00:00+01:00"),
        ("2026-03-04T09:00", "2026-03-07", "2026-03-09", "2026-03-06T17:00:00+01:00"),
        ("2018-03-28T09:00", "2018-03-31", "2018-04-03", "2018-03-29T17:00:00+02:00"),
    ],
)
def test_deadlines_on_dates(sent: str, last_day: str, extended: str, practical: str, run: Run) -> None:
    found = told(run, "calendar", "deadline", sent, "3")
    assert (found["last_day"], found["extended_day"], found["practical_due"]) == (last_day, extended, practical)
    assert found["day0"] == sent[:10]
    shown = run("calendar", "deadline", sent, "3")
    assert f"last day     {last_day}" in shown.lines
    assert f"extended to  {extended}" in shown.lines


@pytest.mark.parametrize(
    "arguments", [("2026-03-04T09:00", "-1"), ("2026-03-04T09:00", "three"), ("2026-03-04T09:00", "")]
)
def test_days_that_are_none(arguments: tuple[str, str], run: Run) -> None:
    done = run("calendar", "deadline", *arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1


def test_the_agreements_are_listed(run: Run) -> None:
    found = {one["name"]: one for one in told(run, "agreements", "list")}
    assert found["lus"]["valid_to"] is None
    assert found["jamtland-harjedalen"]["region"] == "23"
    shown = run("agreements", "list")
    assert shown.lines[0].split() == ["NAME", "REGION", "FROM", "TO", "APPROVED", "SUSPENDED", "VERSION", "TITLE"]


def test_every_value_stands_with_its_words_or_its_assumption(run: Run) -> None:
    for name in ("lus", "jamtland-harjedalen"):
        found = told(run, "agreements", "show", name, "--date", "2023-03-01")
        assert len(found["values"]) > 10
        cited = [*found["values"], *(one for clause in found["clauses"] for one in clause["citations"])]
        assert all((one["quote"] is None) is not (one["assumption"] is None) for one in cited)
        assert all(one["clause"] for one in cited)
        words = " ".join(
            " ".join(line.split()) for line in run("agreements", "show", name, "--date", "2023-03-01").lines
        )
        assert all(" ".join(str(one["quote"] or one["assumption"]).split())[:40] in words for one in cited)


def test_an_agreement_that_has_lapsed_is_shown_as_on_its_last_day(run: Run) -> None:
    done = run("agreements", "show", "jamtland-harjedalen", "--now", "2026-03-01", "--format", "json")
    assert done.json["date"] == "2024-12-31"
    assert done.err == "hemgang: jamtland-harjedalen: not in force on 2026-03-01; shown as on 2024-12-31\n"
    assert told(run, "agreements", "show", "lus", "--now", "2026-03-01")["date"] == "2026-03-01"


def test_what_two_agreements_say_differently(run: Run) -> None:
    found = {
        one["name"]: (one["first"], one["second"])
        for one in told(run, "agreements", "diff", "lus", "jamtland-harjedalen", "--date", "2023-03-01")
    }
    assert found["discharge_hours"] == (None, "07:00–17:00")
    assert found["condition-2.charge"] == (None, "individual")
    assert found["condition-2.free_care_days"] == (None, "7")
    assert "sip_call_within_days" not in found
    assert told(run, "agreements", "diff", "lus", "lus") == []
