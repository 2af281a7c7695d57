"""One form of the engine at work: its Prefect server, its store with timers, its process."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from benchmarks.cost import descendants, environment_of
from benchmarks.timers import Timers, timers
from deployments.prefect_server import apply_prefect_settings, free_port, prefect_environment, prefect_server
from deployments.supervisor import stop
from hemgang import clock

apply_prefect_settings()


PORT = 4540
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Form:
    """One way to run the engine: what is started, how far apart single timers lie, how many are due at once."""

    name: str
    command: tuple[str, ...]
    lead: float = 3.0
    bursts: tuple[int, ...] = (20, 200)
    kill: int = 10
    idle: float = 20.0
    flow: str | None = None
    """The flow whose process is killed; None = the started process itself."""


@dataclass(slots=True)
class Bench:
    """One form at work."""

    form: Form
    timers: Timers
    client: SyncPrefectClient
    worker: "subprocess.Popen[bytes]"

    def start(self) -> None:
        """Start the form's process again."""
        self.worker = _start(self.form, self.timers.environment)

    def arm(self, count: int, lead: float, apart: float = 0.0) -> list[str]:
        """Let `count` timers be due, the first in `lead` seconds, the others `apart` seconds one after the other."""
        first = clock.machine_now() + timedelta(seconds=lead)
        dues = [first + timedelta(seconds=apart * number) for number in range(count)]
        episodes = self.timers.add(dues)
        if self.form.name.startswith("c"):
            for episode in episodes:
                self._wait_on_server(episode)
        return episodes

    def _wait_on_server(self, episode: str) -> None:
        """Make the run of one discharge in the state in which its first step would have left it."""
        deployment = self.client.read_deployment_by_name("timer-run/timer")
        state: Any = Scheduled(name="AwaitingTimer", scheduled_time=self.timers.due[episode])
        parameters = {"reference": self.timers.reference_of(episode)}
        self.client.create_flow_run_from_deployment(deployment.id, parameters=parameters, state=state)

    def is_deployed(self) -> bool:
        """Whether the self-rescheduling run can be started yet."""
        try:
            self.client.read_deployment_by_name("timer-run/timer")
        except ObjectNotFound:
            return False
        return True

    def run_states(self) -> dict[str, int]:
        """Count the runs on the server by flow, state and its name."""
        flows = {flow.id: flow.name for flow in self.client.read_flows()}
        counted: Counter[str] = Counter()
        offset = 0
        while runs := self.client.read_flow_runs(offset=offset, limit=200):
            counted.update(
                f"{flows.get(run.flow_id, '?')} {run.state_type.value if run.state_type else '?'}" for run in runs
            )
            offset += len(runs)
        return dict(sorted(counted.items()))

    def victim(self) -> int | None:
        """Return the process that works: the started one, or that of a running run of the form's flow."""
        if self.form.flow is None:
            return self.worker.pid
        for pid in descendants(self.worker.pid):
            named = environment_of(pid).get("PREFECT__FLOW_RUN_ID")
            if named is None:
                continue
            run = self.client.read_flow_run(UUID(named))
            if run.state is not None and run.state.is_running() and self._flow_of(run.flow_id) == self.form.flow:
                return pid
        return None

    def _flow_of(self, flow: UUID) -> str:
        return self.client.read_flow(flow).name


@contextmanager
def bench(form: Form) -> Iterator[Bench]:
    """Yield a form at work on a server and a store of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hemgang-forms-")))
        url = stack.enter_context(prefect_server(folder / "prefect", port=free_port(PORT), log=folder / "server.log"))
        environment = prefect_environment() | {
            "PREFECT_API_URL": url,
            "PREFECT_HOME": str(folder / "prefect"),
            "PYTHONPATH": str(ROOT),
        }
        store = stack.enter_context(timers(folder, environment))
        client = stack.enter_context(SyncPrefectClient(url))
        running = Bench(form, store, client, _start(form, store.environment))
        try:
            yield running
        finally:
            for pid in [*descendants(running.worker.pid)]:
                kill(pid)
            stop(running.worker)


def _start(form: Form, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    with Path(environment["PREFECT_HOME"], "worker.log").open("ab") as said:
        return subprocess.Popen(  # noqa: S603  our own interpreter with fixed words
            [sys.executable, "-m", *form.command], env=environment, stdout=said, stderr=said, start_new_session=True
        )


def kill(pid: int) -> None:
    """End a process as a power cut does; one that is gone already is no fault."""
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
