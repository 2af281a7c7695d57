"""Old runs are cleared to the end, also where another clears them at the same time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import PrefectClient

from flows.scheduled import delete_runs
from hemgang import clock
from tests.prefect.installed import Runs

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


@flow(name="old")
def old() -> None:
    """End at once."""


@pytest.mark.usefixtures("site")
def test_a_run_that_another_deleted_meanwhile_does_not_end_the_clearing(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    old()
    old()
    delete = PrefectClient.delete_flow_run

    async def deleted_twice(client: PrefectClient, flow_run_id: UUID) -> None:
        await delete(client, flow_run_id)
        await delete(client, flow_run_id)

    later = clock.machine_now() + timedelta(days=30)
    monkeypatch.setattr(clock, "machine_now", lambda: later)
    monkeypatch.setattr(PrefectClient, "delete_flow_run", deleted_twice)
    asyncio.run(delete_runs(14))  # the flow would be old itself by then
    assert runs.of("old") == []
