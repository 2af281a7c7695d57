"""Tasks of the inbox: take in the files that lie there."""

from anyio import to_thread

from hemgang.engine.inbox import Taken, has_files, take_inbox
from tasks.installation import installation
from tasks.vigil import decision_now


def files_waiting() -> bool:
    """Whether any file lies in the inbox, or was left half taken; no task of its own, it runs at every tick."""
    inbox = installation().inbox
    return inbox is not None and has_files(inbox)


async def take_files() -> list[Taken]:
    """Take in every file of the inbox; files are named by a hash of their name. The flow's artifact has the counts."""
    here = installation()
    inbox = here.inbox
    if inbox is None:
        return []
    return await to_thread.run_sync(lambda: list(take_inbox(here.database, inbox, now=decision_now())))
