"""How runs that are not about one discharge are named: by what they do and when they began.

Delivery: a flow of its own, so that a slow channel never holds a timer up.

Takes the inbox folder in: files of messages become stored messages and due discharges.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from calendars.timezone import local
from hemgang import clock
from hemgang.logs import scrub_errors
from hemgang.services.inbox import InboxFile
from hemgang.worker.loops import Lifetime, nudge
from tasks.delivery import send_pending
from tasks.inbox import files_waiting, take_files


def run_name(what: str) -> Callable[[], str]:
    """Return what Prefect calls to name a run: `watch 2023-04-07 08:00`, Stockholm time by the engine's clock."""

    def name() -> str:
        return f"{what} {local(clock.now()):%Y-%m-%d %H:%M}"

    return name


COUNTED = ("delivered", "failed", "unknown", "alerts", "given_up")


@flow(name="deliver", flow_run_name=run_name("deliver"), validate_parameters=False, persist_result=False)
@scrub_errors
async def deliver(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Send what is released, at once and then every `every_seconds`, for `for_seconds` (0 = until nothing is due)."""
    lifetime = Lifetime(for_seconds)
    totals: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    while True:
        lifetime.look()
        sent = await send_pending()
        if sent is not None:
            totals.update({name: asdict(sent)[name] for name in COUNTED})
        if sent is None and (lifetime.over or not await lifetime.wait(every_seconds)):
            break
    await acreate_table_artifact(key="deliver", table=[dict(totals)], description="Messages by outcome; counts only.")
    said = f"{totals['delivered']} delivered, {totals['failed']} failed, {totals['unknown']} unknown"
    return Completed(message=said)


SHOWN = 200


@flow(name="ingest-inbox", flow_run_name=run_name("ingest-inbox"), validate_parameters=False, persist_result=False)
@scrub_errors
async def ingest_inbox(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Take in what lies in the inbox, at once and every `every_seconds`, for `for_seconds` (0 = what is there now).

    The artifact has the counts of each file, never a value.
    """
    lifetime = Lifetime(for_seconds)
    files: list[InboxFile] = []
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
