"""`python -m tests.faults.hosts`: two hosts with an engine each; one loses its link for a while, and nothing is lost.

PostgreSQL, Prefect and the feeder stand at the hub. Needs root and `ip`; where that is missing it says so and exits 2.
Exit code 1 if a discharge was lost or came out otherwise than one undisturbed engine leaves it.
"""

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from deployments.prefect_server import prefect_environment
from deployments.supervisor import Process, start_logged, stop
from hemgang import clock
from hemgang.errors import ConfigurationError, HemgangError
from hemgang.settings import variable
from tests.faults.hosts.network import HUB, HUB_ADDRESS, inside, link, network

HOSTS = 2
START_SECONDS = 240.0
VIRTUAL = datetime(2023, 4, 15, 10, tzinfo=UTC)
"""The engines' clock stands still, so that what they leave can be compared; leases go by the machine's clock."""
COUNTED = """
import urllib.request as u
text = u.urlopen("http://127.0.0.1:9464/metrics", timeout=20).read().decode()
print(sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("hemgang_steps_total{")))
"""


def main() -> int:
    """Read the options, hold the trial, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hosts", description=__doc__)
    parser.add_argument("--discharges", type=int, default=120, help="how many are taken in (%(default)s)")
    parser.add_argument("--seconds", type=float, default=90.0, help="over how many seconds (%(default)s)")
    parser.add_argument("--cut", type=float, default=30.0, help="how long host 1 is without its link (%(default)s)")
    given = parser.parse_args()
    folder = Path(mkdtemp(prefix="hemgang-hosts-"))
    folder.chmod(0o711)
    try:
        with network(HOSTS) as hosts:
            return _trial(folder, hosts, discharges=given.discharges, seconds=given.seconds, cut=given.cut)
    except HemgangError as error:
        sys.stderr.write(f"hosts: {error}\n")
        return 2


def _trial(folder: Path, hosts: list[str], *, discharges: int, seconds: float, cut: float) -> int:
    clock.set_virtual(folder / "clock", VIRTUAL)
    with ExitStack() as stack:
        _say(f"starting PostgreSQL and Prefect at the hub, in {folder} ...")
        environment = _start_hub(stack, folder)
        engines = []
        for host in hosts:
            own = environment | {variable("state"): str(folder / host), variable("metrics"): "9464"}
            start = partial(start_logged, [*inside(host), sys.executable, "-m", "deployments.engine"], own)
            engines.append(start(folder / f"{host}.log"))
            stack.callback(stop, engines[-1])
        _wait_for_engines(hosts, engines, folder)
        _say(f"{discharges} discharges are taken in over {seconds:.0f} s")
        words = ["tests.faults.hosts.feeder", str(discharges), str(seconds), str(folder)]
        feeder = subprocess.Popen([*inside(HUB), sys.executable, "-m", *words], env=environment)
        stack.callback(stop, feeder)
        _cut(hosts, after=seconds / 4, cut=cut)
        code = feeder.wait()
        _tell("at the end", hosts)
        return code


def _cut(hosts: list[str], *, after: float, cut: float) -> None:
    time.sleep(after)
    _tell("before the cut", hosts)
    link(hosts[0], up=False)
    _say(f"the link of {hosts[0]} is cut")
    time.sleep(cut)
    _tell(f"after {cut:.0f} s without it", hosts[1:])
    link(hosts[0], up=True)
    _say("the link is back")


def _start_hub(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Start the stand at the hub and return the environment for whoever works with it."""
    file = folder / "stand" / "stand.env"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "HEMGANG_"))}
    command = [*inside(HUB), sys.executable, "-m", "deployments.stand", "--folder", str(file.parent), "--no-worker"]
    hub = start_logged([*command, "--engines", "0", "--host", HUB_ADDRESS], clean, folder / "stand.log")
    stack.callback(stop, hub, patience=60.0)
    _wait_for_file(file, hub, folder / "stand.log")
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines())
    environment = prefect_environment(clean) | {name: value.strip("'") for name, _, value in pairs}
    return environment | {variable("clock"): str(folder / "clock")}


def _wait_for_file(file: Path, process: Process, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > ends:
            raise ConfigurationError(f"the hub did not come up; see {log}")
        time.sleep(0.5)


def _wait_for_engines(hosts: list[str], engines: list[Process], folder: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while not all(_steps(host) is not None for host in hosts):
        if time.monotonic() > ends or any(engine.poll() is not None for engine in engines):
            raise ConfigurationError(f"the engines did not come up; see {folder}/*.log")
        time.sleep(1.0)


def _steps(host: str) -> int | None:
    """Return how many discharges the engine of a host has stepped, None if it does not answer."""
    asked = subprocess.run([*inside(host), sys.executable, "-c", COUNTED], capture_output=True, text=True, check=False)
    return int(float(asked.stdout)) if asked.returncode == 0 else None


def _tell(when: str, hosts: list[str]) -> None:
    _say(f"{when}: " + ", ".join(f"{host} has stepped {_steps(host)}" for host in hosts))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
