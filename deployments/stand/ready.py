"""Waits until every engine of a stand is at work and its worker has called, so that "up" is true of all of it."""

import time
from collections.abc import Sequence

import psycopg

from deployments.keeping import LOOK_SECONDS, Child, look_after
from deployments.stand.plan import Plan
from hemgang.errors import ConfigurationError

START_SECONDS = 180.0
SWEPT = "SELECT coalesce(sum(count), 0) FROM pulse WHERE name = 'watch'"
WATCHING = """
SELECT count(*) FROM flow_run JOIN flow ON flow.id = flow_run.flow_id
WHERE flow.name = 'watch' AND flow_run.deployment_id IS NULL AND flow_run.start_time > now() - make_interval(secs => %s)
"""
"""Each engine's first run; those that the worker starts belong to a deployment."""
CALLED = "SELECT count(*) FROM worker WHERE last_heartbeat_time > now() - make_interval(secs => %s)"


def wait_for_clients(plan: Plan, children: Sequence[Child]) -> None:
    """Keep the children until every engine watches and sweeps and the worker has called, all since we began to wait.

    The worker puts the deployments into its pool before it calls.

    Raises:
        ConfigurationError: that did not come about in time; names what is missing and the folder of logs.
    """
    begun, swept = time.monotonic(), _count(plan.database, SWEPT)
    while missing := _missing(plan, time.monotonic() - begun, swept):
        if time.monotonic() > begun + START_SECONDS:
            raise ConfigurationError(f"{missing} did not start; see {plan.folder / 'logs'}")
        time.sleep(LOOK_SECONDS)
        for child in children:
            look_after(child, now=time.monotonic())


def _missing(plan: Plan, seconds: float, swept: int) -> str:
    """Return what has not been at work in the last `seconds`, nothing where all has."""
    prefect = f"postgresql://prefect:{plan.passwords.prefect}@{plan.host}:{plan.ports.postgresql}/prefect"
    try:
        if plan.engines and _count(plan.database, SWEPT) <= swept:
            return "the engines"
        if _count(prefect, WATCHING, seconds) < plan.engines:
            return "one of the engines"
        return "the worker" if plan.worker and not _count(prefect, CALLED, seconds) else ""
    except psycopg.OperationalError:
        return "PostgreSQL"


def _count(database: str, query: str, *values: float) -> int:
    with psycopg.connect(database) as connection:
        [found] = connection.execute(query.encode(), values or None).fetchone() or (0,)
        return int(found)
