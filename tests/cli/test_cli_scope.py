"""`--scope` and HEMGANG_SCOPE: a municipality sees its own, a region its own, a forgotten filter nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Run, message, write

LATER = ("--now", "2024-02-01T08:00")
CLOSE = ("close", "23", "2023-03", "--now", "2023-04-03T08:00")
BY = ("--commit", "--by", "A. Ek", "--attest", "B. Ström", "--decision", "agreed")
ONE = [("episode",), ("explain",), ("duties", "--episode")]

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def moved(run: Run, stored: Path, tmp_path: Path) -> None:
    """Store an episode in Stockholm's districts, one whose payer changed, and one that nothing opened."""
    admitted = {"region": "01", "municipality": "0180", "district": "Kista", "care": "somatic"}
    assert stored.exists()
    file = write(
        tmp_path / "moved.ndjson",
        message("x5-1", "x5", "admitted", "2023-03-01T10:00", **admitted),
        message("x6-1", "x6", "admitted", "2023-03-01T10:00", region="23", municipality="2303", care="somatic"),
        message("x6-2", "x6", "payer_changed", "2023-03-05T10:00", municipality="2321", since="2023-03-05"),
        message("x7-1", "x7", "ready_notice", "2023-03-06T09:00"),
    )
    assert run("ingest", str(file)).code == 0


def seen(run: Run, scope: str, *command: str) -> set[str]:
    """Return the episodes that a list shows under a scope."""
    done = run("--scope", scope, *command, *LATER, "--format", "json")
    assert done.code == 0, done
    return {one["episode"] for one in done.json}


def closing(run: Run, scope: str, *arguments: str) -> Any:
    """Return the JSON of a closing under a scope."""
    done = run("--scope", scope, *CLOSE, *arguments, "--format", "json")
    assert done.code == 0, done
    return done.json


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("scope", "odd"),
    [
        ("all", {"x1", "x2", "x3", "x4", "x5", "x6", "x7"}),
        ("23", {"x1", "x2", "x3", "x6"}),
        ("01", {"x4", "x5"}),
        ("2303", {"x2", "x6"}),
        ("2321", {"x6"}),
        ("0180", {"x4"}),
        ("0180/Kista", {"x5"}),
        (" 01 , 2305 ", {"x3", "x4", "x5"}),
        ("14", set()),
        ("", set()),
    ],
)
def test_a_list_shows_what_is_in_the_scope(scope: str, odd: set[str], run: Run) -> None:
    found = seen(run, scope, "episodes")
    assert {episode for episode in found if episode.startswith("x")} == odd
    assert any(episode.startswith("jh1") for episode in found) == (scope in {"all", "23"})
    assert seen(run, scope, "duties") <= found


def test_duties_are_those_of_the_scope(run: Run) -> None:
    assert seen(run, "2303,2305", "duties") == {"x2", "x3"}
    assert seen(run, "", "duties") == set()


@pytest.mark.parametrize("command", ONE, ids=" ".join)
def test_one_episode_is_shown_to_its_region_and_its_payer(command: tuple[str, ...], run: Run) -> None:
    for scope in ("23", "2303", "all"):
        assert run("--scope", scope, *command, "x2", *LATER).out == run(*command, "x2", *LATER).out != ""


@pytest.mark.parametrize("scope", ["", "01", "2305"])
@pytest.mark.parametrize("command", ONE, ids=" ".join)
def test_outside_the_scope_is_as_if_it_were_not_there(command: tuple[str, ...], scope: str, run: Run) -> None:
    outside = run("--scope", scope, *command, "x2", *LATER).complaint
    unknown = run("--scope", scope, *command, "no", *LATER).complaint
    assert outside == unknown.replace("no'", "x2'") == "nothing is stored of episode 'x2'"
    assert run("access-log", "list", "--format", "json").json == []


def test_the_environment_says_it_and_the_option_wins(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_SCOPE", "2303")
    assert {one["episode"] for one in run("episodes", *LATER, "--format", "json").json} == {"x2"}
    assert seen(run, "2305", "episodes") == {"x3"}
    assert seen(run, "", "episodes") == set()
    monkeypatch.setenv("HEMGANG_SCOPE", "")
    assert run("episodes", *LATER, "--format", "json").json == []
    assert run("episode", "x2").complaint == "nothing is stored of episode 'x2'"
    assert run(*CLOSE).complaint == "county 23 is outside the scope"
    assert len(seen(run, "all", "episodes")) == 34


@pytest.mark.parametrize("word", ["99", "9999", "2380/Kista", "0180/", "all", "ALL", "", "2%", "unknown"])
def test_a_wrong_code_is_one_line(word: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (("episodes",), ("episode", "x2"), ("duties",), ("explain", "x2"), CLOSE):
        said = run("--scope", f"23,{word}", *command).complaint
        assert said.startswith(f"--scope: {word!r} is no county code (23), municipality code (2380) or payer")
    monkeypatch.setenv("HEMGANG_SCOPE", f"{word},2380")
    assert run("episodes").complaint.startswith(f"HEMGANG_SCOPE: {word!r} is no county code")


def test_what_may_be_a_person_number_is_not_repeated(run: Run) -> None:
    assert "1912" not in run("--scope", "19121212-1212", "episodes").complaint


def test_the_help_says_what_holds_without_it(run: Run) -> None:
    said = " ".join(run("--help").out.split())
    assert "HEMGANG_SCOPE, else all, for whoever holds the database file and its password" in said


def test_a_scope_of_payers_limits_the_statements_and_not_the_shares(run: Run) -> None:
    whole, own = closing(run, "all"), closing(run, "2380,2303")
    assert [payer["payer"] for payer in whole["payers"]] == ["2303", "2305", "2380"]
    assert own["payers"] == [payer for payer in whole["payers"] if payer["payer"] != "2305"]
    assert own["review"] == [item for item in whole["review"] if item["payer"] != "2305"]
    assert [finding["episode"] for finding in whole["findings"]] == ["x3"]
    assert own["findings"] == []
    assert closing(run, "2305")["findings"] == whole["findings"]
    assert own["hash"] == whole["hash"]
    assert "x3" not in run("--scope", "2380,2303", *CLOSE).out


@pytest.mark.usefixtures("moved")
def test_a_region_sees_its_month_whole_but_not_what_nothing_opened(run: Run) -> None:
    whole, own = closing(run, "all"), closing(run, "23")
    assert {finding["episode"] for finding in whole["findings"]} >= {"x3", "x7"}
    assert own == whole | {"findings": [one for one in whole["findings"] if one["episode"] != "x7"]}


def test_explained_shares_are_taken_over_everybody(run: Run) -> None:
    """Both Exempel 1 and the scope of its payer say 2/3 of 30."""
    assert run("--scope", "2380", "explain", "jh1-02").out == run("explain", "jh1-02").out
    (own,) = closing(run, "2380")["payers"]
    assert (own["population"], own["clauses"][0]["value"]) == (30, "2/3")


def test_a_county_or_payer_outside_the_scope_is_said_so(run: Run) -> None:
    assert run("--scope", "01", *CLOSE).complaint == "county 23 is outside the scope"
    assert run("--scope", "2380", *CLOSE, "--payer", "Ragunda").complaint == "payer 2303 is outside the scope"
    assert run("--scope", "2380", *CLOSE, "--payer", "Åre").complaint == "payer 2321 is outside the scope"
    assert closing(run, "2303", "--payer", "2303") == closing(run, "all", "--payer", "2303") | {"findings": []}
    assert run("access-log", "list", "--episode", "x2", "--format", "json").json[0]["seq"] == 1


def test_what_is_closed_does_not_depend_on_the_scope(run: Run) -> None:
    refused = run("--scope", "2380", *CLOSE, *BY).complaint
    assert refused == "the scope holds only some payers, and --commit would close them all; add --payer"
    assert closing(run, "2303", "--payer", "2303", *BY)["status"] == "closed"
    again = run(*CLOSE, "--payer", "2303", *BY)
    assert (again.code, again.err.count("was closed with the same content")) == (0, 1)
