"""The processes of the canary test: the engine as shipped, but loud, and a script of flows; for tests only."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deployments.supervisor import stop

ROOT = Path(__file__).parent.parent.parent

LOUD = {
    "HEMGANG_LOG_LEVEL": "DEBUG",
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "DEBUG",
    "PREFECT_SERVER_LOGGING_LEVEL": "DEBUG",
}

ENGINE = """
import logging
from deployments.prefect_server import apply_prefect_settings
apply_prefect_settings()
from deployments.engine import run
from hemgang.logs import configure, handlers
handlers.LIBRARY_LEVELS = dict.fromkeys(handlers.LIBRARY_LEVELS, logging.DEBUG)
configure()
for one in list(logging.Logger.manager.loggerDict.values()):
    if isinstance(one, logging.Logger):
        one.setLevel(logging.DEBUG)
run()
"""
"""The engine with the libraries heard at DEBUG, which hemgang.logs else keeps quiet."""

FLOWS = """
import asyncio, logging, sys
from deployments.prefect_server import apply_prefect_settings
apply_prefect_settings()
from prefect import flow, get_run_logger, task
from flows.scheduled import clear_old_runs
from flows.scheduled import close_month
from flows.watch import watch
from hemgang.logs import scrub_errors
person = sys.argv[1]
@task(name="failing task")
@scrub_errors
async def step():
    raise KeyError(person)
@flow(name="failing")
@scrub_errors
async def failing():
    get_run_logger().error("patient %s", person)
    logging.getLogger("hemgang.engine").error("patient " + person)
    try:
        await step()
    finally:
        raise ValueError("patient " + person)
async def everything():
    await close_month("2023-03", return_state=True)
    await watch(return_state=True)
    await clear_old_runs(return_state=True)
    await failing(return_state=True)
asyncio.run(everything())
"""
"""The scheduled flows, and one that fails over a person whom it and its task name in every way."""

WITH_WORDS = """
import asyncio, sys
from deployments.prefect_server import apply_prefect_settings
apply_prefect_settings()
from prefect import flow
@flow(name="with words")
async def failing():
    raise ValueError("patient " + sys.argv[1])
asyncio.run(failing(return_state=True))
"""


@contextmanager
def running(code: str, environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program inside the block; what it says goes to `log`."""
    with log.open("ab") as said:
        child = subprocess.Popen(
            [sys.executable, "-c", code], env=dict(environment), cwd=ROOT, stdout=said, stderr=said
        )
    try:
        yield child
    finally:
        stop(child)


def ran(code: str, environment: Mapping[str, str], log: Path, *words: str) -> None:
    """Run a program to its end."""
    with log.open("ab") as said:
        command = [sys.executable, "-c", code, *words]
        subprocess.run(command, env=dict(environment), cwd=ROOT, stdout=said, stderr=said, timeout=120, check=True)


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what names an installation or a server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HEMGANG_", "PREFECT_"))}
