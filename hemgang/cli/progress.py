"""A line on the terminal that says how far long work has come; nothing where standard error is no terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

EVERY = 500


def told(text: str) -> None:
    """Replace the line of progress by another; "" takes it away."""
    if _is_terminal():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def counted(things: Iterable[T], what: str) -> Iterator[T]:
    """Yield the things, telling how many have gone by."""
    for number, thing in enumerate(things):
        if number % EVERY == 0:
            told(f"{number} {what} …")
        yield thing
    told("")


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
