"""An installation at work for the load measurements: PostgreSQL, the receiver, a Prefect server, engine processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load_database import Server, postgresql
from benchmarks.load_sink import Sink, sink
from benchmarks.load_store import directory, due_at, fill
from deployments.prefect_server import free_port, prefect_environment, start_prefect_server, wait_until_healthy
from deployments.supervisor import stop
from hemgang import clock
from hemgang.services.installation import Installation, open_installation
from hemgang.settings import read_settings, variable
from hemgang.store import discharges, outbox

ROOT = Path(__file__).parents[1]
PORT = 4560
DATABASE_NAME = "hemgang"
SHIPPED, BARE = "deployments.engine", "benchmarks.load_engine"
"""The engine as it is, which needs a Prefect server, and its loops without flows."""

AT_WORK_SECONDS = 120.0
LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Work:
    """The processes and places of one installation; `environment` is what a process needs to work for it."""

    folder: Path
    server: Server
    sink: Sink
    installation: Installation
    environment: dict[str, str]
    prefect_pid: int | None = None
    engines: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, module: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start one of our modules; what it says is added to a log in the folder."""
        with (self.folder / f"{module}.log").open("ab") as said:
            command = [sys.executable, "-m", module, *words]
            return subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, env=self.environment, cwd=ROOT, stdout=said, stderr=said, start_new_session=True
            )

    def start_engine(self, module: str) -> "subprocess.Popen[bytes]":
        """Start an engine and wait until it has sent the alert of a discharge that is due.

        Raises:
            TimeoutError: it did not.
        """
        engine = self.start(module)
        self.engines.append(engine)
        probe = f"probe-{len(self.engines)}"
        now = clock.machine_now()
        database, rules = self.installation.database, self.installation.rules
        received = len(self.sink.received())
        fill(database, rules, [due_at(probe, now + timedelta(seconds=1))], now=now)
        ends = time.monotonic() + AT_WORK_SECONDS
        while len(self.sink.received()) == received:
            if engine.poll() is not None or time.monotonic() > ends:
                raise TimeoutError(f"the engine did not come to work:\n{self.said(module)}")
            time.sleep(LOOK_SECONDS)
        return engine

    def said(self, module: str) -> str:
        """Return the last of what a module's processes said."""
        return (self.folder / f"{module}.log").read_text(encoding="utf-8", errors="replace")[-2_000:]

    def is_idle(self, now: datetime | None = None) -> bool:
        """Whether nothing is due, at an instant or now: no discharge to be stepped, no alert to be sent."""
        now = now or clock.machine_now()
        with self.installation.database.reading() as session:
            attempt = outbox.next_attempt_at(session)
            return discharges.due_count(session, now=now) == 0 and (attempt is None or attempt > now)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until nothing is due, `seconds` at most; return whether it came to that."""
        ends = time.monotonic() + seconds
        while not (idle := self.is_idle()) and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)
        return idle


@contextmanager
def working(*, prefect: bool, told_by: Callable[[int], str] = directory, answers_after: float = 0.0) -> Iterator[Work]:
    """Yield an empty installation without an engine, beside a Prefect server if one is asked for; all end with it.

    `told_by` makes its directory from the receiver's port; the receiver answers after so many seconds.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hemgang-load-")))
        server = stack.enter_context(postgresql())
        receiver = stack.enter_context(sink(folder, answers_after=answers_after))
        named = folder / "directory.toml"
        named.write_text(told_by(receiver.port), encoding="utf-8")
        url = server.made(DATABASE_NAME)
        environment = prefect_environment() | {
            variable("database"): url,
            variable("directory"): str(named),
            "XDG_DATA_HOME": str(folder / "data"),
            "PREFECT_HOME": str(folder / "prefect"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        work = Work(folder, server, receiver, open_installation(read_settings().at(url, named)), environment)
        stack.callback(work.installation.database.close)
        if prefect:
            work.prefect_pid = stack.enter_context(_prefect(folder, environment))
        stack.callback(_end, work)
        yield work


@contextmanager
def _prefect(folder: Path, environment: dict[str, str]) -> Iterator[int]:
    """Yield the first process of a Prefect server as `hemgang run` starts one, and let the environment name it."""
    home, port = folder / "prefect", free_port(PORT)
    home.mkdir()
    child = start_prefect_server(home, port=port, log=folder / "prefect.log")
    try:
        environment["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        wait_until_healthy(child, f"{environment['PREFECT_API_URL']}/health", folder / "prefect.log")
        yield child.pid
    finally:
        stop(child)


def _end(work: Work) -> None:
    for engine in work.engines:
        stop(engine)
