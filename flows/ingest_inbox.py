"""Takes the inbox folder in: files of messages become stored messages and due discharges."""

from anyio import to_thread
from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.inbox import take_files


@flow(name="ingest-inbox", validate_parameters=False, persist_result=False)
async def ingest_inbox() -> State[None]:
    """Take in every file that lies in the inbox now; the artifact has the counts of each, never a value."""
    files = await to_thread.run_sync(lambda: take_files())
    if files:
        await acreate_table_artifact(key="inbox", table=files, description="Files taken in; counts only.")
    accepted = sum(int(one["accepted"]) for one in files)
    quarantined = sum(int(one["quarantined"]) for one in files)
    refused = sum(1 for one in files if one["refused"])
    said = f"{len(files)} files: {accepted} accepted, {quarantined} quarantined, {refused} files refused"
    return Completed(name="Taken" if files else "Empty", message=said)
