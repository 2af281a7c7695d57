"""Serves the forms of docs/decisions/0007 that Prefect starts in a process of their own: `watch` or `timer`."""

import sys
from datetime import timedelta

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Interval
from prefect.types.entrypoint import EntrypointType

from benchmarks.timer_run import timer_run
from deployments.prefect_server import apply_prefect_settings
from flows.sweeps import deliver
from flows.watch import watch
from hemgang import clock

apply_prefect_settings()


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
