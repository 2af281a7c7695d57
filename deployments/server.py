"""A Prefect server on loopback as a child process: started, waited for, stopped."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.settings import prefect_environment
from hemgang.errors import ConfigurationError

HOST = "127.0.0.1"
START_SECONDS = 120.0
STOP_SECONDS = 15.0


def free_port(wanted: int = 0) -> int:
    """Return `wanted` if it is free on loopback, else a port that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError("no free port on loopback")


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


def start_server(home: Path, *, port: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start a server without waiting for it; its data lies in `home`, its own words in `log`."""
    url = f"http://{HOST}:{port}/api"
    environment = prefect_environment() | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    with log.open("ab") as said:
        return subprocess.Popen(  # noqa: S603  our own interpreter with fixed words
            command, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True
        )


def stop(child: "subprocess.Popen[bytes]") -> None:
    """End a child process: asked first, then made to."""
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def wait_for(child: "subprocess.Popen[bytes]", health: str, log: Path) -> None:
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
