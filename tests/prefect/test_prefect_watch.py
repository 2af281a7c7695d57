"""The watch: few due get a run each, many go in a batch, and the tables are the same."""

import asyncio
import time
from pathlib import Path
from uuid import UUID

import pytest

from flows import watch
from flows.watch import discharge
from flows.watch import watch as watch_watch
from tests.prefect.installed import Runs, Site, ended

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]

FEW = 6
DUE = "SELECT reference FROM discharge WHERE next_wake < '2098-12-31' AND stepped_at IS NULL ORDER BY reference"


def started_since(runs: Runs, before: set[UUID]) -> list[str]:
    return sorted(run.name for run in runs.of("discharge") if run.id not in before)


def test_few_get_a_run_each_and_many_a_batch_and_both_leave_the_same(
    site: Site, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.leave_due(FEW)
    due = site.ask(DUE)
    other = site.copied_to(tmp_path / "other")
    before = {run.id for run in runs.of("discharge")}

    by_runs = ended(watch_watch(run_limit=FEW, return_state=True))
    assert len(due) == FEW
    assert started_since(runs, before) == due
    assert by_runs.message == f"{FEW} by runs, 0 in batches, 0 set aside"
    left = site.tables()

    monkeypatch.setenv("HEMGANG_DATABASE", other.environment()["HEMGANG_DATABASE"])
    with other.opened():
        by_batch = ended(watch_watch(run_limit=FEW - 1, return_state=True))
    assert by_batch.message == f"0 by runs, {FEW} in batches, 0 set aside"
    assert len(started_since(runs, before)) == FEW
    assert other.tables() == left
    assert len(left["duty"]) > FEW


def test_a_watch_over_everything_leaves_nothing_due_and_an_artifact_of_counts(site: Site, runs: Runs) -> None:
    [count] = site.ask("SELECT count(*) FROM discharge")
    state = ended(watch_watch(run_limit=0, return_state=True))
    assert state.message == f"0 by runs, {count} in batches, 0 set aside"
    assert site.ask(DUE) == []
    assert site.ask("SELECT count(*) FROM discharge WHERE lease_until IS NOT NULL") == [0]
    assert f'"in batches": {count}' in runs.artifact("watch")
    assert "jh1" not in runs.artifact("watch")


def test_a_run_budget_of_none_left_sends_the_few_by_batch(site: Site, runs: Runs) -> None:
    site.leave_due(FEW)
    state = ended(watch_watch(run_limit=FEW, run_budget=FEW - 1, return_state=True))
    assert state.message == f"0 by runs, {FEW} in batches, 0 set aside"
    assert runs.that(state).name.startswith("watch 2023-03-07 12:00")


def test_a_discharge_whose_run_cannot_be_had_is_stepped_without_one(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise ConnectionError("all connection attempts failed")

    monkeypatch.setattr(watch, "discharge", refused)
    site.leave_due(FEW)
    state = ended(watch_watch(run_limit=FEW, return_state=True))
    assert state.message == f"0 by runs, {FEW} in batches, 0 set aside"
    assert site.ask(DUE) == []
    assert runs.that(state).state_name == "Completed"


def test_what_falls_due_while_prefect_is_slow_with_a_run_does_not_wait_for_it(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[object] = []

    async def slow(reference: str, **_: object) -> object:
        site.change("UPDATE discharge SET next_wake = '2023-03-01 00:00:00.000000' WHERE lease_until IS NULL")
        ends = time.monotonic() + 40
        while (unstepped := site.ask(DUE)) != [reference] and time.monotonic() < ends:
            await asyncio.sleep(0.05)
        left.extend(unstepped)
        return await discharge(reference, return_state=True)

    monkeypatch.setattr(watch, "discharge", slow)
    site.leave_due(1)
    [first] = site.ask(DUE)
    others = len(site.ask("SELECT episode FROM discharge")) - 1
    state = ended(watch_watch(every_seconds=0.1, run_limit=1, runs_a_second=0.0, for_seconds=3.0, return_state=True))
    assert left == [first]
    assert site.ask(DUE) == []
    assert state.message == f"1 by runs, {others} in batches, 0 set aside"
    assert first in {run.name for run in runs.of("discharge")}


def test_a_batch_whose_task_prefect_does_not_begin_is_stepped_without_it(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    async def hangs(_: object, count: int) -> None:
        begun.append(count)
        await asyncio.sleep(300)

    monkeypatch.setattr("flows.watch.step_batch_task", hangs)
    monkeypatch.setattr(watch, "STUCK_SECONDS", 0.3)
    monkeypatch.setattr(watch, "TASK_FROM", 2)
    site.leave_due(FEW)
    began = time.monotonic()
    state = ended(watch_watch(every_seconds=0.1, run_limit=0, return_state=True))
    assert time.monotonic() - began < 60
    assert begun == [FEW]
    assert state.message == f"0 by runs, {FEW} in batches, 0 set aside"
    assert site.ask("SELECT count(*) FROM discharge WHERE lease_until IS NOT NULL") == [0]


def test_a_discharge_whose_run_hangs_is_stepped_without_it(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(reference: str, **_: object) -> object:
        ends = time.monotonic() + 40
        while site.ask(DUE) and time.monotonic() < ends:
            await asyncio.sleep(0.05)
        return await discharge(reference, return_state=True)

    monkeypatch.setattr(watch, "discharge", hangs)
    monkeypatch.setattr(watch, "STUCK_SECONDS", 0.3)
    site.leave_due(2)
    began = time.monotonic()
    state = ended(watch_watch(every_seconds=0.1, run_limit=2, return_state=True))
    assert time.monotonic() - began < 30
    assert state.message == "2 by runs, 2 in batches, 0 set aside"
    assert site.ask("SELECT count(*) FROM discharge WHERE lease_until IS NOT NULL") == [0]
    assert runs.that(state).state_name == "Completed"
