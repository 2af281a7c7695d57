"""What the doctor sees of a real installation, on both databases; and that it leaves everything as it was."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url, text, update

from hemgang.doctor.database import DatabaseFacts, open_read_only
from hemgang.doctor.directory import compare_with_episodes, judge_directory, read_directory
from hemgang.doctor.engine import gather_state
from hemgang.doctor.examine import Examination, examine
from hemgang.doctor.finding import Level
from hemgang.doctor.reference_data import gather_rules, gather_times, judge_rules
from hemgang.duties.model import Role
from hemgang.i18n.catalogue import say
from hemgang.i18n.language import Language
from hemgang.services.installation import ReferenceData
from hemgang.store import installation, monitoring
from hemgang.store.database import Database
from hemgang.store.tables import AlertRow, DischargeRow
from tests.cli.running import ROOT
from tests.doctor.conftest import NOW
from tests.faults.scenarios.scenario import admitted, told
from tests.services.walking import advance_all, take

BEFORE = NOW - timedelta(days=1)


def looked_at(url: str) -> DatabaseFacts:
    with open_read_only(url) as (facts, _):
        return facts


@pytest.mark.postgresql
def test_a_database_is_seen_with_its_kind_version_and_clock(database: Database) -> None:
    facts = looked_at(database.url)
    assert (str(facts.trouble), str(facts.read_only), facts.revision) == ("", "", facts.head)
    assert facts.kind == database.engine.dialect.name
    assert facts.version[0].isdigit()
    assert facts.readable
    assert facts.ahead_s is None if database.is_sqlite else abs(facts.ahead_s or 0.0) < 5


@pytest.mark.postgresql
def test_tables_of_another_version_are_not_read_and_not_upgraded(database: Database) -> None:
    for revision in ("0005", "9999"):
        with database.writer.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": revision})
        with open_read_only(database.url) as (facts, readable):
            assert readable is None
            assert facts.revision == revision
        with database.engine.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == revision


@pytest.mark.postgresql
def test_an_empty_database_stays_empty(database_url: str) -> None:
    facts = looked_at(database_url)
    if database_url.startswith("sqlite"):
        assert facts.missing_file
        assert not Path(str(make_url(database_url).database)).exists()
    else:
        assert (str(facts.trouble), facts.revision) == ("", None)


@pytest.mark.parametrize(
    "url", ["nonsense", "postgresql://anna:hemlig@127.0.0.1:1/x", "oracle://a/b", "mysql://a:hemlig@b/c"]
)
def test_a_database_that_cannot_be_reached_is_said_without_its_password(url: str) -> None:
    facts = looked_at(url)
    assert str(facts.trouble)
    assert "hemlig" not in str(facts.trouble)


def test_a_file_that_may_not_be_written_to_is_seen(embedded: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith(".db"))
    assert "may not be written to" in str(looked_at(embedded.url).read_only)


@pytest.mark.postgresql
def test_a_user_who_may_not_write_is_seen(database: Database) -> None:
    if database.is_sqlite:
        return
    name = str(make_url(database.url).database)
    with database.writer.begin() as connection:
        connection.execute(text(f"CREATE ROLE reader_{name} LOGIN"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}"))
    url = make_url(database.url).set(username=f"reader_{name}").render_as_string(hide_password=False)
    assert str(looked_at(url).read_only) == "this user may not write to the tables"


@pytest.mark.postgresql
def test_the_state_is_seen_as_it_is(database: Database, rules: ReferenceData) -> None:
    take(database, admitted("e1", BEFORE), admitted("e2", BEFORE), "{", now=NOW)
    take(database, "{", now=NOW - timedelta(days=2), source="older")
    advance_all(database, rules, NOW)
    with database.writing() as session:
        monitoring.record_heartbeat(session, "watch", now=NOW - timedelta(minutes=1), host="here")
        installation.hold_delivery(
            session, why=installation.HoldReason.BY_HAND, by="Anna", now=NOW - timedelta(hours=1)
        )
        session.execute(
            update(DischargeRow).where(DischargeRow.episode == "e1").values(failures=1, next_wake=NOW)  # type: ignore[arg-type]
        )
        session.execute(update(AlertRow).values(state="undelivered"))
    with open_read_only(database.url) as (_, readable):
        assert readable is not None
        with readable.reading() as session:
            facts = gather_state(session, now=NOW, inbox=False)
    assert facts.sweeps == {"watch": monitoring.LastSweep(NOW - timedelta(minutes=1))}
    assert (facts.held, facts.held_since) == ("by_hand", NOW - timedelta(hours=1))
    assert facts.due == 1
    assert (facts.set_aside_count, len(facts.set_aside)) == (1, 1)
    assert "e1" not in facts.set_aside
    assert facts.given_up > 0
    assert (facts.quarantined, facts.quarantined_today) == (2, 1)


@pytest.mark.postgresql
def test_open_discharges_are_held_against_the_directory(
    database: Database, rules: ReferenceData, directory: Path
) -> None:
    take(
        database,
        admitted("e1", BEFORE),
        admitted("e2", BEFORE, clinic="ward-9", care_centre="Anna Ek"),
        admitted("e3", BEFORE, clinic="ward-9"),
        told("e3", "discharged", BEFORE),
        now=NOW,
    )
    advance_all(database, rules, NOW)
    facts, loaded = read_directory(directory)
    assert loaded is not None
    with database.reading() as session:
        facts = compare_with_episodes(facts, loaded, session, now=NOW)
    assert (facts.open_discharges, facts.looked_at) == (2, 2)
    assert facts.unreached == {
        Role.WARD: 1,
        Role.OUTPATIENT_UNIT: 2,
        Role.FIXED_CARE_CONTACT: 2,
        Role.MUNICIPAL_UNIT: 2,
    }
    assert facts.unknown_units == {"ward-9": 1, "Anna Ek": 1}
    assert facts.unknown_payers == {"2380": 2}
    shown = " ".join(str(one.found) for one in judge_directory(facts))
    assert "ward-9 (1)" in shown
    assert "Anna" not in shown


def everything(database: Database, folder: Path) -> Mapping[str, object]:
    """Return all rows of all tables, and every file of a folder with its time and mode."""
    with database.engine.connect() as connection:
        names = inspect(database.engine).get_table_names()
        rows = {name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))) for name in names}  # noqa: S608
    files = {
        str(path): (path.stat().st_mtime_ns, path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }
    return {**rows, **files}


@pytest.mark.postgresql
def test_nothing_is_changed_by_looking(
    database: Database, rules: ReferenceData, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "new.ndjson").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("HEMGANG_INBOX", str(inbox))
    monkeypatch.setenv("HEMGANG_STATE", str(tmp_path / "state"))
    take(database, admitted("e1", BEFORE), now=NOW)
    advance_all(database, rules, NOW)
    before = everything(database, tmp_path)
    found = [*examine(Examination(database.url, directory, reach=True, backups=tmp_path), now=NOW)]
    assert everything(database, tmp_path) == before
    assert not (tmp_path / "state").exists()
    assert not any("the check itself failed" in str(one.found) for one in found), found
    assert not any("e1" in f"{one.found} {one.do}".split() for one in found)


def test_a_check_that_fails_is_a_finding_and_the_others_go_on(
    embedded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("19121212-1212")

    monkeypatch.setattr("hemgang.doctor.examine.gather_rules", failing)
    found = [*examine(Examination(embedded.url), now=NOW)]
    (broken,) = [one for one in found if "itself failed" in str(one.found)]
    assert (broken.level, broken.name, str(broken.found)) == (
        Level.ERROR,
        "rules",
        "the check itself failed: RuntimeError",
    )
    assert {"database", "loop watch", "variables"} <= {one.name for one in found}


def test_time_and_rules_of_this_checkout_are_well() -> None:
    times, rules = gather_times(NOW.date()), gather_rules(NOW.date(), ladder=None)
    assert (times.wrong, times.differ, times.years) == ((), (), (2026, 2027))
    assert times.tzdata
    assert (rules.problems, rules.sources) == ((), True)
    assert gather_rules(NOW.date().replace(year=2023), ladder=None).missing == ()
    assert rules.missing == (2025, 2026)


def test_a_ladder_that_is_wrong_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "ladder.toml"
    wrong.write_text("[[default]]\nnme = 1\n", encoding="utf-8")
    findings = [one for one in judge_rules(gather_rules(NOW.date(), ladder=wrong)) if one.name == "ladder"]
    assert len(findings) == 5, "each fault of the file is a finding of its own"
    assert all(str(wrong) in str(one.found) and "\n" not in str(one.found) for one in findings)
    shipped = ROOT / "hemgang" / "duties" / "ladder.toml"
    assert gather_rules(NOW.date(), ladder=shipped).ladder == ""


def test_an_inbox_that_is_not_there_is_one_finding(
    embedded: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEMGANG_INBOX", str(tmp_path / "gone"))
    found = [one for one in examine(Examination(embedded.url), now=NOW) if "INBOX" in str(one.found)]
    assert [one.name for one in found if one.level is Level.ERROR] == ["inbox"]


def test_findings_are_said_in_the_language_that_is_asked_for(embedded: Database) -> None:
    found = {one.name: one for one in examine(Examination(embedded.url), now=NOW)}
    assert say(Language.SWEDISH, found["inbox"].found) == "ingen; meddelanden kommer genom hemgang ingest"
    assert say(Language.ENGLISH, found["inbox"].found) == "none; messages come by hemgang ingest"
