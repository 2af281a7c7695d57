"""Sets a process's logging up: one handler for all, libraries kept quiet, and no traceback of an error that ends it."""

import logging
import sys
import threading
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

from hemgang.logs.events import Event
from hemgang.logs.forms import PlainLines
from hemgang.logs.handler import Lines
from hemgang.logs.saying import event
from hemgang.settings import Settings, read_settings

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


def configure(settings: Settings | None = None) -> None:
    """Let this process log through one handler on standard error; to be called once, when its libraries are imported.

    Without `settings` the environment says in which form and from which level on. Handlers of libraries that stay, such
    as Prefect's to its own API, get the plain form.

    Raises:
        SettingsError: the environment cannot be used.
    """
    found = settings or read_settings()
    handler = Lines(found.log)
    wanted = logging.getLevelNamesMapping()[found.log_level]
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
