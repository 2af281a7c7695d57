"""Delivery: a flow of its own, so that a slow channel never holds a timer up."""

from collections import Counter
from dataclasses import asdict

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.naming import run_name
from hemgang.logs import wordless
from tasks.delivery import send_pending
from tasks.timing import Lifetime

COUNTED = ("delivered", "failed", "unknown", "alerts", "given_up")


@flow(name="deliver", flow_run_name=run_name("deliver"), validate_parameters=False, persist_result=False)
@wordless
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
