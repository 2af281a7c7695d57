"""Keeps what the sending libraries would log out of every log, and hears from it why a send failed.

Apprise logs title and body at DEBUG, urllib3 the path of an address with its secret; neither may reach a log
(specification 3.3 and 6). From what it says only a number and a kind of fault are kept, never its words.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SILENCED = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection")

_ANSWER = re.compile(r"error=(\d{3})\b|was refused: (\d{3})\b|\((\d{3}), b?['\"]")
_NEVER_SENT = re.compile(
    r"connection refused|NewConnectionError|ConnectTimeout|name or service not known|name resolution|nodename"
    r"|no route to host|network is unreachable|CERTIFICATE_VERIFY_FAILED|SSLError|STARTTLS",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"timed out|aborted|unexpectedly closed|reset by peer|broken pipe|without response|not connected|incomplete",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Heard:
    """What a call said of itself: the receiver's number, and whether the connection failed before or after sending."""

    answered: int | None = None
    unreachable: bool = False
    lost: bool = False
    broke: bool = False
    complaints: int = 0

    def hear(self, record: logging.LogRecord) -> None:
        """Take from one log record what may be kept of it."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.complaints += 1
        if text.startswith("Notification service") and text.endswith("raised an exception."):
            self.broke = True
        if not text.startswith(("Socket Exception", "Failed to send", "SMTP recipient")):
            return  # only these speak of the answer; others hold what was sent
        if answer := _ANSWER.search(text):
            self.answered = next(int(number) for number in answer.groups() if number)
        elif _NEVER_SENT.search(text):
            self.unreachable = True
        elif _LOST.search(text):
            self.lost = True


_listening: ContextVar[Heard | None] = ContextVar("hemgang_listening", default=None)


class _Silence(logging.Filter):
    """Lets no record through to any handler; a listener in the same context hears it."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _listening.get()
        if heard is not None:
            heard.hear(record)
        return False


_SILENCE = _Silence()


@contextmanager
def listening() -> Iterator[Heard]:
    """Silence the libraries' loggers for good, and give what is heard from them inside the block.

    The context is copied into the threads that Apprise starts, so a late word of an abandoned send is heard by
    nobody else's listener.
    """
    for name in SILENCED:
        logger = logging.getLogger(name)
        logger.addFilter(_SILENCE)
        logger.setLevel(logging.DEBUG)
    heard = Heard()
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)
