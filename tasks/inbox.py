"""Tasks of the inbox: take in the files that lie there."""

import logging

from anyio import to_thread

from hemgang.engine.inbox import Taken, has_files, take_inbox
from hemgang.logs import Event, event
from hemgang.metrics import observe_files, observe_ingest
from tasks.installation import installation
from tasks.looks import Loop, looking
from tasks.vigil import decision_now

log = logging.getLogger(__name__)


def files_waiting() -> bool:
    """Whether any file lies in the inbox, or was left half taken; no task of its own, it runs at every tick."""
    with looking(Loop.INBOX):
        inbox = installation().inbox
        return inbox is not None and has_files(inbox)


async def take_files() -> list[Taken]:
    """Take in every file of the inbox; files are named by a hash of their name. The flow's artifact has the counts."""
    here = installation()
    inbox = here.inbox
    if inbox is None:
        return []

    def take() -> list[Taken]:
        return [_told(taken) for taken in take_inbox(here.database, inbox, now=decision_now())]

    with looking(Loop.INBOX):
        return await to_thread.run_sync(take)


def _told(taken: Taken) -> Taken:
    """Count a file, and say in the log what became of it: counts and a hash of its name."""
    report = taken.report
    if report is None:
        observe_files(refused=1)
        event(log, Event.FILE_REFUSED, file=taken.name, reason=taken.refused)
        return taken
    observe_files(taken=1)
    observe_ingest(
        accepted=report.accepted,
        duplicate=report.duplicate,
        conflicting=report.conflicting,
        quarantined=report.quarantined,
    )
    event(log, Event.FILE_TAKEN, file=taken.name, accepted=report.accepted, quarantined=report.quarantined)
    return taken
