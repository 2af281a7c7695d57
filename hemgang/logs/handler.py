"""The handler that writes to standard error; Prefect's processes get it by deployments/logging.yml."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from hemgang.errors import ConfigurationError
from hemgang.logs.forms import JsonLines, PlainLines

FORM = "HEMGANG_LOG"
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


def form_wanted(environment: Mapping[str, str] = os.environ) -> str:
    """Return the form that the environment asks for, else text on a terminal and JSON elsewhere.

    Raises:
        ConfigurationError: it asks for a form that there is none of.
    """
    wanted = environment.get(FORM, "")
    if not wanted:
        return "text" if sys.stderr is not None and sys.stderr.isatty() else "json"
    if wanted not in FORMS:
        raise ConfigurationError(f"{FORM}: write {' or '.join(FORMS)}")
    return wanted
