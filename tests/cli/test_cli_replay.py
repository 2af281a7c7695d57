"""`hemgang replay`: every alert that would have been sent, in order, the same each time; and `hemgang acknowledge`."""

import json
from pathlib import Path
from typing import Any

import pytest

from hemgang.simulate import demo_directory
from tests.cli.running import EXAMPLE_1, Run, message, write

ADMITTED = message("m1", "e1", "admitted", "2023-03-01T10:00", region="23", municipality="2380", care="somatic")
NOTICE = message("m2", "e1", "admission_notice", "2023-03-01T11:00", expected_discharge="2023-03-06")


def alerts(run: Run, file: Path, *arguments: str) -> list[dict[str, Any]]:
    """Return the alerts of a replay."""
    done = run("replay", str(file), *arguments, "--format", "json")
    assert done.code == 0, done
    return [json.loads(line) for line in done.lines]


def test_a_late_admission_notice_is_told_rung_by_rung(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED)
    found = alerts(run, file, "--until", "2023-03-03")
    assert [(one["at"], one["rung"], one["recipient"]) for one in found] == [
        ("2023-03-02T06:00:00+01:00", "owner", "ward"),
        ("2023-03-02T08:00:00+01:00", "backup", "backup"),
        ("2023-03-02T09:00:00+01:00", "manager", "manager"),
        ("2023-03-02T10:00:00+01:00", "missed", "manager"),
    ]
    assert {(one["duty"], one["episode"], one["period"], one["urgent"], one["channel"]) for one in found} == {
        ("admission_notice", "e1", None, True, "unrouted")
    }


def test_until_is_included_and_what_follows_is_not(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED)
    assert len(alerts(run, file, "--until", "2023-03-02T06:00")) == 1
    assert alerts(run, file, "--until", "2023-03-02T05:59:59") == []


def test_an_order_of_lines_never_changes_the_result(run: Run, tmp_path: Path) -> None:
    lines = EXAMPLE_1.read_text(encoding="utf-8").splitlines()
    turned = write(tmp_path / "turned.ndjson", *reversed(lines))
    found = alerts(run, EXAMPLE_1, "--until", "2023-04-01")
    assert found == alerts(run, turned, "--until", "2023-04-01")
    assert [one["at"] for one in found] == sorted(one["at"] for one in found)
    assert len({one["reference"] for one in found}) == len(found) > 50


def test_identical_ids_are_taken_as_at_ingest(run: Run, tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.ndjson", ADMITTED, NOTICE)
    doubled = write(tmp_path / "double.ndjson", ADMITTED, NOTICE, ADMITTED, NOTICE | {"at": "2023-03-01T23:00"}, "{")
    expected = alerts(run, plain, "--until", "2023-03-03")
    done = run("replay", str(doubled), "--until", "2023-03-03", "--format", "json")
    assert [json.loads(line) for line in done.lines] == expected
    assert done.err.splitlines() == [
        f"hemgang: {doubled}:4: conflicting",
        f"hemgang: {doubled}:5: invalid JSON",
        "hemgang: 2 messages replayed; 1 duplicate, 1 conflicting, 1 left out",
    ]


def test_a_message_is_known_from_its_receipt_on(run: Run, tmp_path: Path) -> None:
    late = NOTICE | {"received_at": "2023-03-02T07:00"}
    found = alerts(run, write(tmp_path / "in.ndjson", ADMITTED, late), "--until", "2023-03-02T09:30")
    assert ("2023-03-02T06:00:00+01:00", "admission_notice") in {(one["at"], one["duty"]) for one in found}
    assert ("2023-03-02T08:00:00+01:00", "admission_notice") not in {(one["at"], one["duty"]) for one in found}


def test_a_message_from_the_future_of_its_receipt_is_left_out(run: Run, tmp_path: Path) -> None:
    ahead = ADMITTED | {"received_at": "2023-02-28T09:59"}
    done = run("replay", str(write(tmp_path / "in.ndjson", ahead)), "--until", "2023-03-03", "--format", "json")
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[0].endswith(":1: message from the future (at)")


def test_many_bad_lines_are_counted_after_the_first_ones(run: Run, tmp_path: Path) -> None:
    done = run("replay", str(write(tmp_path / "in.ndjson", *["{"] * 25)), "--until", "2023-03-03")
    remarks = done.err.splitlines()
    assert len(remarks) == 12
    assert remarks[10] == "hemgang: and 15 more lines with the problem: invalid JSON"


def test_a_directory_gives_recipients_their_ids_and_channels(run: Run, tmp_path: Path) -> None:
    directory = tmp_path / "directory.toml"
    directory.write_text(demo_directory("localhost", 2525), encoding="utf-8")
    file = write(tmp_path / "in.ndjson", ADMITTED | {"sender": "ward-medicine", "clinic": "ward-medicine"})
    found = alerts(run, file, "--until", "2023-03-03", "--directory", str(directory))
    assert (found[0]["recipient"], found[0]["channel"]) == ("ward-medicine", "mail-ward-medicine")


def test_the_table_has_a_line_for_each_alert(run: Run, tmp_path: Path) -> None:
    shown = run("replay", str(write(tmp_path / "in.ndjson", ADMITTED)), "--until", "2023-03-03")
    assert shown.lines[0].split() == ["AT", "DUTY", "EPISODE", "NO", "RUNG", "RECIPIENT", "REFERENCE"]
    rungs = shown.lines[0].index("RUNG")
    assert [line[rungs:].split()[0] for line in shown.lines[1:]] == ["owner", "backup", "manager", "missed"]


@pytest.mark.usefixtures("stored")
def test_an_acknowledgement_is_stored_and_wakes_the_discharge(run: Run) -> None:
    (first, *_) = run("episode", "jh1-02", "--format", "json").json["alerts"]
    written = first["reference"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    done = run("acknowledge", written, "--by", "B. Lind", "--now", "2023-03-07T13:00", "--format", "json").json
    assert done == {
        "reference": first["reference"],
        "by": "B. Lind",
        "at": "2023-03-07T13:00:00+01:00",
        "acknowledged": [{"episode": "jh1-02", "duty": first["duty"], "period": first["period"], "revision": 1}],
    }


def test_an_acknowledged_ladder_rests(run: Run, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from hemgang.services.advance import advance, claim_due
    from hemgang.services.installation import open_installation
    from hemgang.settings import read_settings

    def step(hour: int) -> None:
        now = datetime(2023, 3, 2, hour, 0, tzinfo=UTC)
        claims = claim_due(installation.database, now=now, owner="test", limit=10)
        advance(installation.database, claims, installation.rules, now=now)

    def rungs() -> list[str]:
        return [one["rung"] for one in run("episode", "e1", "--format", "json").json["alerts"]]

    run("ingest", str(write(tmp_path / "in.ndjson", ADMITTED)), "--now", "2023-03-01T10:00")
    installation = open_installation(read_settings())
    step(5)
    assert rungs() == ["owner"]
    (alert,) = run("episode", "e1", "--format", "json").json["alerts"]
    run("acknowledge", alert["reference"], "--by", "B. Lind", "--now", "2023-03-02T06:30")
    step(7)
    step(8)
    assert rungs() == ["owner"]
    installation.database.close()


@pytest.mark.usefixtures("stored")
def test_a_bundle_is_acknowledged_whole(run: Run, stored: Path) -> None:
    import sqlite3

    with sqlite3.connect(stored) as database:
        episodes = {row[0] for row in database.execute("select distinct episode from alert order by episode limit 2")}
        database.execute("update alert set bundle = 'BBBB-BBBB-BBBB' where episode in (?, ?)", sorted(episodes))
    database.close()
    done = run("acknowledge", "bbbb-bbbb-bbbb", "--by", "B. Lind", "--format", "json").json
    assert {one["episode"] for one in done["acknowledged"]} == episodes
    assert len(episodes) == 2
    keys = [(one["episode"], one["duty"], one["period"], one["revision"]) for one in done["acknowledged"]]
    assert keys == sorted(set(keys))
