"""Tasks that move discharges on: claim those that are due, step one, step a chunk."""

from datetime import datetime

from anyio import to_thread
from prefect import task

from hemgang import clock
from hemgang.logs import scrub_errors
from hemgang.metrics import observe_steps
from hemgang.notifications.rendering import Trouble
from hemgang.services.advance import AdvanceReport, advance, advance_reference, claim_due
from hemgang.store import discharges
from hemgang.store.discharges import Claim
from hemgang.store.installation import database_now
from hemgang.worker.context import beat, decision_now, installation, moment, sender, tell_operator, worker
from hemgang.worker.leases import begin_on, give_back_left_claims, let_go, looking_alone, take_in_hand
from hemgang.worker.loops import Loop, looking

SHORTEST_WAIT_S = 0.5
"""Timers that fall due one after the other are looked at together this often, so that looking costs little."""


async def claim(limit: int) -> list[Claim]:
    """Claim up to `limit` due discharges for this worker; no task of its own, it runs at every tick.

    A sweep that finds nothing due is complete, and is recorded as the watch's pulse. What nobody
    works on any more is given back first.
    """

    def look() -> list[Claim]:
        now = moment()
        if now is None:
            return []
        here = installation()
        with looking_alone:
            give_back_left_claims(now)
            claims = claim_due(here.database, now=now, owner=worker(), limit=limit, regions=sender().regions)
            take_in_hand(claims)
        if not claims:
            beat("watch", now)
        return claims

    with looking(Loop.WATCH):
        return await to_thread.run_sync(look)


async def wait_seconds(longest: float) -> float:
    """Return how long to wait for the next look: until the next timer falls due, at most `longest`."""

    def look() -> float:
        if clock.is_virtual():
            return longest
        with installation().database.reading() as session:
            now = database_now(session)
            coming = discharges.next_timer(session, after=now)
        return longest if coming is None else (coming - now).total_seconds()

    return min(longest, max(SHORTEST_WAIT_S, await to_thread.run_sync(look)))


async def step_discharge(reference: str) -> AdvanceReport:
    """Step one discharge in one transaction; the outcome is empty if there was nothing to do here.

    No Prefect task of its own: the flow run is the step, and a task that inherits the run's tags asks the server for
    concurrency slots by tag, which doubles what a run costs (docs/decisions/0007).
    """

    def step() -> AdvanceReport:
        here, now = installation(), moment()
        if now is None:
            return AdvanceReport()
        return _told(advance_reference(here.database, reference, here.rules, now=now, owner=worker()), now)

    return await to_thread.run_sync(step)


@task(name="advance batch", task_run_name="advance {count} discharges", persist_result=False)
@scrub_errors
async def advance_batch(claims: list[Claim], count: int) -> AdvanceReport:
    """Step a chunk of claimed discharges through the same pure step as a single one."""

    def step() -> AdvanceReport:
        here, now = installation(), decision_now()
        return _told(advance(here.database, claims, here.rules, now=now), now)

    with looking(Loop.WATCH):
        begin_on(claims)
        try:
            return await to_thread.run_sync(step)
        finally:
            let_go(one.reference for one in claims)


def _told(outcome: AdvanceReport, now: datetime) -> AdvanceReport:
    """Count what was stepped, and tell the operator if a step failed, which sets its discharge aside."""
    observe_steps(
        late_s=[one.late_s for one in outcome.advanced], overtaken=outcome.overtaken, set_aside=len(outcome.parked)
    )
    if outcome.parked:
        tell_operator(Trouble.SET_ASIDE, now)
    return outcome
