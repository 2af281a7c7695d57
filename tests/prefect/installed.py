"""An installation for the tests of the flows, what its tables hold, and what the server knows of the runs."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployments.prefect_server import prefect_environment
from deployments.supervisor import stop
from hemgang.settings import read_settings
from hemgang.store.database import Database
from hemgang.worker.worker import Worker, open_worker
from tasks.current import current_worker, use_worker

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, State

EXAMPLE = Path(__file__).parent.parent / "cases" / "jamtland-exempel-1.ndjson"
LEFT_BY_STEPS = ("discharge", "duty", "duty_revision", "rung", "alert")
OF_ONE_PROCESS = {"id", "lease_owner", "lease_until"}


def ended(run: Awaitable[Any]) -> "State[Any]":
    """Run a flow, called with `return_state=True`, and return the state in which it ended."""

    async def awaited() -> Any:
        return await run

    state: State[Any] = asyncio.run(awaited())
    return state


@dataclass(frozen=True, slots=True)
class Site:
    """One installation in a folder."""

    folder: Path

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def file(self) -> Path:
        return self.folder / "hemgang.db"

    @property
    def worker(self) -> Worker:
        return current_worker()

    @property
    def database(self) -> Database:
        return self.worker.installation.database

    def environment(self) -> dict[str, str]:
        """Return what a process needs to work for it."""
        return {
            "HEMGANG_DATABASE": f"sqlite:///{self.file}",
            "HEMGANG_INBOX": str(self.inbox),
            "HEMGANG_CLOCK": str(self.clock),
            "HEMGANG_STATE": str(self.folder / "state"),
        }

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let this process's worker be one for what the environment names now."""
        with use_worker(open_worker(read_settings())):
            yield

    def copied_to(self, folder: Path) -> "Site":
        """Return another installation with the same database as it is now."""
        other = Site(folder)
        folder.mkdir()
        with closing(sqlite3.connect(self.file, timeout=30)) as here, closing(sqlite3.connect(other.file)) as there:
            here.backup(there)
        return other

    def ask(self, query: str) -> list[Any]:
        """Return the rows of a query, the first column of each where there is only one."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            rows = connection.execute(query).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    def change(self, statement: str, *values: int) -> None:
        """Change rows behind the engine's back."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.execute(statement, values)

    def leave_due(self, count: int) -> None:
        """Put every discharge off to a far day but the first `count`."""
        first = "SELECT episode FROM discharge ORDER BY episode LIMIT ?"
        far = f"UPDATE discharge SET next_wake = '2099-01-01 00:00:00.000000' WHERE episode NOT IN ({first})"  # noqa: S608
        self.change(far, count)

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Return what steps leave behind, without what differs from one process to the next."""
        left: dict[str, list[tuple[object, ...]]] = {}
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            for table in LEFT_BY_STEPS:
                cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608  a fixed name
                keep = [at for at, column in enumerate(cursor.description) if column[0] not in OF_ONE_PROCESS]
                left[table] = sorted((tuple(row[at] for at in keep) for row in cursor), key=repr)
        return left


@contextmanager
def engine_process(environment: Mapping[str, str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the engine as a process of its own, in our environment and this; what it says goes to `log`."""
    with log.open("ab") as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "deployments.engine"],
            env=prefect_environment(dict(os.environ)) | dict(environment),
            cwd=Path(__file__).parent.parent.parent,
            stdout=said,
            stderr=said,
        )
    try:
        yield child
    finally:
        stop(child)


@dataclass(frozen=True, slots=True)
class Runs:
    """What the server knows."""

    client: "SyncPrefectClient"

    def that(self, state: Any) -> "FlowRun":
        """Return the run that ended in a state."""
        return self.client.read_flow_run(state.state_details.flow_run_id)

    def of(self, flow: str) -> "list[FlowRun]":
        """Return the runs of a flow; their order is the server's, and clocks of machines jump."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName
        from prefect.client.schemas.sorting import FlowRunSort

        return self.client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])), sort=FlowRunSort.START_TIME_DESC
        )

    def artifact(self, key: str) -> str:
        """Return the text of the latest artifact of a key."""
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
        from prefect.client.schemas.sorting import ArtifactSort

        found = self.client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])), sort=ArtifactSort.CREATED_DESC
        )
        return f"{found[0].data} {found[0].description}"
