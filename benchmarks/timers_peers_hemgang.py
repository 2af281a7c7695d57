"""hemgang as one of those that keep timers: discharges whose first alerts fall due, and the engine as it is shipped.

Every timer has a ward of its own, so that no two alerts go out in one message: a POST a timer, as with the others.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlmodel import col

from benchmarks.load_store import due_at, fill
from benchmarks.load_work import SHIPPED, Work, working
from benchmarks.timers_peers_contest import ANSWERS_AFTER_SECONDS, Contestant
from hemgang import clock
from hemgang.store.tables import AlertRow

WORKERS = 2


@contextmanager
def contestant(timers: int) -> Iterator[Contestant]:
    """Yield hemgang with wards for so many timers, beside its Prefect server."""
    with working(prefect=True, told_by=partial(_wards, timers), answers_after=ANSWERS_AFTER_SECONDS) as work:
        assert work.prefect_pid is not None

        def start(_: int) -> "subprocess.Popen[bytes]":
            return work.start(SHIPPED)

        yield Contestant(
            "hemgang",
            WORKERS,
            work.sink,
            work.server.pid,
            partial(_store, work),
            start,
            partial(_keys, work),
            {"prefect_server": work.prefect_pid},
        )


def _store(work: Work, timers: Mapping[str, datetime]) -> None:
    here, now = work.installation, clock.machine_now()
    bodies = [due_at(key, due, _ward(number)) for number, (key, due) in enumerate(timers.items())]
    fill(here.database, here.rules, bodies, now=now)


def _keys(work: Work, references: Sequence[str]) -> list[str]:
    """Return the timer of each reference; "" for one under which nothing is stored."""
    columns = (col(AlertRow.episode), col(AlertRow.bundle), col(AlertRow.reference))
    with work.installation.database.reading() as session:
        rows = session.execute(select(*columns)).all()
    known = {bundle or reference: str(episode) for episode, bundle, reference in rows}
    return [known.get(reference, "") for reference in references]


def _ward(number: int) -> str:
    return f"ward-{number}"


def _wards(count: int, port: int) -> str:
    """Return a directory of wards that are always staffed and told at once."""
    head = '[settings]\nlanguage = "sv"\nbundle_minutes = 0\n\n[operator]\nchannel = "sink"\n'
    channel = f'\n[[channel]]\nid = "sink"\nurl = "json://127.0.0.1:{port}/"\n'
    unit = '\n[[unit]]\nid = {}\nkind = "ward"\nhours = "always"\nchannel = "sink"\n'
    return head + channel + "".join(unit.format(json.dumps(_ward(number))) for number in range(count))
