"""`hemgang episodes`, `hemgang episode` and `hemgang access-log`: what is known of the stays, and who looked."""

import sqlite3
from pathlib import Path

import pytest

from hemgang.episode.model import State
from tests.cli.running import Run, in_process

LATER = ("--now", "2024-02-01T08:00")

pytestmark = pytest.mark.usefixtures("stored")


def episodes(run: Run, *arguments: str) -> dict[str, dict[str, object]]:
    """Return the listed episodes by id."""
    found = run("episodes", *arguments, "--format", "json").json
    assert [one["episode"] for one in found] == sorted(one["episode"] for one in found)
    return {one["episode"]: one for one in found}


def test_every_episode_is_listed_with_what_was_known_at_now(run: Run) -> None:
    found = episodes(run, *LATER)
    assert len(found) == 34
    assert found["x1"] == {
        "episode": "x1",
        "state": "discharged",
        "region": "23",
        "payer": "2380",
        "opened_at": "2023-12-20T10:00:00+01:00",
        "ended_at": "2024-01-08T11:00:00+01:00",
        "ready_periods": 1,
        "findings": ["out_of_order"],
    }
    assert found["x3"]["findings"] == ["admission_notice_missing"]
    assert found["x4"] | {"opened_at": None} == {
        "episode": "x4",
        "state": "admitted",
        "region": "01",
        "payer": "0180",
        "opened_at": None,
        "ended_at": None,
        "ready_periods": 0,
        "findings": [],
    }


def test_what_came_later_was_not_known(run: Run) -> None:
    found = episodes(run, "--now", "2023-03-06T09:00")
    assert "x1" not in found
    assert (found["x2"]["state"], found["x2"]["ready_periods"]) == ("ready", 1)
    assert episodes(run, "--now", "2023-03-06T08:59:59")["x2"]["state"] == "planning"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--region", "01"), 1),
        (("--region", "Stockholm"), 1),
        (("--region", "region jämtland härjedalen"), 33),
        (("--region", "14"), 0),
        (("--state", "admitted"), 1),
        (("--state", "admitted", "--state", "discharged"), 34),
        (("--state", "died"), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_list_can_be_narrowed(arguments: tuple[str, ...], count: int, run: Run) -> None:
    assert len(episodes(run, *arguments, *LATER)) == count


def test_a_reference_says_which_episode_it_is_however_it_is_written(run: Run, stored: Path) -> None:
    alerts = run("episode", "jh1-02", *LATER, "--format", "json").json["alerts"]
    with sqlite3.connect(stored) as connection:
        connection.execute("UPDATE alert SET bundle = '7K3M-Q9TB-2XWD'")
        told = [row[0] for row in connection.execute("SELECT DISTINCT episode FROM alert ORDER BY episode")]
        [(discharge,)] = connection.execute("SELECT reference FROM discharge WHERE episode = 'jh1-02'").fetchall()
    connection.close()
    for reference in (alerts[0]["reference"], discharge, discharge.lower().replace("-", "")):
        assert list(episodes(run, "--reference", reference, *LATER)) == ["jh1-02"]
    assert list(episodes(run, "--reference", "7k3m q9tb 2xwd", *LATER)) == told
    assert len(told) > 1
    assert [row["episode"] for row in run("access-log", "list", "--format", "json").json] == ["jh1-02"] * 4 + told


@pytest.mark.parametrize("narrowed", [(), ("--now", "2023-01-01T00:00"), ("--scope", "14")])
def test_a_reference_of_nothing_that_may_be_seen_is_said_in_one_line(
    narrowed: tuple[str, ...], run: Run, stored: Path
) -> None:
    with sqlite3.connect(stored) as connection:
        [(discharge,)] = connection.execute("SELECT reference FROM discharge WHERE episode = 'jh1-02'").fetchall()
    connection.close()
    named = discharge if narrowed else "0000-0000-000A"
    scope = narrowed if narrowed[:1] == ("--scope",) else ()
    found = run(*scope, "episodes", "--reference", named, *([] if scope else narrowed))
    assert (found.code, found.out) == (2, "")
    assert found.complaint == f"no discharge and no alert has the reference {named!r}"
    assert run("access-log", "list", "--format", "json").json == []


def test_an_episode_shows_states_periods_duties_ledger_and_findings(run: Run) -> None:
    found = run("episode", "jh1-02", *LATER, "--format", "json").json
    states = [State(one["state"]) for one in found["messages"]]
    assert [states[0], states[1], states[-4], states[-1]] == ["admitted", "planning", "ready", "discharged"]
    assert [(one["period"], one["clock_date"], one["end"]["kind"]) for one in found["periods"]] == [
        (1, "2023-03-04", "discharged")
    ]
    assert [(row["date"], row["outcome"], row["amount"]) for row in found["ledger"]] == [
        ("2023-03-04", "free", "0.00"),
        ("2023-03-05", "free", "0.00"),
        ("2023-03-06", "free", "0.00"),
        ("2023-03-07", "charged", "10500.00"),
        ("2023-03-08", "charged", "10500.00"),
    ]
    assert {duty["duty"] for duty in found["duties"]} >= {"sip_call", "admission_notice", "last_free_day"}
    assert found["alerts"]
    assert found["alerts"][0]["state"] == "pending"
    assert found["ledger_missing"] == []


def test_a_month_without_an_amount_is_named_and_does_not_hide_the_rest(run: Run) -> None:
    found = run("episode", "x1", *LATER, "--format", "json").json
    assert [one["month"] for one in found["ledger_missing"]] == ["2024-01"]
    assert "rates.toml" in found["ledger_missing"][0]["why"]
    assert [leave["ended_at"] for leave in found["leaves"]] == ["2023-12-26T18:00:00+01:00"]
    assert [finding["messages"] for finding in found["findings"]] == [["x1-0"]]


def test_an_episode_as_text_has_a_table_for_each_thing_there_is(run: Run) -> None:
    shown = run("episode", "x1", *LATER)
    titles = [line for line in shown.lines if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["messages:", "ready periods:", "duties:", "ledger:", "findings:"]
    assert "payer    2380 Östersund from 2023-12-20" in shown.lines
    assert all(len(line) <= 100 for line in shown.lines)
    assert "alerts:" in run("episode", "jh1-02", *LATER).lines


def test_every_reading_is_logged_before_it_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_USER", "anna")
    monkeypatch.setenv("HEMGANG_UNIT", "economy")
    for arguments in (
        ("episode", "x1", "--why", "question"),
        ("explain", "x1"),
        ("duties", "--episode", "x1"),
        ("duties",),
        ("episodes",),
        ("close", "23", "2023-03"),
    ):
        assert run(*arguments).code == 0
    found = run("access-log", "list", "--format", "json").json
    assert [(row["seq"], row["who"], row["unit"], row["action"], row["episode"], row["why"]) for row in found] == [
        (1, "anna", "economy", "episode", "x1", "question"),
        (2, "anna", "economy", "explain", "x1", "not said"),
        (3, "anna", "economy", "duties", "x1", "not said"),
        (4, "anna", "economy", "duties", "*", "not said"),
        (5, "anna", "economy", "episodes", "*", "not said"),
        (6, "anna", "economy", "close", "*", "23 2023-03"),
    ]
    only = run("access-log", "list", "--episode", "x1", "--format", "json").json
    assert [row["seq"] for row in only] == [1, 2, 3, 4, 5, 6]
    assert [row["seq"] for row in run("access-log", "list", "--episode", "x2", "--format", "json").json] == [4, 5, 6]


def test_the_log_has_the_clocks_time_whatever_now_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clock").write_text("2023-05-01T08:00:00+00:00", encoding="utf-8")
    monkeypatch.setenv("HEMGANG_CLOCK", str(tmp_path / "clock"))
    run("episode", "x2", "--now", "2023-03-06T09:00")
    (row,) = run("access-log", "list", "--format", "json").json
    assert row["at"] == "2023-05-01T10:00:00+02:00"


def test_what_is_not_there_was_not_read(run: Run) -> None:
    assert run("episode", "nobody").code == 2
    assert run("access-log", "list", "--format", "json").json == []


def test_without_a_name_the_user_of_the_system_reads_as_the_operator(run: Run) -> None:
    run("episode", "x1")
    (row,) = run("access-log", "list", "--format", "json").json
    assert row["who"]
    assert row["unit"] == "operator"


def test_a_name_that_may_be_a_person_number_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_USER", "19121212-1212")
    assert run("episode", "x1").complaint.startswith("HEMGANG_USER: part of it is shaped like an identity number")
    monkeypatch.setenv("HEMGANG_USER", "a" * 129)
    assert run("episode", "x1").complaint == "HEMGANG_USER: write 1 to 128 characters"


def test_a_row_that_was_changed_breaks_the_chain(run: Run, stored: Path) -> None:
    for _ in range(3):
        run("episodes")
    assert run("access-log", "check").lines == ["the access log is whole: 3 rows, each follows from the one before"]
    with sqlite3.connect(stored) as forger:
        for (name,) in forger.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            forger.execute(f"drop trigger {name}")
        forger.execute("update access set who = 'nobody' where seq = 2")
    forger.close()
    broken = run("access-log", "check")
    assert broken.code == 1
    assert broken.lines == ["the access log is broken: row 2 does not follow from the one before (3 rows)"]
    assert run("access-log", "check", "--format", "json").json == {"rows": 3, "first_break": 2, "anchor": None}


def test_two_who_read_at_once_both_get_their_place_in_the_log(run: Run) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as readers:
        codes = list(readers.map(lambda _: in_process("episode", "x1").code, range(2)))
    assert codes == [0, 0]
    assert run("access-log", "check", "--format", "json").json == {"rows": 2, "first_break": None, "anchor": None}


def test_a_contact_that_the_directory_does_not_know_is_a_finding(run: Run, tmp_path: Path) -> None:
    from hemgang.simulate import demo_directory

    file = tmp_path / "directory.toml"
    file.write_text(demo_directory("localhost", 2525), encoding="utf-8")
    found = run("episode", "jh1-02", *LATER, "--directory", str(file), "--format", "json").json
    assert "unknown_contact" in {finding["code"] for finding in found["findings"]}
