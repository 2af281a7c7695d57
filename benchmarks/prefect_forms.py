"""How Prefect can carry the engine: three forms on the real components (docs/decisions/0007).

a  `watch` and `deliver` as scheduled runs, each in its own process, started by `serve`
b  the always-on engine: one process of ours that calls the flows again and again
c  the self-rescheduling run: one run is one discharge and waits on the server for its next timer

Each has a Prefect server and a store of its own, both on SQLite, and one receiver of JSON on loopback.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from deployments.server import free_port, prefect_server, stop
from deployments.settings import prefect_environment

os.environ.update(prefect_environment())

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from benchmarks.cost import cpu_seconds, descendants, environment_of, load
from benchmarks.timers import Timers, timers
from hemgang import clock

PORT = 4540
IDLE_SECONDS = 20.0
RESTART_SECONDS = 1.0
RESULTS = Path(__file__).parent / "results" / "prefect_forms.json"
ROOT = Path(__file__).parent.parent

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to run the engine: what is started, how far apart single timers lie, how many are due at once."""

    name: str
    command: tuple[str, ...]
    lead: float = 3.0
    bursts: tuple[int, ...] = (20, 200)
    kill: int = 10
    flow: str | None = None
    """The flow whose process is killed; None = the started process itself."""


FORMS = (
    Form("a: watch as scheduled runs", ("benchmarks.serving", "watch"), flow="watch"),
    Form("b: always-on engine", ("deployments.engine",)),
    Form(
        "c: self-rescheduling run", ("benchmarks.serving", "timer"), lead=12.0, bursts=(10,), kill=3, flow="timer-run"
    ),
)


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


def measure(form: Form) -> Figures:
    """Return every figure of one form."""
    with bench(form) as running:
        found: Figures = {"form": form.name, "load before": load()}
        for step in (warm_up, single_timers, idle, due_at_once, killed):
            found |= step(running)
            print(
                f"  {form.name}: {step.__name__} {json.dumps(found, default=str)[-300:]}", file=sys.stderr, flush=True
            )
        return found | {"load after": load()}


@contextmanager
def bench(form: Form) -> Any:
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
                _kill(pid)
            stop(running.worker)


def warm_up(bench: Bench) -> Figures:
    """Return how long the form takes from its start until it has sent its first alert."""
    began = time.monotonic()
    if bench.form.flow == "timer-run":
        _until(lambda: _is_deployed(bench.client), 60)
    first = bench.arm(1, 0.5)
    bench.timers.wait(first, 90)
    return {"from start to first alert (s)": round(time.monotonic() - began, 1)}


def single_timers(bench: Bench) -> Figures:
    """Return how long after its timer each of a handful of alerts arrives."""
    episodes = bench.arm(7, bench.form.lead, apart=7.3)
    late = sorted(bench.timers.wait(episodes, 90).values())
    return {
        "due to sent p50 (s)": round(statistics.median(late), 2) if late else None,
        "due to sent max (s)": round(late[-1], 2) if late else None,
        "single timers sent": len(late),
    }


def idle(bench: Bench) -> Figures:
    """Return what all processes cost while nothing is due, in percent of one core."""
    before, began = _cpu(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return {
        "idle CPU (% of a core)": round(100 * (_cpu() - before) / (time.monotonic() - began), 1),
        "idle load": load(),
    }


def due_at_once(bench: Bench) -> Figures:
    """Return time and CPU from the instant at which many are due until the last alert has arrived."""
    found: Figures = {}
    for count in bench.form.bursts:
        episodes = bench.arm(count, bench.form.lead + count / 40)
        wait = (bench.timers.due[episodes[0]] - clock.machine_now()).total_seconds()
        assert wait > 0, "the timers were due before all were there"
        time.sleep(wait)
        before = _cpu()
        late = bench.timers.wait(episodes, 90)
        found |= {
            f"{count} at once: sent": len(late),
            f"{count} at once: until the last (s)": round(max(late.values(), default=0.0), 1),
            f"{count} at once: CPU (s)": round(_cpu() - before, 1),
            f"{count} at once: load": load(),
        }
    return found


def killed(bench: Bench) -> Figures:
    """Return what kill -9 of the working process leaves, and how long until the work goes on."""
    episodes = bench.arm(bench.form.kill, bench.form.lead)
    own_process = bench.form.flow == "timer-run"
    _until(lambda: bench.victim() is not None if own_process else bool(bench.timers.held()), 60)
    if not own_process:
        time.sleep(0.3)
    victim = bench.victim()
    assert victim is not None
    _kill(victim)
    at, instant = time.monotonic(), clock.machine_now()
    held = bench.timers.held()
    found: Figures = {
        "killed: sent before": len(bench.timers.sent(episodes)),
        "killed: claims left": len(held),
        "killed: longest claim (s)": round(max(held, default=0.0)),
    }
    if bench.form.flow is None:
        bench.worker.wait()
        time.sleep(RESTART_SECONDS)
        bench.start()
    fresh = bench.arm(1, 0.0 if not own_process else 1.0)
    went_on = bench.timers.wait(fresh, 80)
    found["killed: until new work is done (s)"] = (
        round((bench.timers.due[fresh[0]] - instant).total_seconds() + went_on[fresh[0]], 1) if went_on else None
    )
    found["killed: not sent yet"] = len(episodes) - len(bench.timers.sent(episodes))
    return found | _after_the_lease(bench, episodes, at)


def _after_the_lease(bench: Bench, episodes: Sequence[str], at: float) -> Figures:
    """Let the claims of the dead run out (two minutes, cut short here) and see who takes the rest up."""
    time.sleep(max(0.0, at + 6 - time.monotonic()))
    bench.timers.expire()
    began = time.monotonic()
    sent = bench.timers.wait(episodes, 25)
    return {
        "killed: rest sent after the lease ends (s)": round(time.monotonic() - began, 1),
        "killed: never sent": len(episodes) - len(sent),
        "run states at the end": bench.run_states(),
    }


def _start(form: Form, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    with Path(environment["PREFECT_HOME"], "worker.log").open("ab") as said:
        return subprocess.Popen(  # noqa: S603  our own interpreter with fixed words
            [sys.executable, "-m", *form.command], env=environment, stdout=said, stderr=said, start_new_session=True
        )


def _is_deployed(client: SyncPrefectClient) -> bool:
    try:
        client.read_deployment_by_name("timer-run/timer")
    except ObjectNotFound:
        return False
    return True


def _until(done: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not done():
        if time.monotonic() > ends:
            raise TimeoutError("the form did not come to where it is measured")
        time.sleep(0.005)


def _cpu() -> float:
    """Return the CPU seconds of all that this process started: the server and the form's processes."""
    me = os.getpid()
    return cpu_seconds(me) - _own()


def _own() -> float:
    times = os.times()
    return times.user + times.system


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def main() -> None:
    """Measure the forms named on the command line by letter, all without, and print a table."""
    wanted = [form for form in FORMS if not sys.argv[1:] or form.name[0] in sys.argv[1:]]
    results = {form.name: measure(form) for form in wanted}
    RESULTS.parent.mkdir(exist_ok=True)
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(known | results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    rows = list(dict.fromkeys(key for found in results.values() for key in found))
    print("| | " + " | ".join(results) + " |\n|---" * 1 + "|---" * len(results) + "|")
    for row in rows:
        print(f"| {row} | " + " | ".join(str(found.get(row, "")) for found in results.values()) + " |")


if __name__ == "__main__":
    main()
