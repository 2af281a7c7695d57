"""Delivery: a flow of its own, so that a slow channel never holds a timer up."""

from anyio import to_thread
from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.delivery import send_pending, waiting
from tasks.timing import Lifetime


@flow(name="deliver", validate_parameters=False, persist_result=False)
async def deliver(for_seconds: float = 0.0, every_seconds: float = 2.0) -> State[None]:
    """Send what is released, at once and then every `every_seconds`, for `for_seconds` (0 = until nothing is due)."""
    lifetime = Lifetime(for_seconds)
    totals = {"delivered": 0, "failed": 0, "unknown": 0, "alerts": 0, "given_up": 0}
    while True:
        sent = 0
        if await to_thread.run_sync(waiting):
            counts = await to_thread.run_sync(lambda: send_pending())
            totals = {name: totals[name] + int(counts[name]) for name in totals}
            sent = int(counts["alerts"])
        if not sent and (lifetime.over or not await lifetime.wait(every_seconds)):
            break
    await acreate_table_artifact(key="deliver", table=[totals], description="Messages by outcome; counts only.")
    said = f"{totals['delivered']} delivered, {totals['failed']} failed, {totals['unknown']} unknown"
    return Completed(message=said)
