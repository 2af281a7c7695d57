"""Timers on Procrastinate: `schedule PLAN` defers a job for each with `schedule_at`, `work NUMBER` is a worker.

Stalled jobs are retried by a periodic task, as its guide has it, every minute. Polled every second instead of every
five, since no notification comes when a scheduled job falls due.
"""

import asyncio
import os
import sys
from pathlib import Path

import procrastinate

from benchmarks.timers_peers_post import AT_ONCE, DATABASE, post, timers

POLL_SECONDS = 1.0


class Application:
    """Procrastinate's app with its two tasks."""

    def __init__(self) -> None:
        """Make the app; it is opened by whoever runs it."""
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ[DATABASE]))
        self.send = self.app.task(name="send", retry=True)(send)
        again = self.app.task(name="again", queueing_lock="again", pass_context=True)(self.retry_stalled)
        self.app.periodic(cron="* * * * *")(again)

    async def retry_stalled(self, _context: object, timestamp: int) -> None:
        """Let jobs run again whose worker has sent no heartbeat for half a minute; `timestamp` is not used."""
        for job in await self.app.job_manager.get_stalled_jobs():
            await self.app.job_manager.retry_job(job)


async def send(key: str) -> None:
    """POST a key, without holding the loop up."""
    await asyncio.to_thread(post, key)


async def schedule(plan: Path) -> None:
    """Store every timer of a plan."""
    application = Application()
    async with application.app.open_async():
        await application.app.schema_manager.apply_schema_async()
        for key, due in timers(plan).items():
            await application.send.configure(schedule_at=due).defer_async(key=key)


async def work(number: str) -> None:
    """Run what falls due, until the process is ended."""
    application = Application()
    async with application.app.open_async():
        await application.app.run_worker_async(
            name=f"worker-{number}", concurrency=AT_ONCE, fetch_job_polling_interval=POLL_SECONDS
        )


if __name__ == "__main__":
    asyncio.run(schedule(Path(sys.argv[2])) if sys.argv[1] == "schedule" else work(sys.argv[2]))
