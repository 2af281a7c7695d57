"""`hemgang agreements`: what changed in one agreement, what it is held against, and a check of one's own folder."""

import re
import shutil
from pathlib import Path

import pytest

from agreements.tomlfile import SHIPPED
from tests.cli.running import Run

NOW = ("--now", "2024-02-01T08:00")


def test_list_shows_since_when_liability_is_dormant(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {one["name"]: one for one in run("agreements", "list", "--format", "json").json}
    assert [one["valid_from"] for one in listed["stockholm"]["suspended"]] == ["2022-11-01"]
    assert listed["stockholm"]["approved"] is None
    assert listed["vastmanland"]["suspended"] == []
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(run("agreements", "list").out.split())
    assert "from 2022-11-01" in text


def test_show_names_every_detail_of_a_mean(run: Run) -> None:
    shown = run("agreements", "show", "stockholm", "--date", "2021-07-01", "--format", "json").json
    mean = shown["clauses"][0]
    assert mean["care"] == "somatic, psychiatric"
    assert mean["ages"] == "18 or more"
    assert mean["gate"] == (
        "mean_above, threshold county mean of 2020-10, gate_cutoff none, include_zero_days yes, status any, "
        "includes_individually_charged no"
    )
    assert mean["charge"] == "mean_excess, mean_decimals none"
    assert [step["number"] for step in shown["dispute_steps"]] == [1, 2, 3]


def test_show_says_when_a_late_change_was_approved(run: Run) -> None:
    shown = run("agreements", "show", "vastmanland", "--date", "2019-10-01", "--format", "json").json
    assert (shown["clauses"][0]["approved"], shown["clauses"][0]["end_approved"]) == ("2019-10-04", None)
    text = run("agreements", "show", "vastmanland", "--date", "2019-09-30").out
    assert "its end approved 2019-10-04" in text
    assert "dispute, of principle, step 2: högsta tjänstemannaledning inom respektive part" in text


def test_diff_of_one_agreement_says_what_changed_with_its_clause(run: Run) -> None:
    days = ("--from", "2019-09-30", "--to", "2019-10-01")
    changes = run("agreements", "diff", "vastmanland", *days, "--format", "json").json
    assert [(one["name"], one["before"], one["after"]) for one in changes] == [
        ("mean.gate_cutoff", "13:00", "none"),
        ("mean.include_zero_days", "yes", "no"),
        ("mean.status", "any", "UTFÖRD"),
    ]
    assert {one["after_clause"] for one in changes} == {"Tillägget 3.4 (vastmanland)"}
    english = " ".join(run("agreements", "diff", "vastmanland", *days).out.split())
    assert "Mean of each municipality, discharges on day 0" in english
    swedish = " ".join(run("agreements", "diff", "vastmanland", *days, "--language", "sv").out.split())
    assert "Genomsnitt per kommun, utskrivna dag 0 räknas ja nej" in swedish


@pytest.mark.parametrize("name", ["jamtland-harjedalen", "lus", "stockholm", "vastmanland"])
def test_show_says_no_code_word_in_swedish(run: Run, name: str) -> None:
    shown = run("agreements", "show", name, "--date", "2021-07-01", "--language", "sv").out
    english = r"[a-zåäö]+_[a-zåäö]+|assumption:|\bnone\b|\bany\b|county mean|or more|working days"
    assert re.findall(english, shown) == []


def test_diff_of_one_agreement_on_two_days_without_a_change(run: Run) -> None:
    shown = run("agreements", "diff", "stockholm", "--from", "2020-01-01", "--to", "2020-10-31")
    assert shown.lines == ["stockholm says the same on 2020-01-01 and 2020-10-31"]


def test_diff_shows_what_only_one_of_them_has(run: Run) -> None:
    days = ("--from", "2021-06-30", "--to", "2021-07-01")
    changes = {one["name"]: one for one in run("agreements", "diff", "stockholm", *days, "--format", "json").json}
    assert (changes["mean.care"]["before"], changes["mean.care"]["after"]) == ("somatic", "somatic, psychiatric")
    assert (changes["psychiatric.free_care_days"]["before"], changes["psychiatric.free_care_days"]["after"]) == (
        "5",
        None,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("lus",),
        ("lus", "--from", "2019-01-01"),
        ("lus", "--to", "2019-01-01"),
        ("lus", "stockholm", "--from", "2019-01-01", "--to", "2019-02-01"),
        ("lus", "--from", "2019-01-01", "--to", "2019-02-01", "--date", "2019-01-01"),
    ],
    ids=" ".join,
)
def test_diff_needs_two_agreements_or_two_dates(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("agreements", "diff", *arguments).complaint.startswith("write either two agreements")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("stockholm", "--from", "2018-10-31", "--to", "2018-11-01"),
            "agreement stockholm: agreement is not in force on",
        ),
        (("stockholm", "--from", "2020-13-01", "--to", "2018-11-01"), "--from"),
        (("nowhere", "--from", "2020-01-01", "--to", "2021-11-01"), "there is no agreement 'nowhere'"),
    ],
)
def test_diff_outside_an_agreement_is_one_clear_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    assert says in run("agreements", "diff", *arguments).complaint


def test_check_names_known_gaps_apart_and_passes(run: Run) -> None:
    shown = run("agreements", "check", *NOW)
    assert shown.code == 0
    assert shown.lines[-1] == "known gaps in amounts (agreements/rates.toml): 2018, 2021, 2024"
    found = run("agreements", "check", *NOW, "--format", "json").json
    assert {one["kind"] for one in found} == {"known_gap"}


def test_check_of_ones_own_folder_lists_everything_that_is_amiss(run: Run, tmp_path: Path) -> None:
    for name in ("lus.toml", "stockholm.toml", "payers.toml"):
        shutil.copy(SHIPPED / name, tmp_path)
    _change(tmp_path / "stockholm.toml", "valid_from = 2022-11-01", "valid_from = 2018-01-01")
    _change(tmp_path / "stockholm.toml", "number = 2", "number = 4")
    _change(tmp_path / "payers.toml", 'successor = "0180/jarva"', 'successor = "0180/none"')
    shown = run("agreements", "check", "--folder", str(tmp_path), *NOW, "--format", "json")
    assert shown.code == 1
    problems = {(one["code"], one["key"]) for one in shown.json if one["kind"] == "problem"}
    assert problems == {
        ("outside", "suspended"),
        ("dispute_step", "dispute_step.local"),
        ("unknown_payer", "0180/rinkeby-kista"),
    }
    assert all(str(tmp_path) in one["file"] for one in shown.json if one["kind"] == "problem")


def test_check_of_a_folder_that_is_none(run: Run, tmp_path: Path) -> None:
    shown = run("agreements", "check", "--folder", str(tmp_path / "none"), "--format", "json")
    assert shown.code == 1
    assert ("file", "is missing; it is the statute") in {(one["key"], one["message"]) for one in shown.json}


def test_check_lists_every_fault_of_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    for name in ("lus.toml", "stockholm.toml", "payers.toml"):
        shutil.copy(SHIPPED / name, tmp_path)
    _change(tmp_path / "stockholm.toml", "number = 2", "number = -2")
    _change(tmp_path / "stockholm.toml", 'region = "01"', "region = 1")
    _change(tmp_path / "payers.toml", 'successor = "0180/jarva"', "successor = 180")
    shown = run("agreements", "check", "--folder", str(tmp_path), *NOW, "--format", "json")
    problems = {(one["code"], one["key"].rpartition(".")[2]) for one in shown.json if one["kind"] == "problem"}
    assert shown.code == 1
    assert problems == {("wrong_file", "number"), ("wrong_file", "region"), ("wrong_file", "successor")}


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
