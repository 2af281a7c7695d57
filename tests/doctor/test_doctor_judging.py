"""Every finding of the doctor: the facts that give it, and beside them facts that do not."""

from dataclasses import replace
from typing import Any

import pytest

from hemgang.doctor.database import DatabaseFacts, judge_database
from hemgang.doctor.directory import DirectoryFacts, judge_directory
from hemgang.doctor.environment import Disk, FolderFacts, InboxFacts, judge_folders, judge_variables
from hemgang.doctor.finding import Level, duration_text
from hemgang.doctor.reference_data import RuleFacts, TimeFacts, judge_rules, judge_times, satisfies
from tests.doctor.levels import ERROR, OK, WARNING, level_of

GIB = 1 << 30


GOOD_DATABASE = DatabaseFacts(
    kind="postgresql",
    version="15.4",
    revision="0006",
    head="0006",
    known=frozenset({"0005", "0006"}),
    ahead_s=0.2,
)


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "database", OK),
        ({"kind": "sqlite", "version": "3.40.1", "ahead_s": None}, "database", OK),
        ({"version": "13.9"}, "database", WARNING),
        ({"version": "14.0"}, "database", OK),
        ({"missing_file": True}, "database", WARNING),
        ({"trouble": "no answer"}, "database", ERROR),
        ({"trouble": "no answer"}, "tables", None),
        ({}, "database writable", OK),
        ({"read_only": "it is a standby"}, "database writable", ERROR),
        ({}, "tables", OK),
        ({"revision": None}, "tables", WARNING),
        ({"revision": "0005"}, "tables", WARNING),
        ({"revision": "0099"}, "tables", ERROR),
        ({}, "clock", OK),
        ({"ahead_s": 4.9}, "clock", OK),
        ({"ahead_s": -5.1}, "clock", WARNING),
        ({"ahead_s": 60.0}, "clock", WARNING),
        ({"ahead_s": -60.1}, "clock", ERROR),
        ({"ahead_s": None}, "clock", OK),
        ({"virtual_clock": True}, "clock", WARNING),
    ],
)
def test_of_the_database(change: dict[str, Any], name: str, level: Level | None) -> None:
    assert level_of(judge_database(replace(GOOD_DATABASE, **change)), name) is level


GOOD_TIMES = TimeFacts((), "2026.2", True, (), (2026, 2027), (2026, 2027), "0.109", "<0.110,>=0.109")


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "time zone", OK),
        ({"wrong": ("2026-03-29T01:00",)}, "time zone", ERROR),
        ({"differ": ("2030-04-01 00:00",)}, "time zone", ERROR),
        ({"system": False}, "time zone", OK),
        ({"tzdata": ""}, "time zone", OK),
        ({"tzdata": "", "system": False}, "time zone", ERROR),
        ({}, "calendar", OK),
        ({"years": (2026,)}, "calendar", ERROR),
        ({"holidays": "0.110"}, "calendar", WARNING),
        ({"holidays": "0.109.3"}, "calendar", OK),
        ({"holidays": ""}, "calendar", WARNING),
    ],
)
def test_of_time(change: dict[str, Any], name: str, level: Level) -> None:
    assert level_of(judge_times(replace(GOOD_TIMES, **change)), name) is level


@pytest.mark.parametrize(
    ("version", "asked", "is_so"),
    [
        ("0.109", "<0.110,>=0.109", True),
        ("0.110", "<0.110,>=0.109", False),
        ("0.108.9", ">=0.109", False),
        ("2.0", "==2.0", True),
        ("2.1", "<=2.0", False),
        ("2.1", "", True),
        ("", "", False),
    ],
)
def test_a_version_is_held_against_what_is_asked_for(version: str, asked: str, is_so: bool) -> None:
    assert satisfies(version, asked) is is_so


GOOD_RULES = RuleFacts(problems=(), sources=True, agreements=4, missing=(), ladder=None)


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "agreements", OK),
        ({"sources": False}, "agreements", OK),
        ({"problems": ("lus.toml: gap",)}, "agreements", ERROR),
        ({}, "amounts", OK),
        ({"missing": (2026,)}, "amounts", WARNING),
        ({}, "ladder", OK),
        ({"ladder": ""}, "ladder", OK),
        ({"ladder": "line 3: unknown key"}, "ladder", ERROR),
    ],
)
def test_of_the_rules(change: dict[str, Any], name: str, level: Level) -> None:
    assert level_of(judge_rules(replace(GOOD_RULES, **change)), name) is level


GOOD_DIRECTORY = DirectoryFacts("", 3, 4, 5, operator=True, open_discharges=7, looked_at=7)


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "directory", OK),
        ({"trouble": None}, "directory", WARNING),
        ({"trouble": "directory.toml:3: unknown key"}, "directory", ERROR),
        ({}, "operator", OK),
        ({"operator": False}, "operator", ERROR),
        ({}, "recipients", OK),
        ({"unreached": {"ward": 2}}, "recipients", WARNING),
        ({}, "units", None),
        ({"unknown_units": {"ward-9": 2}}, "units", WARNING),
        ({}, "payers", None),
        ({"unknown_payers": {"2303": 1}}, "payers", WARNING),
    ],
)
def test_of_the_directory(change: dict[str, Any], name: str, level: Level | None) -> None:
    assert level_of(judge_directory(replace(GOOD_DIRECTORY, **change)), name) is level


def test_a_unit_that_is_no_code_is_counted_and_not_shown() -> None:
    unknown = {"ward-9": 3, "Anna Ek": 2, "vc-öst": 1} | {f"ward-{n}": 1 for n in range(20, 26)}
    (found,) = [one for one in judge_directory(replace(GOOD_DIRECTORY, unknown_units=unknown)) if one.name == "units"]
    assert str(found.found) == (
        "9 units not in the directory: ward-9 (3), vc-öst (1), ward-20 (1), ward-21 (1), ward-22 (1), 4 more"
    )
    (only,) = [
        one for one in judge_directory(replace(GOOD_DIRECTORY, unknown_units={"Anna Ek": 2})) if one.name == "units"
    ]
    assert str(only.found) == "1 unit not in the directory: 1 without a code"


GOOD_INBOX = InboxFacts(there=True, waiting=2, waiting_s=60.0, taking=1, taking_s=60.0)
GOOD_FOLDERS = FolderFacts(GOOD_INBOX, (Disk("the database", 50 * GIB, 100 * GIB),), secrets=1, backups=(3, 3_600.0))


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({"inbox": None}, "inbox", OK),
        ({}, "inbox", OK),
        ({"inbox": InboxFacts(there=False)}, "inbox", ERROR),
        ({"inbox": replace(GOOD_INBOX, writable=False)}, "inbox", ERROR),
        ({"inbox": replace(GOOD_INBOX, one_system=False)}, "inbox", ERROR),
        ({"inbox": replace(GOOD_INBOX, waiting_s=901.0)}, "inbox", ERROR),
        ({}, "inbox, taking", None),
        ({"inbox": replace(GOOD_INBOX, taking_s=3_601.0)}, "inbox, taking", WARNING),
        ({}, "inbox, refused", None),
        ({"inbox": replace(GOOD_INBOX, refused=1)}, "inbox, refused", WARNING),
        ({}, "disk of the database", OK),
        ({"disks": (Disk("the database", 9 * GIB, 100 * GIB),)}, "disk of the database", WARNING),
        ({"disks": (Disk("the database", GIB - 1, 2 * GIB),)}, "disk of the database", WARNING),
        ({"disks": (Disk("the database", GIB // 8, 2 * GIB),)}, "disk of the database", ERROR),
        ({}, "file modes", OK),
        ({"secrets": 0}, "file modes", None),
        ({"readable_by_all": ("the directory file",)}, "file modes", WARNING),
        ({}, "backups", OK),
        ({"backups": None}, "backups", None),
        ({"backups": (0, 0.0)}, "backups", ERROR),
        ({"backups": (3, 27 * 3_600.0)}, "backups", WARNING),
        ({"backups": (3, 73 * 3_600.0)}, "backups", ERROR),
    ],
)
def test_of_folders(change: dict[str, Any], name: str, level: Level | None) -> None:
    assert level_of(judge_folders(replace(GOOD_FOLDERS, **change)), name) is level


def test_of_variables() -> None:
    assert level_of(judge_variables(["PATH", "HEMGANG_DATABASE"]), "variables") is OK
    (found,) = judge_variables(["HEMGANG_DATABSE"])
    assert (found.level, str(found.found), str(found.do)) == (
        WARNING,
        "nothing reads HEMGANG_DATABSE",
        "is HEMGANG_DATABASE meant?",
    )
    assert level_of(judge_variables(["hemgang_database"]), "variables") is WARNING
    assert level_of(judge_variables(["HEMGANG_SMS_KEY"]), "variables") is WARNING
    assert level_of(judge_variables(["HEMGANG_SMS_KEY"], ["HEMGANG_SMS_KEY"]), "variables") is OK


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (3_599, "59 min"), (7_260, "2 h 1 min"), (187_200, "2 d 4 h")],
)
def test_a_length_of_time_is_said_in_two_units(seconds: float, said: str) -> None:
    assert duration_text(seconds) == said
