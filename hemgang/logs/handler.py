"""The handler that writes to standard error; Prefect's processes get it by deployments/logging.yml."""

import logging
import sys
from typing import TextIO

from hemgang.logs.forms import JsonLines, PlainLines
from hemgang.settings import read_settings

FORMS = {"json": JsonLines, "text": PlainLines}


class Lines(logging.StreamHandler[TextIO]):
    """Writes one line a record in the form that `HEMGANG_LOG` names: json, or text; without it text on a terminal.

    A line that cannot be written is lost without a word: the library's own complaint would show the record's arguments.
    """

    def __init__(self, form: str | None = None) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(FORMS[form or form_wanted()]())
        logging.raiseExceptions = False  # of every handler of this process, for the same reason

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing, see above."""


def form_wanted() -> str:
    """Return the form that the environment asks for, else text on a terminal and JSON elsewhere.

    Raises:
        SettingsError: it cannot be used.
    """
    if wanted := read_settings().log:
        return wanted
    return "text" if sys.stderr is not None and sys.stderr.isatty() else "json"
