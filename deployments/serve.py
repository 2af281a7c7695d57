"""The deployments that Prefect starts by itself: a net under the engine, monthly drafts, clearing of old runs.

Every schedule is in UTC: one in Stockholm time has a hole on the autumn night (docs/decisions/0007).
"""

import sys
from typing import Any

from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from deployments.prefect_server import apply_prefect_settings
from flows.scheduled import clear_old_runs, close_month
from flows.sweeps import deliver, ingest_inbox
from flows.watch import discharge, watch
from hemgang.doctor.environment import check_values
from hemgang.errors import HemgangError, error_lines
from hemgang.logs import configure

apply_prefect_settings()


AT_ONCE = 3


def declared_deployments() -> tuple[RunnerDeployment, ...]:
    """Return every deployment with its schedule (UTC); flows without one are there to be started by hand."""
    return (
        _deployment(watch, "net", cron="*/10 * * * *"),
        _deployment(deliver, "net", cron="5-59/10 * * * *"),
        _deployment(ingest_inbox, "by-hand"),
        _deployment(discharge, "by-hand"),
        _deployment(close_month, "daily", cron="0 5 * * *"),
        _deployment(clear_old_runs, "daily", cron="30 4 * * *"),
    )


def _deployment(flow: Flow[..., Any], name: str, *, cron: str | None = None) -> RunnerDeployment:
    return RunnerDeployment.from_flow(flow, name, cron=cron, entrypoint_type=EntrypointType.MODULE_PATH)


if __name__ == "__main__":
    try:
        configure(check_values())
        serve(*declared_deployments(), limit=AT_ONCE, pause_on_shutdown=False)
    except HemgangError as error:
        sys.stderr.write(error_lines(error))
        sys.exit(2)
