"""The month's closing as a flow: drafted once it is due, each county by itself, with no name of a discharge."""

from datetime import UTC, datetime, timedelta

import pytest

from agreements.tomlfile import RateUnknown
from flows.scheduled import close_month
from hemgang import clock
from hemgang.liability.model import Draft
from hemgang.messages.readers import Line
from hemgang.notifications.rendering import Trouble
from hemgang.services.ingest import ingest
from tasks.current import current_worker
from tasks.sweeps import draft_region
from tests.prefect.installed import Runs, Site, ended

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

FIFTH_WORKING_DAY = datetime(2023, 4, 11, 5, tzinfo=UTC)


def test_the_month_is_drafted_once_with_sums_and_nobodys_name(site: Site, runs: Runs) -> None:
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY)
    state = ended(close_month(return_state=True))
    assert (state.name, state.message) == ("Drafted", "2023-03: 1 of 1 drafts")
    shown = runs.artifact("close-23-2023-03")
    assert '"care days"' in shown
    assert '"kronor"' in shown
    assert '"discharged": 0' not in shown
    assert "jh1" not in shown
    assert site.ask("SELECT count(*) FROM closing") == [0]
    assert ended(close_month(return_state=True)).name == "Nothing due"


def test_before_its_day_a_month_is_not_drafted_and_the_one_before_only_once(site: Site, runs: Runs) -> None:
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY - timedelta(days=1))
    assert ended(close_month(return_state=True)).message == "2023-02: 1 of 1 drafts"
    assert ended(close_month(return_state=True)).name == "Nothing due"
    assert "close-month 2023-04-10 07:00" in {run.name for run in runs.of("close-month")}


@pytest.mark.usefixtures("runs")
def test_an_engine_that_was_down_on_the_day_drafts_afterwards_every_month_it_missed(site: Site) -> None:
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY + timedelta(days=9))
    assert ended(close_month(return_state=True)).message == "2023-03: 1 of 1 drafts"
    clock.set_virtual(site.clock, datetime(2023, 6, 20, 5, tzinfo=UTC))
    assert ended(close_month(return_state=True)).message == "2023-04, 2023-05: 2 of 2 drafts"


@pytest.mark.usefixtures("runs")
def test_a_county_whose_draft_fails_is_told_and_does_not_stop_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = {"id": "o1", "episode": "o", "type": "admitted", "at": "2023-03-01T10:00", "region": "01"}
    later = first | {"municipality": "0180", "care": "somatic"}
    ingest(site.database, [Line(1, later)], source="test", now=FIFTH_WORKING_DAY)
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY)
    alarms: list[Trouble] = []

    async def drafting(region: str, month: str) -> Draft:
        if region == "01":
            raise RateUnknown(file="rates.toml", year=2023)
        return await draft_region(region, month)

    with monkeypatch.context() as broken:
        broken.setattr("flows.scheduled.draft_region", drafting)
        broken.setattr(current_worker(), "alarm", lambda trouble, _now: alarms.append(trouble))
        state = ended(close_month(return_state=True))
    assert (state.name, state.message) == ("Incomplete", "2023-03: 1 of 2 drafts; not of county 01")
    assert state.is_failed()
    assert alarms == [Trouble.DRAFT_FAILED]
    assert "the draft of 2023-03 for county 01 could not be made" in caplog.text
    assert ended(close_month(return_state=True)).message == "2023-03: 1 of 1 drafts"
