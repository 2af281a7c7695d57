"""`hemgang run`: a Prefect server (unless one is named), the always-on engine and the scheduled flows, kept running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from deployments.server import free_port, prefect_server, stop
from deployments.settings import prefect_environment
from hemgang.engine.installation import data_home, open_installation
from hemgang.errors import HemgangError

SERVER_PORT = 4200
RESTART_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
CALM_SECONDS = 60.0
MODULES = ("deployments.engine", "deployments.serve")


@dataclass(slots=True)
class Child:
    """One kept process: restarted when it ends, at longer and longer intervals while it keeps ending at once."""

    module: str
    process: "subprocess.Popen[bytes]"
    started: float
    falls: int = 0


def run() -> None:
    """Run until told to stop (SIGTERM or Ctrl-C)."""
    open_installation().database.close()
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        environment = dict(prefect_environment())
        if "PREFECT_API_URL" not in environment:
            home = data_home() / "prefect"
            home.mkdir(parents=True, exist_ok=True)
            port = free_port(SERVER_PORT)
            environment["PREFECT_API_URL"] = stack.enter_context(
                prefect_server(home, port=port, log=Path(home / "server.log"))
            )
            environment["PREFECT_HOME"] = str(home)
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        sys.stderr.write(f"hemgang runs; the Prefect page: {page}  (stop: Ctrl-C)\n")
        children = [_start(module, environment) for module in MODULES]
        try:
            _keep(children, environment)
        except KeyboardInterrupt:
            sys.stderr.write("stopping\n")
        finally:
            for child in children:
                stop(child.process)


def _keep(children: list[Child], environment: Mapping[str, str]) -> None:
    while True:
        time.sleep(0.5)
        for child in children:
            code = child.process.poll()
            if code is None:
                continue
            lived = time.monotonic() - child.started
            falls = 0 if lived > CALM_SECONDS else child.falls + 1
            wait = RESTART_SECONDS[min(falls, len(RESTART_SECONDS) - 1)]
            sys.stderr.write(f"{child.module} ended with {code} after {lived:.0f} s; starting it again\n")
            time.sleep(wait)
            again = _start(child.module, environment)
            child.process, child.started, child.falls = again.process, again.started, falls


def _start(module: str, environment: Mapping[str, str]) -> Child:
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-m", module], env=dict(environment), stdin=subprocess.DEVNULL, start_new_session=True
    )
    return Child(module, process, time.monotonic())


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
    finally:
        os.environ.pop("PREFECT_API_URL", None)
