"""Tasks of the inbox: take in the files that lie there."""

from typing import Any

from prefect import task

from hemgang import clock
from hemgang.engine.inbox import take_inbox
from tasks.installation import installation


@task(name="take inbox", persist_result=False)
def take_files() -> list[dict[str, Any]]:
    """Take in every file of the inbox; return counts by file, files named by a hash of their name."""
    here = installation()
    if here.inbox is None:
        return []
    return [
        {
            "file": taken.name,
            "accepted": taken.report.accepted if taken.report else 0,
            "duplicate": taken.report.duplicate if taken.report else 0,
            "conflicting": taken.report.conflicting if taken.report else 0,
            "quarantined": taken.report.quarantined if taken.report else 0,
            "refused": taken.refused,
        }
        for taken in take_inbox(here.database, here.inbox, now=clock.now())
    ]
