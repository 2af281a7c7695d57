"""`hemgang run`: a Prefect server (unless one is named), the always-on engine and the scheduled flows, kept running."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import FrameType

from deployments.server import HOST, free_port, start_server, stop, wait_for
from deployments.settings import prefect_environment
from hemgang.engine.installation import DIRECTORY, data_home, open_installation
from hemgang.errors import HemgangError

SERVER_PORT = 4200
RESTART_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
CALM_SECONDS = 60.0
MODULES = ("deployments.engine", "deployments.serve")


@dataclass(slots=True)
class Child:
    """One kept process: restarted when it ends, at longer and longer intervals while it keeps ending at once."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    process: "subprocess.Popen[bytes]"
    started: float
    falls: int = 0


def run() -> None:
    """Run until told to stop (SIGTERM or Ctrl-C)."""
    here = open_installation()
    here.database.close()
    if here.rules.directory is None:
        sys.stderr.write(
            f"hemgang: no directory ({DIRECTORY}): nobody is told, and what falls due now is not told later; "
            "see docs/directory.md\n"
        )
    data_home().mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    environment = prefect_environment()
    children: list[Child] = []
    try:
        if "PREFECT_API_URL" not in environment:
            children.append(_server(environment))
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        sys.stderr.write(f"hemgang runs; the Prefect page: {page}; logs: {data_home()}/*.log  (stop: Ctrl-C)\n")
        children += [_kept(module, partial(_start, module, environment)) for module in MODULES]
        _keep(children)
    except KeyboardInterrupt:
        sys.stderr.write("stopping\n")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(children):
            stop(child.process)


def _server(environment: dict[str, str]) -> Child:
    """Start a server of our own, wait for it, and let `environment` name it."""
    home = data_home() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    port = free_port(SERVER_PORT)
    child = _kept("the Prefect server", lambda: start_server(home, port=port, log=log))
    environment["PREFECT_HOME"] = str(home)
    environment["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    try:
        wait_for(child.process, f"{environment['PREFECT_API_URL']}/health", log)
    except BaseException:
        stop(child.process)
        raise
    return child


def _kept(name: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> Child:
    return Child(name, start, start(), time.monotonic())


def _keep(children: list[Child]) -> None:
    while True:
        time.sleep(0.5)
        for child in children:
            code = child.process.poll()
            if code is None:
                continue
            lived = time.monotonic() - child.started
            child.falls = 0 if lived > CALM_SECONDS else child.falls + 1
            sys.stderr.write(f"{child.name} ended with {code} after {lived:.0f} s; starting it again\n")
            time.sleep(RESTART_SECONDS[min(child.falls, len(RESTART_SECONDS) - 1)])
            child.process, child.started = child.start(), time.monotonic()


def _start(module: str, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start one of our modules; what it says goes to a log beside the data, its errors count as ends."""
    log = data_home() / f"{module.rpartition('.')[2]}.log"
    with log.open("ab") as said:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", module],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        run()
    except HemgangError as error:
        sys.stderr.write(f"hemgang: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
