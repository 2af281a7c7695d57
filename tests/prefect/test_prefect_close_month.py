"""The month's closing as a flow: drafted on its working day, with sums and counts and no name of a discharge."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.close_month import close_month, month_due
from hemgang import clock
from tests.prefect.installed import Runs, Site, ended

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

FIFTH_WORKING_DAY = datetime(2023, 4, 11, 5, tzinfo=UTC)


def test_the_month_is_drafted_with_sums_and_nobodys_name(site: Site, runs: Runs) -> None:
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY)
    state = ended(close_month(return_state=True))
    assert (state.name, state.message) == ("Drafted", "2023-03: 1 counties")
    shown = runs.artifact("close-23-2023-03")
    assert '"care days"' in shown
    assert '"kronor"' in shown
    assert '"discharged": 0' not in shown
    assert "jh1" not in shown
    assert site.ask("SELECT count(*) FROM closing") == [0]


def test_on_other_days_nothing_is_drafted(site: Site, runs: Runs) -> None:
    clock.set_virtual(site.clock, FIFTH_WORKING_DAY + timedelta(days=1))
    state = ended(close_month(return_state=True))
    assert (state.name, state.message) == ("Not today", "working day 6 of the month")
    assert "close-month 2023-04-12 07:00" in {run.name for run in runs.of("close-month")}


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2023, 3, 7), "2023-02"),
        (date(2023, 3, 6), None),
        (date(2023, 3, 8), None),
        (date(2023, 4, 11), "2023-03"),
        (date(2023, 4, 8), None),
        (date(2024, 1, 8), "2023-12"),
    ],
)
def test_which_month_is_due(today: date, month: str | None) -> None:
    assert month_due(today) == month
