"""Timers on DBOS: `schedule PLAN` puts a workflow for each on a durable queue with a delay, `work NUMBER` runs them.

A workflow has one step, the POST, and the key as its id. Each executor keeps its name when it is started again, so that
DBOS recovers what it had begun; the queue is polled every second, which is its default.
"""

import os
import sys
import threading
from pathlib import Path

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from benchmarks.timers_peers_post import AT_ONCE, DATABASE, post, timers
from hemgang import clock

QUEUE = "timers"
VERSION = "benchmark"


def send(key: str) -> None:
    """POST a key."""
    post(key)


send_step = DBOS.step(name="send", retries_allowed=True)(send)


def timer(key: str) -> None:
    """Do what a timer does, as a workflow of one step."""
    send_step(key)


timer_workflow = DBOS.workflow(name="timer")(timer)


def launch(executor: str) -> None:
    """Start DBOS in this process."""
    DBOS(
        config={
            "name": "timers",
            "system_database_url": os.environ[DATABASE].replace("postgresql://", "postgresql+psycopg://", 1),
            "executor_id": executor,
            "application_version": VERSION,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE)


def schedule(plan: Path) -> None:
    """Store every timer of a plan."""
    launch("planner")
    for key, due in timers(plan).items():
        delay = (due - clock.machine_now()).total_seconds()
        with SetWorkflowID(key), SetEnqueueOptions(delay_seconds=delay):
            DBOS.enqueue_workflow(QUEUE, timer_workflow, key)
    DBOS.destroy()


def work(number: str) -> None:
    """Run what falls due, until the process is ended."""
    launch(f"worker-{number}")
    threading.Event().wait()


if __name__ == "__main__":
    if sys.argv[1] == "schedule":
        schedule(Path(sys.argv[2]))
    else:
        work(sys.argv[2])
