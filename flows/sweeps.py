"""The flows that deliver alerts and take the inbox in, apart from the watch: a slow channel never holds a timer up."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from hemgang import clock
from hemgang.i18n.formats import table_text
from hemgang.logs import scrub_errors
from hemgang.services.inbox import InboxFile
from hemgang.worker import sweeps
from hemgang.worker.loops import Loop
from hemgang.worker.worker import Worker
from tasks.current import current_worker

COUNTED = ("delivered", "failed", "unknown", "alerts", "given_up")
SHOWN_FILES = 200


def run_name(flow_name: str) -> Callable[[], str]:
    """Return what Prefect calls to name a run: `watch 2023-04-07 08:00`, Stockholm time by the engine's clock."""

    def name() -> str:
        return f"{flow_name} {table_text(clock.now())}"

    return name


@flow(name="deliver", flow_run_name=run_name("deliver"), validate_parameters=False, persist_result=False)
@scrub_errors
async def deliver(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Send what is released, at once and then every `every_seconds`, for `for_seconds` (0 = until nothing is due)."""
    worker = current_worker()
    lifetime = worker.lifetime(for_seconds)
    totals: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    while True:
        lifetime.look()
        with worker.liveness.looking(Loop.DELIVER):
            sent = await sweeps.send_pending(worker)
        if sent is not None:
            totals.update({name: asdict(sent)[name] for name in COUNTED})
        elif lifetime.over or not await lifetime.wait(every_seconds):
            break
    await acreate_table_artifact(key="deliver", table=[dict(totals)], description="Messages by outcome; counts only.")
    message = f"{totals['delivered']} delivered, {totals['failed']} failed, {totals['unknown']} unknown"
    return Completed(message=message)


@flow(name="ingest-inbox", flow_run_name=run_name("ingest-inbox"), validate_parameters=False, persist_result=False)
@scrub_errors
async def ingest_inbox(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Take in what lies in the inbox, at once and every `every_seconds`, for `for_seconds` (0 = what is there now).

    The artifact has the counts of each file, never a value.
    """
    worker = current_worker()
    lifetime = worker.lifetime(for_seconds)
    files: list[InboxFile] = []
    while True:
        lifetime.look()
        if taken := await _take_files(worker):
            files += taken
            worker.wake()
        elif lifetime.over or not await lifetime.wait(every_seconds):
            break
    if not files:
        return Completed(name="Empty", message="no files")
    table = [_counts(taken) for taken in files[-SHOWN_FILES:]]
    await acreate_table_artifact(key="inbox", table=table, description="Files taken in; counts only.")
    accepted = sum(taken.report.accepted for taken in files if taken.report)
    refused = sum(1 for taken in files if taken.refused)
    return Completed(name="Taken", message=f"{len(files)} files: {accepted} messages accepted, {refused} files refused")


async def _take_files(worker: Worker) -> list[InboxFile]:
    """Look once; return what was taken, nothing where nothing lies there or it cannot be taken now."""
    with worker.liveness.looking(Loop.INBOX):
        return await sweeps.take_files(worker) if await sweeps.files_waiting(worker) else []


def _counts(taken: InboxFile) -> dict[str, object]:
    report = taken.report
    return {
        "file": taken.name,
        "accepted": report.accepted if report else 0,
        "duplicate": report.duplicate if report else 0,
        "conflicting": report.conflicting if report else 0,
        "quarantined": report.quarantined if report else 0,
        "refused": taken.refused,
    }
