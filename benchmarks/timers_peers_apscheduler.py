"""Timers on APScheduler 3: `schedule PLAN` stores a job for each in its SQLAlchemy job store, `work` runs them.

A job may run however late (`misfire_grace_time=None`). Its user guide says that a job store must never be
shared between schedulers.
"""

import os
import sys
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from benchmarks.timers_peers_post import AT_ONCE, DATABASE, post, timers


def settings() -> dict[str, object]:
    """Return what both schedulers are made with."""
    url = os.environ[DATABASE].replace("postgresql://", "postgresql+psycopg://", 1)
    return {
        "jobstores": {"default": SQLAlchemyJobStore(url=url)},
        "executors": {"default": ThreadPoolExecutor(AT_ONCE)},
        "job_defaults": {"misfire_grace_time": None},
        "timezone": "UTC",
    }


def schedule(plan: Path) -> None:
    """Store every timer of a plan."""
    scheduler = BackgroundScheduler(**settings())
    scheduler.start(paused=True)
    for key, due in timers(plan).items():
        scheduler.add_job(post, "date", run_date=due, args=[key], id=key)
    scheduler.shutdown()


def work() -> None:
    """Run what falls due, until the process is ended."""
    BlockingScheduler(**settings()).start()


if __name__ == "__main__":
    if sys.argv[1] == "schedule":
        schedule(Path(sys.argv[2]))
    else:
        work()
