"""`hemgang run`: a Prefect server (unless one is named), the always-on engine and the scheduled flows, kept running."""

import os
import sys
from functools import partial
from pathlib import Path

from deployments.keeping import Child, end_at_signals, hear_no_signals, keep, kept, start_module, stop, stop_together
from deployments.locks import locked
from deployments.server import HOST, own_port, start_server, wait_for
from deployments.settings import prefect_environment
from hemgang.doctor.values import check_values
from hemgang.engine.installation import DIRECTORY, data_home, open_installation
from hemgang.errors import ConfigurationError, HemgangError
from hemgang.metrics.endpoint import check_free

SERVER_PORT = 4200
SERVER_STOP_SECONDS = 5.0
MODULES = ("deployments.engine", "deployments.serve")


def run() -> None:
    """Run until told to stop (SIGTERM or Ctrl-C)."""
    check_values()
    alone = _alone(data_home())
    check_free()
    here = open_installation()
    here.database.close()
    if here.rules.directory is None:
        sys.stderr.write(
            f"hemgang: no directory ({DIRECTORY}): nobody is told, and what falls due now is not told later; "
            "see docs/directory.md\n"
        )
    end_at_signals()
    environment = prefect_environment()
    children: list[Child] = []
    try:
        if "PREFECT_API_URL" not in environment:
            children.append(_server(environment))
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        sys.stderr.write(f"hemgang runs; the Prefect page: {page}; logs: {data_home()}/*.log  (stop: Ctrl-C)\n")
        for module in MODULES:
            log = data_home() / f"{module.rpartition('.')[2]}.log"
            children.append(kept(module, partial(start_module, module, environment, log, with_us=True)))
        keep(children)
    except KeyboardInterrupt:
        sys.stderr.write("stopping\n")
    finally:
        hear_no_signals()
        stop_together([child for child in children if child.name in MODULES])
        stop_together([child for child in children if child.name not in MODULES], patience=SERVER_STOP_SECONDS)
        os.close(alone)


def _alone(home: Path) -> int:
    """Return the lock of a data directory: two who share one would share a Prefect database and write over logs.

    Raises:
        ConfigurationError: another has it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = locked(home / "run.lock")
    if lock is None:
        raise ConfigurationError(f"another `hemgang run` works in {home}; end it, or set XDG_DATA_HOME")
    return lock


def _server(environment: dict[str, str]) -> Child:
    """Start a server of our own, wait for it, and let `environment` name it."""
    home = data_home() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    port = own_port(SERVER_PORT)
    child = kept("the Prefect server", lambda: start_server(home, port=port, log=log, with_us=True))
    environment["PREFECT_HOME"] = str(home)
    environment["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    try:
        wait_for(child.process, f"{environment['PREFECT_API_URL']}/health", log)
    except BaseException:
        stop(child.process)
        raise
    return child


if __name__ == "__main__":
    try:
        run()
    except HemgangError as error:
        sys.stderr.write(f"hemgang: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
