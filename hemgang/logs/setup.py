"""Sets a process's logging up: one handler for all, libraries kept quiet, and no traceback of an error that ends it."""

import logging
import os
import sys
import threading
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

from hemgang.errors import ConfigurationError
from hemgang.logs.events import Event
from hemgang.logs.forms import PlainLines
from hemgang.logs.handler import Lines
from hemgang.logs.saying import event

LEVEL = "HEMGANG_LOG_LEVEL"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

QUIET: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(
        (
            "aiosmtpd",
            "aiosqlite",
            "apprise",
            "asyncio",
            "docket",
            "httpcore",
            "httpx",
            "mail",
            "prefect",
            "psycopg",
            "redis",
            "sqlalchemy",
            "urllib3",
            "websockets",
        ),
        logging.WARNING,
    )
)
"""Libraries that say what they carry: heard from this level on, whatever `HEMGANG_LOG_LEVEL` says."""

log = logging.getLogger("hemgang")


def configure(*, form: str | None = None, level: str | None = None) -> None:
    """Let this process log through one handler on standard error; to be called once, when its libraries are imported.

    `form` and `level` go before `HEMGANG_LOG` and `HEMGANG_LOG_LEVEL` (INFO unless set). Handlers of libraries that
    stay, such as Prefect's to its own API, get the plain form.

    Raises:
        ConfigurationError: the environment asks for a form or level that there is none of.
    """
    handler = Lines(form)
    wanted = level_wanted(level=level)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(wanted)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, wanted))
    for theirs in _handlers_of_others():
        theirs.setFormatter(PlainLines())
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    sys.unraisablehook = lambda what: _tell(what.exc_value)
    threading.excepthook = lambda what: _tell(what.exc_value)


def level_wanted(environment: Mapping[str, str] = os.environ, *, level: str | None = None) -> int:
    """Return the level that is asked for, as the number that logging has for it.

    Raises:
        ConfigurationError: there is no such level.
    """
    name = (level or environment.get(LEVEL) or "INFO").upper()
    if name not in LEVELS:
        raise ConfigurationError(f"{LEVEL}: write one of {', '.join(LEVELS)}")
    return int(getattr(logging, name))


def _handlers_of_others() -> list[logging.Handler]:
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return [handler for one in loggers for handler in one.handlers if not isinstance(handler, Lines)]


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt):
        return
    _tell(error.with_traceback(trace))


def _tell(error: BaseException | None) -> None:
    if error is not None:
        event(log, Event.UNEXPECTED, error=error)
