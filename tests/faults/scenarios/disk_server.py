"""A PostgreSQL server that makes its databases on a disk that can be filled."""

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.scenarios.server import postgresql
from tests.faults.scenarios.small_disk import SmallDisk, small_disk


@contextmanager
def on_small_disk(folder: Path) -> Iterator[tuple[SmallDisk, Callable[[str], str]]]:
    """Yield a small disk of its own, and what makes a database there and returns its URL; needs the right to mount."""
    with postgresql() as server, small_disk(folder, own=True) as disk:
        place = folder / "tablespace"
        place.mkdir()
        if server.server.system_user is not None:
            owner = pwd.getpwnam(server.server.system_user)
            os.chown(place, owner.pw_uid, owner.pw_gid)
            for above in (folder, *folder.parents):
                if above.stat().st_uid == os.geteuid():
                    above.chmod(above.stat().st_mode | 0o011)
        server.ask(f"CREATE TABLESPACE small LOCATION '{place}'")

        def new(name: str) -> str:
            server.ask(f"CREATE DATABASE {name} TABLESPACE small")
            return server.url(name)

        yield disk, new
