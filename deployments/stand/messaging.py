"""Redis of a stand: carries the events and shared work of several Prefect servers, nothing that hemgang needs."""

import os
import socket
import time
from functools import partial
from pathlib import Path

from deployments.keeping import Child, Process, kept, start_logged, stop
from deployments.stand.plan import Plan, write_private
from hemgang.errors import ConfigurationError

START_SECONDS = 20.0


def start_redis(plan: Plan, program: Path) -> Child:
    """Start Redis with a password, its data in the stand's folder, and wait until it listens.

    Raises:
        ConfigurationError: it did not start; names the log.
    """
    folder = plan.folder / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "bind": plan.host,
        "port": str(plan.ports.redis),
        "requirepass": plan.passwords.redis,
        "dir": f'"{folder}"',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    file = folder / "redis.conf"
    write_private(file, "".join(f"{name} {value}\n" for name, value in settings.items()))
    child = kept("Redis", partial(start_logged, [str(program), str(file)], os.environ, plan.log("redis")))
    try:
        _wait(plan, child.process)
    except BaseException:
        stop(child.process)
        raise
    return child


def _wait(plan: Plan, process: Process) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((plan.host, plan.ports.redis), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ConfigurationError(f"Redis did not start; see {plan.log('redis')}")
