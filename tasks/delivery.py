"""Tasks of delivery: send what the outbox holds."""

from anyio import to_thread

from hemgang import clock
from hemgang.engine.deliver import Delivered, deliver
from hemgang.store import outbox
from tasks.installation import installation


async def waiting() -> bool:
    """Whether any released alert is due for a try at the engine's instant; no task, it runs at every tick."""

    def look() -> bool:
        with installation().database.reading() as session:
            due = outbox.next_attempt(session)
        return due is not None and due <= clock.now()

    return await to_thread.run_sync(look)


async def send_pending() -> Delivered:
    """Send what is due and return counts; faults of channels are outcomes in the store, not failures here.

    No Prefect task of its own, since it runs at nearly every tick: the flow's artifact has the sums.
    """
    here = installation()
    return await to_thread.run_sync(lambda: deliver(here.database, here.rules, now=clock.now()))
