"""Tasks of delivery: send what the outbox holds."""

from anyio import to_thread

from hemgang.metrics import observe_sending
from hemgang.services.deliver import CatchUp, DeliveryReport, deliver
from hemgang.store import installation, outbox
from hemgang.worker.context import beat, moment, sender
from hemgang.worker.context import installation as context_installation
from hemgang.worker.leases import sending_here
from hemgang.worker.loops import Loop, looking
from tasks.heartbeat import heartbeat

_catch_up = CatchUp()


async def send_pending() -> DeliveryReport | None:
    """Send what is due and return counts, None where nothing is; faults of channels are outcomes in the store.

    No Prefect task of its own, since it runs at every tick: the flow's artifact has the sums. A sweep that leaves
    nothing due is complete: it is recorded as the delivery's pulse, and the watcher outside hears of it. While sending
    is held, or the clock is wrong, or a backlog is stepped first, there is no pulse.
    """

    def sweep() -> DeliveryReport | None:
        now = moment()
        if now is None:
            return None
        here = context_installation()
        with here.database.reading() as session:
            due = outbox.next_attempt_at(session)
            held = installation.delivery_hold(session).held
        if held or _catch_up.holds(here.database, now=now):
            return None
        sent = None
        if due is not None and due <= now:
            with sending_here():
                sent = deliver(here.database, here.rules, now=now, sender=sender())
            observe_sending(
                delivered=sent.delivered,
                failed=sent.failed,
                unknown=sent.unknown,
                given_up=sent.given_up,
                latest_s=sent.latest_s,
            )
        if sent is None or not sent.alerts:
            if beat("deliver", now):
                heartbeat()
            return None
        return sent

    with looking(Loop.DELIVER):
        return await to_thread.run_sync(sweep)
