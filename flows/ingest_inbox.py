"""Takes the inbox folder in: files of messages become stored messages and due discharges."""

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.naming import run_name
from hemgang.engine.inbox import Taken
from hemgang.logs import wordless
from tasks.inbox import files_waiting, take_files
from tasks.timing import Lifetime, nudge

SHOWN = 200


@flow(name="ingest-inbox", flow_run_name=run_name("ingest-inbox"), validate_parameters=False, persist_result=False)
@wordless
async def ingest_inbox(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Take in what lies in the inbox, at once and every `every_seconds`, for `for_seconds` (0 = what is there now).

    The artifact has the counts of each file, never a value.
    """
    lifetime = Lifetime(for_seconds)
    files: list[Taken] = []
    while True:
        lifetime.look()
        if await files_waiting():
            files += await take_files()
            nudge()
        elif lifetime.over or not await lifetime.wait(every_seconds):
            break
    if not files:
        return Completed(name="Empty", message="no files")
    table = [_counts(taken) for taken in files[-SHOWN:]]
    await acreate_table_artifact(key="inbox", table=table, description="Files taken in; counts only.")
    accepted = sum(taken.report.accepted for taken in files if taken.report)
    refused = sum(1 for taken in files if taken.refused)
    return Completed(name="Taken", message=f"{len(files)} files: {accepted} messages accepted, {refused} files refused")


def _counts(taken: Taken) -> dict[str, object]:
    report = taken.report
    return {
        "file": taken.name,
        "accepted": report.accepted if report else 0,
        "duplicate": report.duplicate if report else 0,
        "conflicting": report.conflicting if report else 0,
        "quarantined": report.quarantined if report else 0,
        "refused": taken.refused,
    }
