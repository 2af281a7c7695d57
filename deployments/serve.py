"""What Prefect starts by itself: a net under the always-on engine, the month's closing, and the clearing of old runs.

Every schedule is in UTC: one in Stockholm time has a hole on the autumn night (docs/decisions/0007).
"""

from deployments.settings import keep_private

keep_private()

import sys  # noqa: E402
from typing import Any  # noqa: E402

from prefect import Flow, serve  # noqa: E402
from prefect.deployments.runner import RunnerDeployment  # noqa: E402
from prefect.types.entrypoint import EntrypointType  # noqa: E402

from flows.clear_old_runs import clear_old_runs  # noqa: E402
from flows.close_month import close_month  # noqa: E402
from flows.deliver import deliver  # noqa: E402
from flows.discharge import discharge  # noqa: E402
from flows.ingest_inbox import ingest_inbox  # noqa: E402
from flows.watch import watch  # noqa: E402
from hemgang.doctor.values import check_values  # noqa: E402
from hemgang.errors import HemgangError, told  # noqa: E402
from hemgang.logs import configure  # noqa: E402

AT_ONCE = 3


def declared() -> tuple[RunnerDeployment, ...]:
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
        serve(*declared(), limit=AT_ONCE, pause_on_shutdown=False)
    except HemgangError as error:
        sys.stderr.write(told(error))
        sys.exit(2)
