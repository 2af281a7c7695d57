"""The doctor asks a real Prefect server, by plain HTTP: before and after the deployments are there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from deployments.serve import declared_deployments
from hemgang import clock
from hemgang.doctor.finding import Level
from hemgang.doctor.prefect import DEPLOYMENTS, gather_prefect, judge_prefect
from tests.prefect.installed import Runs

pytestmark = pytest.mark.prefect


@pytest.fixture
def deployed(server: str, runs: Runs) -> Iterator[None]:
    """Let everything that is declared be on the server during a test."""
    identities = [one.apply() for one in declared_deployments()]
    yield
    for identity in identities:
        assert isinstance(identity, UUID)
        runs.client.delete_deployment(identity)


def now() -> datetime:
    return clock.machine_now().astimezone(UTC)


def test_a_server_without_deployments_is_asked_without_trouble(server: str) -> None:
    facts = gather_prefect({"PREFECT_API_URL": server}, now=now())
    assert (facts.trouble, facts.refused, facts.guarded) == ("", False, False)
    assert facts.version.startswith("3.9.")
    levels = {one.name: one.level for one in judge_prefect(facts)}
    assert levels["prefect"] is Level.OK
    assert levels["prefect watch/net"] is Level.ERROR


@pytest.mark.usefixtures("deployed")
def test_the_deployments_are_found_with_their_schedules_in_utc(server: str) -> None:
    facts = gather_prefect({"PREFECT_API_URL": server}, now=now())
    assert facts.deployments.keys() >= DEPLOYMENTS.keys()
    assert facts.deployments["watch/net"].zones == ("UTC",)
    assert facts.deployments["discharge/by-hand"].zones == ()
    assert not any(one.paused for one in facts.deployments.values())
    levels = {one.name: one.level for one in judge_prefect(facts)}
    assert levels["prefect watch/net"] is Level.WARNING  # nobody serves it here
    assert "prefect discharge/by-hand" not in levels
