"""When the flows of this process last looked for work: the engine looks itself where they stand still."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from threading import Lock


class Loop(StrEnum):
    """The three things that an engine looks for."""

    WATCH = "watch"
    DELIVER = "deliver"
    INBOX = "ingest-inbox"


_changing = Lock()
_at_work = dict.fromkeys(Loop, 0)
_last = dict.fromkeys(Loop, time.monotonic())
_beside: ContextVar[bool] = ContextVar("beside the flows", default=False)


@contextmanager
def looking(loop: Loop) -> Iterator[None]:
    """Count what is done here as one look, from its start to its end, also if it fails; unless it is `beside_flows`."""
    if _beside.get():
        yield
        return
    with _changing:
        _at_work[loop] += 1
    try:
        yield
    finally:
        with _changing:
            _at_work[loop] -= 1
            _last[loop] = time.monotonic()


def idle_seconds(loop: Loop) -> float:
    """Return for how long no flow has looked, 0 while one does; counted from `begin_to_count` on."""
    with _changing:
        return 0.0 if _at_work[loop] else time.monotonic() - _last[loop]


def begin_to_count() -> None:
    """Let every loop have looked just now."""
    with _changing:
        _last.update(dict.fromkeys(Loop, time.monotonic()))


def beside_flows() -> None:
    """Let what this asyncio task does from now on not count as a look."""
    _beside.set(True)
