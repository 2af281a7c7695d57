"""Tasks of delivery: send what the outbox holds."""

from dataclasses import asdict
from typing import Any

from prefect import task

from hemgang import clock
from hemgang.engine.deliver import deliver
from hemgang.store import outbox
from tasks.installation import installation


def waiting() -> bool:
    """Whether any released alert is due for a try at the engine's instant."""
    with installation().database.reading() as session:
        due = outbox.next_attempt(session)
    return due is not None and due <= clock.now()


@task(name="send pending", persist_result=False)
def send_pending() -> dict[str, Any]:
    """Send what is due and return counts; faults of channels are outcomes in the store, not failures here."""
    here = installation()
    return asdict(deliver(here.database, here.rules, now=clock.now()))
