"""A call with an end: one that has not answered by then is left to itself, in a thread that holds up nobody.

Apprise has a deadline of its own, in a pool of as many workers as there are processors and four: some slow receivers
fill it, and calls to others then time out before they were tried.
"""

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class _Call(Generic[T]):
    """A call in its thread, with its answer or what it raised."""

    def __init__(self, asked: Callable[[], T]) -> None:
        self._asked = asked
        self.answers: list[T] = []
        self.raised: Exception | None = None

    def run(self) -> None:
        try:
            self.answers.append(self._asked())
        except Exception as fault:  # handed on to the caller, in its own thread
            self.raised = fault


def within(seconds: float, asked: Callable[[], T]) -> T:
    """Return what a call answers within a time; it sees the caller's context variables.

    Raises:
        TimeoutError: it did not answer in time, and goes on by itself; it does not keep the program from ending.
        Exception: whatever the call raised.
    """
    call = _Call(asked)
    thread = Thread(target=copy_context().run, args=(call.run,), daemon=True, name="hemgang-send")
    thread.start()
    thread.join(seconds)
    if call.raised is not None:
        raise call.raised
    if not call.answers:
        raise TimeoutError(f"no answer within {seconds} seconds")
    return call.answers[0]
