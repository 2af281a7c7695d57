"""Keeps what the sending libraries would log out of every log, and hears from it why a send failed.

Apprise logs title and body at DEBUG, urllib3 the path of an address with its secret; neither may reach a log
(specification 3.3 and 6). From what it says only a number and a kind of fault are kept, never its words.

Sends one message to one recipient over one channel: the only place that knows Apprise (specification 3.4).

Written against Apprise 2.0: `notify` gives an AppriseResult with a status. A fresh object each time, because a used
one waits 5.5 seconds between two e-mails.

A call with an end: one that has not answered by then is left to itself, in a thread that holds up nobody.

Apprise has a deadline of its own, in a pool of as many workers as there are processors and four: some slow receivers
fill it, and calls to others then time out before they were tried.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.retry import Attempt, Outcome, Reason

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
class TransportLog:
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


_listening: ContextVar[TransportLog | None] = ContextVar("hemgang_listening", default=None)


class _Silence(logging.Filter):
    """Lets no record through to any handler; a listener in the same context hears it."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _listening.get()
        if heard is not None:
            heard.hear(record)
        return False


_SILENCE = _Silence()


@contextmanager
def capturing_logs() -> Iterator[TransportLog]:
    """Silence the libraries' loggers for good, and give what is heard from them inside the block.

    The context is copied into the threads that Apprise starts, so a late word of an abandoned send is heard by
    nobody else's listener.
    """
    for name in SILENCED:
        logger = logging.getLogger(name)
        logger.addFilter(_SILENCE)
        logger.setLevel(logging.DEBUG)
    heard = TransportLog()
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)


if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

REFERENCE_HEADER = "X-Hemgang-Reference"
"""The header of e-mails and web calls that carries the reference; web calls have it as `reference` in the body too."""

LONGEST_TITLE = 200

_GRACE_SECONDS = 1.0
_GATEWAY_TIMEOUT = 504


def send(url: SecretUrl, title: str, body: str, reference: str, timeout: float) -> Attempt:
    """Send one message and say what became of it; a fault of the channel is an outcome, never an exception.

    `timeout` in seconds; after it the outcome is unknown, and so it is when the connection broke with the message
    under way. The receiver may get a message twice, always with the same reference.

    Raises:
        ValueError: there is no body or no reference, or the timeout is not above 0.
    """
    if not body.strip() or not reference or timeout <= 0:
        raise ValueError("a message needs a body, a reference and a timeout above 0 seconds")
    from apprise import Apprise, AppriseResultStatus

    with capturing_logs() as heard:
        asset = _asset()
        service = _service(url, asset)
        if service is None:
            return Attempt(Outcome.FAILED, Reason.BAD_ADDRESS)
        _set_limits(service, timeout)
        _set_reference(service, reference)
        sender = Apprise(asset=asset)
        sender.add(service)
        plain, line = _text(body), _one_line(title)
        try:
            result = call_within(timeout, lambda: sender.notify(body=plain, title=line, body_format="text"))
        except TimeoutError:
            return Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT)
        except Exception:  # the border to code that is not ours: whatever broke, the message may be under way
            return Attempt(Outcome.UNKNOWN, Reason.BROKE)
    if result.status is AppriseResultStatus.SUCCESS:
        return Attempt(Outcome.DELIVERED, Reason.ACCEPTED)
    return _failure(heard)


def why_unusable(url: SecretUrl) -> str | None:
    """Return why an address cannot be a channel, in words that do not show it; None if it can.

    Nothing is sent. An address is refused where it reaches several recipients, so that a retry repeats nothing that
    arrived, and where it would change what an outcome means or how safely it is sent.
    """
    with capturing_logs() as heard:
        service = _service(url, _asset())
    if service is None:
        return "is not an address that Apprise can read"
    faults = {
        "must not say retry: hemgang counts the tries": service.retry != 0,
        "must not say optional: a failure would count as delivered": bool(service.optional),
        "must not say redirect: alerts go to the address that is written": bool(service.redirects),
        "must not say verify=no: name the certificate authority to the system instead": not service.verify_certificate,
        "must not say cc or bcc: one recipient a channel": bool(
            getattr(service, "cc", None) or getattr(service, "bcc", None)
        ),
        "reaches several recipients: one channel for each": len(service) > 1,
        "names no recipient": getattr(service, "targets", None) == [],
        "holds something that Apprise would leave out": heard.complaints > 0,
    }
    return next((text for text, found in faults.items() if found), None)


def _asset() -> "AppriseAsset":
    """Return settings under which nothing is followed, drawn, converted, stored or attached."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="hemgang",
        app_desc="hemgang",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        interpret_emojis=False,
        interpret_escapes=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        timezone="Europe/Stockholm",
        service_timeout=0,  # the end of a call is ours, see `within`
    )


def _service(url: SecretUrl, asset: "AppriseAsset") -> "NotifyBase | None":
    from apprise import Apprise

    return Apprise.instantiate(url.reveal(), asset=asset)


def _set_limits(service: "NotifyBase", timeout: float) -> None:
    """Let the sockets give up after the call's own end, since Apprise reports their timeout as a failure."""
    service.socket_connect_timeout = timeout + _GRACE_SECONDS
    service.socket_read_timeout = timeout + _GRACE_SECONDS
    service.redirects = False
    service.retry = 0
    service.optional = False


def _set_reference(service: "NotifyBase", reference: str) -> None:
    """Let the reference travel beside the text, where the kind of channel has room for it."""
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers[REFERENCE_HEADER] = reference
        if service.schema.startswith("mailto"):
            headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence replies
    extras = getattr(service, "payload_extras", None)
    if isinstance(extras, dict):
        extras["reference"] = reference


def _failure(heard: TransportLog) -> Attempt:
    """Return what a failure means: refused by an answer, never reached, or broken off while under way."""
    if heard.broke:
        return Attempt(Outcome.UNKNOWN, Reason.BROKE)
    if heard.answered == _GATEWAY_TIMEOUT:
        return Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT, heard.answered)
    if heard.answered is None and heard.lost and not heard.unreachable:
        return Attempt(Outcome.UNKNOWN, Reason.CONNECTION_LOST)
    reason = Reason.UNREACHABLE if heard.unreachable and heard.answered is None else Reason.REFUSED
    return Attempt(Outcome.FAILED, reason, heard.answered)


def _one_line(text: str) -> str:
    """Return a title as one line of printable characters: a line break in it would lose the whole message."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:LONGEST_TITLE]


def _text(body: str) -> str:
    """Return a body with line breaks and no other control characters."""
    return "".join(char for char in body if char == "\n" or char.isprintable())


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


def call_within(seconds: float, asked: Callable[[], T]) -> T:
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
