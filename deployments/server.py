"""A Prefect server on loopback as a child process: started, waited for, stopped."""

import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from deployments.keeping import Process, start_logged, stop
from deployments.locks import locked
from deployments.settings import prefect_environment
from hemgang.errors import ConfigurationError

__all__ = ["HOST", "free_port", "own_port", "prefect_server", "start_server", "stop", "wait_for"]

HOST = "127.0.0.1"
START_SECONDS = 120.0
PORTS = 50


def free_port(wanted: int = 0, host: str = HOST) -> int:
    """Return `wanted` if it is free on an address of this machine, else a port that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError(f"no free port on {host}")


def own_port(wanted: int, host: str = HOST) -> int:
    """Return `wanted`, or the next port that is free and that no other hemgang of this machine has taken for itself.

    A server listens only after half a minute: until this process ends, a lock tells others that start meanwhile.
    """
    for port in range(wanted, wanted + PORTS):
        if free_port(port, host) == port and _is_ours(port):
            return port
    return free_port(0, host)


def _is_ours(port: int) -> bool:
    """Take the lock of a port; False if another has it, or it is another user's."""
    try:
        return locked(Path(gettempdir()) / f"hemgang-port-{port}.lock") is not None
    except OSError:
        return False


@contextmanager
def prefect_server(home: Path, *, port: int, log: Path) -> Iterator[str]:
    """Yield the API's URL of a server that answers; its data lies in `home`, its own words in `log`.

    Raises:
        ConfigurationError: the server did not answer in time; names the log.
    """
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://{HOST}:{port}/api"
    child = start_server(home, port=port, log=log)
    try:
        wait_for(child, f"{url}/health", log)
        yield url
    finally:
        stop(child)


def start_server(home: Path, *, port: int, log: Path, with_us: bool = False) -> Process:
    """Start a server without waiting for it; its data lies in `home`, its words in `log`."""
    url = f"http://{HOST}:{port}/api"
    environment = prefect_environment() | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    return start_logged(command, environment, log, with_us=with_us)


def wait_for(child: Process, health: str, log: Path) -> None:
    """Wait until a started server answers.

    Raises:
        ConfigurationError: it ended, or did not answer in time; names the log.
    """
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if child.poll() is not None:
            raise ConfigurationError(f"the Prefect server ended at once; see {log}")
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310  a fixed loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ConfigurationError(f"the Prefect server did not answer within {START_SECONDS:.0f} s; see {log}")
