"""Network namespaces as hosts: a hub with a bridge and hosts with a cable to it, which can be pulled out.

Needs root and `ip` (Debian's iproute2). The addresses exist only inside these namespaces.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from hemgang.errors import ConfigurationError

PREFIX = "hemgang"
HUB = f"{PREFIX}-hub"
HUB_ADDRESS = "10.231.0.1"
BRIDGE = "bridge0"


@contextmanager
def network(hosts: int) -> Iterator[list[str]]:
    """Yield the names of `hosts` namespaces that reach the hub at `HUB_ADDRESS`; all are removed at the end.

    Raises:
        ConfigurationError: this machine or user cannot make namespaces; says what is missing.
    """
    _refuse()
    names = [f"{PREFIX}-host{number}" for number in range(1, hosts + 1)]
    try:
        _make_hub()
        for number, name in enumerate(names, 1):
            _connect(name, number)
        yield names
    finally:
        for name in (HUB, *names):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def link(host: str, *, up: bool) -> None:
    """Pull out a host's cable at the hub, or put it in again."""
    _ip("-n", HUB, "link", "set", _port(host), "up" if up else "down")


def inside(name: str) -> list[str]:
    """Return the words before a command that let it run in a namespace, under a host name of its own."""
    return ["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", f'hostname {name} && exec "$@"', "sh"]


def _refuse() -> None:
    if shutil.which("ip") is None:
        raise ConfigurationError("no `ip` here; install it: sudo apt-get install iproute2")
    if os.geteuid() != 0:
        raise ConfigurationError("network namespaces need root: sudo .venv/bin/python -m tests.faults.hosts")
    made = subprocess.run(["ip", "netns", "add", HUB], check=False, capture_output=True, text=True)
    if made.returncode:
        raise ConfigurationError(f"no network namespace can be made here: {made.stderr.strip()}")


def _make_hub() -> None:
    _ip("-n", HUB, "link", "set", "lo", "up")
    _ip("-n", HUB, "link", "add", BRIDGE, "type", "bridge")
    _ip("-n", HUB, "addr", "add", f"{HUB_ADDRESS}/24", "dev", BRIDGE)
    _ip("-n", HUB, "link", "set", BRIDGE, "up")


def _connect(host: str, number: int) -> None:
    _ip("netns", "add", host)
    _ip("-n", host, "link", "set", "lo", "up")
    _ip("-n", host, "link", "add", "eth0", "type", "veth", "peer", "name", _port(host), "netns", HUB)
    _ip("-n", HUB, "link", "set", _port(host), "master", BRIDGE, "up")
    _ip("-n", host, "addr", "add", f"10.231.0.{number + 1}/24", "dev", "eth0")
    _ip("-n", host, "link", "set", "eth0", "up")


def _port(host: str) -> str:
    return f"to-{host.removeprefix(PREFIX + '-')}"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise ConfigurationError(f"ip {' '.join(words)}: {done.stderr.strip()}")
