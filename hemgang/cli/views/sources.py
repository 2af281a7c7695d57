"""The files of messages that a user names: opened, and called by a name that may be repeated."""

import sys
from collections.abc import Iterator

from hemgang.cli.errors import WrongUse
from hemgang.messages.identity import holds_identity_number
from hemgang.messages.lines import Line
from hemgang.messages.source import STANDARD_INPUT, open_source

_LONGEST_NAME = 255


def lines_of(file: str) -> Iterator[Line]:
    """Return the lines of a file, or of standard input for `-`.

    Raises:
        WrongUse: there is no standard input.
    """
    if file == STANDARD_INPUT and sys.stdin is None:
        raise WrongUse("-: there is no standard input")
    return open_source(file)


def source_name(file: str, number: int) -> str:
    """Return what a source is called in reports and in the quarantine: its name, unless that may name a person."""
    return f"file {number}" if holds_identity_number(file) else file[-_LONGEST_NAME:]
