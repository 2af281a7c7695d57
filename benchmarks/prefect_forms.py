"""How Prefect can carry the engine: three forms on the real components (docs/decisions/0007).

a  `watch` and `deliver` as scheduled runs, each in its own process, started by `serve`
b  the always-on engine: one process of ours that calls the flows again and again
c  the self-rescheduling run: one run is one discharge and waits on the server for its next timer

Each has a Prefect server and a store of its own, both on SQLite, and one receiver of JSON on loopback.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cost import cpu_seconds, load
from benchmarks.form_at_work import Bench, Form, bench, kill
from hemgang import clock

RESTART_SECONDS = 1.0
A_SPAN = 60.0
"""Form a is idle for a whole span, one hand-over in it; see benchmarks/serving.py."""

RESULTS = Path(__file__).parent / "results" / "prefect_forms.json"

Figures = dict[str, Any]

FORMS = (
    Form("a: watch as scheduled runs", ("benchmarks.serving", "watch"), idle=A_SPAN, flow="watch"),
    Form("b: always-on engine", ("deployments.engine",)),
    Form(
        "c: self-rescheduling run", ("benchmarks.serving", "timer"), lead=12.0, bursts=(10,), kill=3, flow="timer-run"
    ),
)


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


def warm_up(at_work: Bench) -> Figures:
    """Return how long the form takes from its start until it has sent its first alert."""
    began = time.monotonic()
    if at_work.form.flow == "timer-run":
        _until(lambda: at_work.is_deployed(), 60)
    first = at_work.arm(1, 0.5)
    at_work.timers.wait(first, 90)
    return {"from start to first alert (s)": round(time.monotonic() - began, 1)}


def single_timers(at_work: Bench) -> Figures:
    """Return how long after its timer each of a handful of alerts arrives."""
    episodes = at_work.arm(7, at_work.form.lead, apart=7.3)
    late = sorted(at_work.timers.wait(episodes, 90).values())
    return {
        "due to sent p50 (s)": round(statistics.median(late), 2) if late else None,
        "due to sent max (s)": round(late[-1], 2) if late else None,
        "single timers sent": len(late),
    }


def idle(at_work: Bench) -> Figures:
    """Return what all processes cost while nothing is due, in percent of one core."""
    before, began = _cpu(), time.monotonic()
    time.sleep(at_work.form.idle)
    return {
        "idle CPU (% of a core)": round(100 * (_cpu() - before) / (time.monotonic() - began), 1),
        "idle load": load(),
    }


def due_at_once(at_work: Bench) -> Figures:
    """Return time and CPU from the instant at which many are due until the last alert has arrived."""
    found: Figures = {}
    for count in at_work.form.bursts:
        episodes = at_work.arm(count, at_work.form.lead + count / 40)
        wait = (at_work.timers.due[episodes[0]] - clock.machine_now()).total_seconds()
        assert wait > 0, "the timers were due before all were there"
        time.sleep(wait)
        before = _cpu()
        late = at_work.timers.wait(episodes, 90)
        found |= {
            f"{count} at once: sent": len(late),
            f"{count} at once: until the last (s)": round(max(late.values(), default=0.0), 1),
            f"{count} at once: CPU (s)": round(_cpu() - before, 1),
            f"{count} at once: load": load(),
        }
    return found | _extrapolated(found)


def _extrapolated(found: Figures) -> Figures:
    """Return what 200 at once would cost where only 10 were measured: twenty times as much, each being a process."""
    if "200 at once: sent" in found:
        return {}
    return {
        f"200 at once, 20 times that of 10: {what}": round(20 * found[f"10 at once: {what}"])
        for what in ("until the last (s)", "CPU (s)")
    }


def killed(at_work: Bench) -> Figures:
    """Return what kill -9 of the working process leaves, and how long until the work goes on."""
    episodes = at_work.arm(at_work.form.kill, at_work.form.lead)
    own_process = at_work.form.flow == "timer-run"
    _until(lambda: at_work.victim() is not None if own_process else bool(at_work.timers.held()), 60)
    if not own_process:
        time.sleep(0.3)
    victim = at_work.victim()
    assert victim is not None
    kill(victim)
    at, instant = time.monotonic(), clock.machine_now()
    held = at_work.timers.held()
    found: Figures = {
        "killed: sent before": len(at_work.timers.sent(episodes)),
        "killed: claims left": len(held),
        "killed: longest claim (s)": round(max(held, default=0.0)),
    }
    if at_work.form.flow is None:
        at_work.worker.wait()
        time.sleep(RESTART_SECONDS)
        at_work.start()
    fresh = at_work.arm(1, 1.0)
    went_on = at_work.timers.wait(fresh, 80)
    found["killed: until new work is done (s)"] = (
        round((at_work.timers.due[fresh[0]] - instant).total_seconds() + went_on[fresh[0]], 1) if went_on else None
    )
    found["killed: not sent yet"] = len(episodes) - len(at_work.timers.sent(episodes))
    return found | _after_the_lease(at_work, episodes, at)


def _after_the_lease(at_work: Bench, episodes: Sequence[str], at: float) -> Figures:
    """Let the claims of the dead run out (two minutes, cut short here) and see who takes the rest up."""
    time.sleep(max(0.0, at + 6 - time.monotonic()))
    at_work.timers.expire()
    began = time.monotonic()
    sent = at_work.timers.wait(episodes, 25)
    return {
        "killed: rest sent after the lease ends (s)": round(time.monotonic() - began, 1),
        "killed: never sent": len(episodes) - len(sent),
        "run states at the end": at_work.run_states(),
    }


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
