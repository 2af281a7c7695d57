"""`hemgang run`: a Prefect server (unless one is named), the always-on engine and the scheduled flows, kept running."""

import os
import sys
from functools import partial
from pathlib import Path

from deployments.prefect_server import HOST, prefect_environment, reserve_port, start_prefect_server, wait_until_healthy
from deployments.supervisor import (
    Child,
    acquire_lock,
    ignore_signals,
    interrupt_on_signals,
    start_child,
    start_module,
    stop,
    stop_together,
    supervise,
)
from hemgang.doctor.environment import check_values, named_variables
from hemgang.errors import ConfigurationError, HemgangError, error_lines
from hemgang.metrics.exporter import check_free
from hemgang.services.installation import open_installation
from hemgang.settings import Settings, examine_settings, nearest, variable

SERVER_PORT = 4200
SERVER_STOP_SECONDS = 5.0
MODULES = ("deployments.engine", "deployments.serve")


def run() -> None:
    """Run until told to stop (SIGTERM or Ctrl-C)."""
    settings = check_values()
    home = settings.data_home
    lock = _lock(home)
    check_free(settings.metrics)
    open_installation(settings).database.close()
    warn_of_settings(settings)
    interrupt_on_signals()
    environment = prefect_environment()
    children: list[Child] = []
    try:
        if "PREFECT_API_URL" not in environment:
            children.append(_server(environment, home / "prefect"))
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        sys.stderr.write(f"hemgang runs; the Prefect page: {page}; logs: {home}/*.log  (stop: Ctrl-C)\n")
        for module in MODULES:
            log = home / f"{module.rpartition('.')[2]}.log"
            children.append(start_child(module, partial(start_module, module, environment, log, end_with_parent=True)))
        supervise(children)
    except KeyboardInterrupt:
        sys.stderr.write("stopping\n")
    finally:
        ignore_signals()
        stop_together([child for child in children if child.name in MODULES])
        stop_together([child for child in children if child.name not in MODULES], patience=SERVER_STOP_SECONDS)
        os.close(lock)


def warn_of_settings(settings: Settings) -> None:
    """Warn of settings with which hemgang runs, but which are probably not meant."""
    if settings.directory is None:
        sys.stderr.write(
            f"hemgang: no directory ({variable('directory')}): nobody is told, and alerts missed meanwhile are not "
            "sent afterwards; see docs/directory.md\n"
        )
    for name in sorted({*examine_settings().unknown} - named_variables(settings.directory)):
        meant = nearest(name)
        sys.stderr.write(f"hemgang: nothing reads {name[:60]}{f'; is {meant} meant?' if meant else ''}\n")


def _lock(home: Path) -> int:
    """Take the lock of a data directory: two that share one would share a Prefect database and write over logs.

    Raises:
        ConfigurationError: another has it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = acquire_lock(home / "run.lock")
    if lock is None:
        raise ConfigurationError(f"another `hemgang run` works in {home}; end it, or set XDG_DATA_HOME")
    return lock


def _server(environment: dict[str, str], home: Path) -> Child:
    """Start a Prefect server of our own, wait for it, and name it in `environment`."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    port = reserve_port(SERVER_PORT)
    server = start_child(
        "the Prefect server", lambda: start_prefect_server(home, port=port, log=log, end_with_parent=True)
    )
    environment["PREFECT_HOME"] = str(home)
    environment["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    try:
        wait_until_healthy(server.process, f"{environment['PREFECT_API_URL']}/health", log)
    except BaseException:
        stop(server.process)
        raise
    return server


if __name__ == "__main__":
    try:
        run()
    except HemgangError as error:
        sys.stderr.write(error_lines(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
