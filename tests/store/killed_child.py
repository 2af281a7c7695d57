"""An upgrade or a restore as a process of its own, which may be killed at a change it makes; for tests only."""

import os
from multiprocessing.synchronize import Barrier
from pathlib import Path
from signal import SIGKILL
from typing import Any

from sqlalchemy import Engine, event

from hemgang.services.backup import restore
from hemgang.store.database import open_database, upgrade
from tests.store.backups import NOW

CHANGES = ("CREATE", "ALTER", "DROP", "UPDATE", "INSERT", "DELETE")


def upgrade_killed_at(url: str, number: int) -> None:
    """Upgrade, and die once change `number` (from 1) has been made."""
    _die_after(number)
    upgrade(open_database(url))


def restore_killed_at(url: str, file: Path, number: int) -> None:
    """Restore, and die once change `number` (from 1) has been made."""
    _die_after(number)
    restore(url, file, by="nobody", now=NOW)


def upgrade_at_once(url: str, ready: Barrier) -> None:
    """Upgrade at the same moment as another."""
    database = open_database(url)
    ready.wait(30)
    upgrade(database)
    database.close()


def _die_after(number: int) -> None:
    made = [0]

    def count(_: object, __: object, statement: str, *___: Any) -> None:
        made[0] += statement.lstrip().upper().startswith(CHANGES)
        if made[0] == number:
            os.kill(os.getpid(), SIGKILL)

    event.listen(Engine, "after_cursor_execute", count)
