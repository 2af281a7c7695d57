"""Tasks that move discharges on: claim those that are due, step one, step a chunk."""

from dataclasses import asdict
from typing import Any

from prefect import task

from hemgang import clock
from hemgang.engine.advance import Advanced, Outcome, advance, advance_reference, claim_due
from hemgang.store.discharges import Claim, release
from tasks.installation import installation, worker


def claim(limit: int) -> list[Claim]:
    """Claim up to `limit` due discharges for this worker."""
    return claim_due(installation().database, now=clock.now(), owner=worker(), limit=limit)


def give_back(claims: list[Claim]) -> None:
    """Give claims back that this worker will not step."""
    with installation().database.writing() as session:
        release(session, claims)


def step_discharge(reference: str) -> Advanced | None:
    """Step one discharge in one transaction; None if there was nothing to do here.

    Not a Prefect task of its own: the flow run is the step, and a task inside it would double what a run costs
    (docs/decisions/0007).
    """
    here = installation()
    outcome = advance_reference(here.database, reference, here.rules, now=clock.now(), owner=worker())
    return outcome.advanced[0] if outcome.advanced else None


@task(name="advance batch", task_run_name="advance {count} discharges", persist_result=False)
def advance_batch(claims: list[Claim], count: int) -> dict[str, Any]:
    """Step a chunk of claimed discharges through the same pure step as a single one."""
    here = installation()
    return counted(advance(here.database, claims, here.rules, now=clock.now()))


def counted(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as numbers for logs and artifacts, nothing that names a discharge."""
    return {
        "stepped": len(outcome.advanced),
        "alerts": sum(one.alerts for one in outcome.advanced),
        "overtaken": outcome.overtaken,
        "parked": len(outcome.parked),
        "latest_s": max((one.late_s for one in outcome.advanced), default=0.0),
    }


def described(advanced: Advanced) -> dict[str, Any]:
    """Return what became of one discharge as a plain mapping."""
    return asdict(advanced)
