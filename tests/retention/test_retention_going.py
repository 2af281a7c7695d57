"""What a dry run shows is what then goes, all of it and nothing else; and why what is old may have to stay."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from hemgang.closing.review import DetailsGone
from hemgang.retention.policy import DataKind
from hemgang.services.closing import draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restatements_of
from hemgang.services.retention_apply import RetentionRefused, apply_retention
from hemgang.store.database import Database
from tests.retention import world
from tests.retention.world import CLOSED_AT, MARCH, NOW, applied, counts, goes, kept_for, planned, rule, stays_because
from tests.services.stays import stay
from tests.services.walking import advance_all, take


def test_what_the_dry_run_shows_goes_and_the_month_stands(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1", "e2", "e3")
    before = world.rows(database, "SELECT hash, as_of, closed_by, attested_by FROM closing")
    found = planned(database, rules)
    assert goes(found) == {("23", "episodes"): 3}
    assert stays_because(found) == {("closings", "details_remain"): 1}
    assert counts(database)["message"] == 21
    done = applied(database, rules)
    assert (done.gone["episodes"], done.changed) == (3, 0)
    assert set(counts(database).values()) == {0}
    assert world.rows(database, "SELECT hash, as_of, closed_by, attested_by FROM closing") == before
    assert len(world.rows(database, "SELECT * FROM retained_out")) == 3
    assert world.rows(database, "SELECT region, month, payer FROM sealed_month") == [("23", "2023-03", "2326")]
    runs = world.rows(database, "SELECT kind, controller, keep, since, basis, count, oldest, newest FROM retention_run")
    assert runs == [("episodes", "23", "10 years", "end", "a decision", 3, "2023-03-20", "2023-03-20")]


def test_a_second_run_takes_the_closings_rows_and_a_third_nothing(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    applied(database, rules)
    second = planned(database, rules)
    assert goes(second) == {("23", "closings"): 1}
    applied(database, rules)
    third = planned(database, rules)
    assert (third.plan.groups, third.plan.kept) == ((), ())
    before = counts(database, "closing", "retention_run", "retained_out", "sealed_month")
    applied(database, rules)
    assert counts(database, "closing", "retention_run", "retained_out", "sealed_month") == before


def test_nothing_goes_a_day_before_its_time(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    last_day = datetime(2033, 3, 20, 22, 59, tzinfo=UTC)
    assert goes(planned(database, rules, now=last_day)) == {}
    assert goes(planned(database, rules, now=last_day + timedelta(minutes=1))) == {("23", "episodes"): 1}


def test_nothing_of_a_region_without_a_rule_is_touched(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    world.filled(database, rules, "b1", closed=False, region="19", municipality="1980")
    world.close(database, rules, region="19")
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}
    applied(database, rules)
    assert world.rows(database, "SELECT DISTINCT episode FROM message") == [("b1",)]
    assert goes(planned(database, rules, kept_for(rule(DataKind.EPISODES, "20")))) == {}


def test_a_patient_of_two_regions_needs_a_rule_of_both(database: Database, rules: ReferenceData) -> None:
    moved = {"id": "t", "episode": "e1", "type": "transferred", "clinic": "c", "region": "19"}
    take(database, moved | {"at": "2023-03-15T10:00:00Z"}, now=CLOSED_AT)
    world.filled(database, rules, "e1")
    world.close(database, rules, region="19")
    assert stays_because(planned(database, rules))["episodes", "no_rule"] == 1
    both = kept_for(rule(DataKind.EPISODES), rule(DataKind.EPISODES, "19", years=9, line=2))
    found = planned(database, rules, both)
    assert goes(found) == {("23", "episodes"): 1}, "the one that keeps longest"


@pytest.mark.parametrize(("years", "going"), [(5, {("23", "episodes"): 1}), (12, {})])
def test_a_municipality_can_only_keep_longer(
    database: Database, rules: ReferenceData, years: int, going: dict[tuple[str, str], int]
) -> None:
    world.filled(database, rules, "e1")
    wanted = kept_for(rule(DataKind.EPISODES), rule(DataKind.EPISODES, "2326", years=years, line=2))
    assert goes(planned(database, rules, wanted)) == going
    assert goes(planned(database, rules, kept_for(rule(DataKind.EPISODES, "2326")))) == {}


def test_what_comes_late_for_an_episode_that_is_gone_is_quarantined_without_its_text(
    database: Database, rules: ReferenceData
) -> None:
    world.filled(database, rules, "e1")
    applied(database, rules)
    late = stay("e1")[-1] | {"id": "late"}
    report = take(database, late, *stay("e9"), now=NOW)
    assert (report.accepted, report.quarantined) == (7, 1)
    assert [problem.code for problem in report.problems] == ["retained_out"]
    assert world.rows(database, "SELECT code, raw FROM quarantine") == [("retained_out", None)]
    assert world.rows(database, "SELECT DISTINCT episode FROM message") == [("e9",)]
    assert take(database, late, now=NOW).quarantined == 1
    assert counts(database, "quarantine") == {"quarantine": 1}


def test_a_month_that_lost_details_is_neither_drafted_nor_restated(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    applied(database, rules)
    with pytest.raises(DetailsGone, match="2023-03 in county 23"):
        draft_month(database, region="23", month=MARCH, rules=rules, now=NOW)
    with pytest.raises(DetailsGone, match="hemgang closings show"):
        restatements_of(database, region="23", month=MARCH, rules=rules, now=NOW)


def test_only_what_was_shown_goes(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1", "e2")
    digest = planned(database, rules).plan.digest
    for other in (NOW + timedelta(hours=3), NOW):
        assert planned(database, rules, now=other).plan.digest == digest, "the same all day"
    with pytest.raises(RetentionRefused, match="not what plan"):
        apply_retention(database, kept_for(), rules, digest="0" * 16, by="Anna", now=NOW)
    with pytest.raises(RetentionRefused):
        apply_retention(database, kept_for(rule(DataKind.EPISODES, years=9)), rules, digest=digest, by="Anna", now=NOW)
    take(database, {"id": "x", "episode": "e1", "type": "sip_held", "at": "2023-03-10T08:00:00Z"}, now=NOW)
    with pytest.raises(RetentionRefused):
        apply_retention(database, kept_for(), rules, digest=digest, by="Anna", now=NOW)
    assert counts(database, "message") == {"message": 15}


def test_an_episode_that_changes_after_the_plan_stays(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.filled(database, rules, "e1", "e2")
    seen = planned(database, rules)
    take(database, {"id": "x", "episode": "e1", "type": "sip_held", "at": "2023-03-10T08:00:00Z"}, now=NOW)
    monkeypatch.setattr("hemgang.services.retention_apply.plan_retention", lambda *_, **__: seen)
    done = apply_retention(database, kept_for(), rules, digest=seen.plan.digest, by="Anna", now=NOW)
    assert (done.gone["episodes"], done.changed) == (1, 1)
    assert world.rows(database, "SELECT DISTINCT episode FROM message") == [("e1",)]


def test_no_id_is_left_in_what_is_remembered(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "secret-episode")
    applied(database, rules)
    applied(database, rules)
    for table in ("retention_run", "retained_out", "sealed_month", "closing", "review_event", "discharge"):
        with database.reading() as session:
            told = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  names of this file
        assert "secret-episode" not in repr(told), table


def test_an_installation_goes_on_after_it(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    applied(database, rules)
    take(database, *stay("e7"), now=NOW)
    assert [one.state for one in advance_all(database, rules, NOW).advanced] == ["discharged"]
