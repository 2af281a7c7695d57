"""Serves the forms of docs/decisions/0007 that Prefect starts in a process of their own: `watch` or `timer`."""

from deployments.settings import keep_private

keep_private()

import sys  # noqa: E402
from datetime import timedelta  # noqa: E402

from prefect import serve  # noqa: E402
from prefect.deployments.runner import RunnerDeployment  # noqa: E402
from prefect.schedules import Interval  # noqa: E402
from prefect.types.entrypoint import EntrypointType  # noqa: E402

from benchmarks.timer_run import timer_run  # noqa: E402
from flows.deliver import deliver  # noqa: E402
from flows.watch import watch  # noqa: E402
from hemgang import clock  # noqa: E402

SPAN_SECONDS = 60
"""How long a scheduled watch lives before the next takes over: short, so that the measurement sees a hand-over."""

SOON = timedelta(seconds=8)
TWO_AND_THEIR_FOLLOWERS = 4


def watching() -> tuple[RunnerDeployment, ...]:
    """Return `watch` and `deliver` as runs that live as long as their interval."""
    schedule = Interval(SPAN_SECONDS, anchor_date=clock.machine_now() + SOON, timezone="UTC")
    return tuple(
        RunnerDeployment.from_flow(
            flow,
            "span",
            schedule=schedule,
            parameters={"for_seconds": SPAN_SECONDS, "every_seconds": 2.0},
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow in (watch, deliver)
    )


def timing() -> tuple[RunnerDeployment, ...]:
    """Return the self-rescheduling run, to be started for each discharge."""
    return (RunnerDeployment.from_flow(timer_run, "timer", entrypoint_type=EntrypointType.MODULE_PATH),)


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        serve(*watching(), limit=TWO_AND_THEIR_FOLLOWERS)
    else:
        serve(*timing(), limit=3)
