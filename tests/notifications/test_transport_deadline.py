"""A call with an end: its answer, its fault, or nothing in time."""

import threading
from contextvars import ContextVar

import pytest

from hemgang.notifications.transport import call_within


def test_a_call_in_time_gives_its_answer() -> None:
    assert call_within(5.0, lambda: "answer") == "answer"
    assert call_within(5.0, lambda: None) is None  # no answer worth having is an answer


def test_a_call_that_raises_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        call_within(5.0, lambda: 1 // 0)


def test_a_call_that_takes_too_long_is_left_alone() -> None:
    released, finished = threading.Event(), threading.Event()

    def slow() -> None:
        released.wait(10)
        finished.set()

    with pytest.raises(TimeoutError):
        call_within(0.05, slow)
    assert not finished.is_set()
    released.set()
    assert finished.wait(5)  # it went on by itself


def test_a_call_does_not_keep_the_program_from_ending() -> None:
    assert call_within(5.0, lambda: threading.current_thread().daemon)


def test_a_call_sees_the_context_of_the_caller() -> None:
    variable = ContextVar("variable", default="none")
    variable.set("mine")
    assert call_within(5.0, variable.get) == "mine"
