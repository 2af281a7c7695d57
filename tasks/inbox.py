"""Tasks of the inbox: take in the files that lie there."""

import logging
from pathlib import Path
from threading import Lock

from anyio import to_thread

from hemgang.logs import Event, event
from hemgang.metrics import observe_files, observe_ingest
from hemgang.services.inbox import InboxFile, InboxReader, file_hash, has_files, ingest_inbox, unknown_files
from hemgang.worker.context import beat, decision_now, installation, worker
from hemgang.worker.leases import is_dead
from hemgang.worker.loops import Loop, looking

log = logging.getLogger(__name__)

_taking = Lock()
"""Held while files are taken: the flow and the engine beside it never do so at once."""


async def files_waiting() -> bool:
    """Whether any file lies in the inbox, or was left half taken; no task of its own, it runs at every tick.

    A look that finds nothing is complete, and is recorded as the inbox's pulse; so is one that took all there was.
    """

    def look() -> bool:
        inbox = installation().inbox
        if inbox is None:
            return False
        _tell_of_not_read(inbox)
        waiting = has_files(inbox, _taker())
        if not waiting:
            beat("inbox", decision_now())
        return waiting

    with looking(Loop.INBOX):
        return await to_thread.run_sync(look)


async def take_files() -> list[InboxFile]:
    """Take in every file of the inbox; files are named by a hash of their name. The flow's artifact has the counts."""
    here = installation()
    inbox = here.inbox
    if inbox is None:
        return []

    def take() -> list[InboxFile]:
        with _taking:
            now = decision_now()
            taken = [_told(one) for one in ingest_inbox(here.database, inbox, now=now, taker=_taker())]
        beat("inbox", now)
        return taken

    with looking(Loop.INBOX):
        return await to_thread.run_sync(take)


_not_read_told: set[str] = set()
"""The files in the inbox that are not read, as far as the log has been told of them."""


def _taker() -> InboxReader:
    return InboxReader(worker(), is_dead)


def _tell_of_not_read(inbox: Path) -> None:
    """Say in the log, once a file, which files in the inbox have an ending that is not read."""
    found = {file_hash(path) for path in unknown_files(inbox)}
    for name in sorted(found - _not_read_told):
        event(log, Event.FILE_NOT_READ, file=name, reason="ending")
    _not_read_told.clear()
    _not_read_told.update(found)


def _told(taken: InboxFile) -> InboxFile:
    """Count a file, and say in the log what became of it: counts and a hash of its name."""
    report = taken.report
    if taken.refused:
        observe_files(refused=1)
        event(log, Event.FILE_REFUSED, file=taken.name, reason=taken.refused)
    else:
        observe_files(taken=1)
    if report is None:
        return taken
    observe_ingest(
        accepted=report.accepted,
        duplicate=report.duplicate,
        conflicting=report.conflicting,
        quarantined=report.quarantined,
    )
    event(log, Event.FILE_TAKEN, file=taken.name, accepted=report.accepted, quarantined=report.quarantined)
    return taken
