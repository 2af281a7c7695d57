"""The flow of one discharge: a run is a step, named by reference, and says where the discharge stands."""

from typing import Any

import pytest

from flows.watch import discharge
from tests.prefect.installed import Runs, Site, ended

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

OPEN = "SELECT reference FROM discharge WHERE episode = 'jh1-19'"


def run_discharge(reference: str) -> Any:
    return ended(discharge(reference, return_state=True))


def test_a_run_is_a_step_and_says_where_the_discharge_stands(site: Site, runs: Runs) -> None:
    [reference] = site.ask(OPEN)
    before = site.tables()
    run = runs.that(run_discharge(reference))
    [(state, standing)] = site.ask("SELECT state, standing FROM discharge WHERE episode = 'jh1-19'")
    assert site.tables() != before
    assert state != "unopened"
    assert " due " in standing
    assert run.name == reference
    assert run.parameters == {"reference": reference}
    assert run.state is not None
    assert run.state.is_completed()
    assert (run.state.name, run.state.message) == (state.capitalize(), standing)
    assert "jh1" not in run.model_dump_json()


def test_a_second_run_changes_nothing_that_the_first_left(site: Site, runs: Runs) -> None:
    [reference] = site.ask(OPEN)
    ran = [runs.that(run_discharge(reference))]
    first = site.tables()
    ran.append(runs.that(run_discharge(reference)))
    second = site.tables()
    assert [run.name for run in ran] == [reference, reference]
    assert second.pop("discharge") == _version_raised(first.pop("discharge"), site)
    assert second == first


def _version_raised(rows: list[tuple[object, ...]], site: Site) -> list[tuple[object, ...]]:
    """Return the rows with the fence of the stepped discharge one higher, the only thing a look leaves by itself."""
    columns = [name for name in site.ask("SELECT name FROM pragma_table_info('discharge')") if "lease" not in name]
    at = columns.index("version")
    return sorted(
        ((*row[:at], int(str(row[at])) + 1, *row[at + 1 :]) if "jh1-19" in row else row for row in rows),
        key=repr,
    )


def test_a_discharge_that_another_worker_holds_is_left_alone(site: Site, runs: Runs) -> None:
    [reference] = site.ask(OPEN)
    site.change("UPDATE discharge SET lease_owner = 'another', lease_until = '2100-01-01 00:00:00.000000'")
    before = site.tables()
    state = run_discharge(reference)
    assert (state.name, state.type.value) == ("Nothing to do", "COMPLETED")
    assert site.tables() == before
    assert runs.that(state).name == reference


def test_a_reference_that_nothing_has_is_no_failure(site: Site, runs: Runs) -> None:
    state = run_discharge("0000-0000-0000")
    assert (state.name, runs.that(state).name) == ("Nothing to do", "0000-0000-0000")
    assert site.ask("SELECT count(*) FROM duty") == [0]
