"""The transport: sends one message over one channel, and why it failed; the only place that knows Apprise (3.4).

Written against Apprise 2.0, with a fresh object each time, because a used one waits 5.5 seconds between two e-mails.
Why a send failed stands only in what the libraries would log: a number and a kind of fault are kept of it, never its
words, and none of it reaches a log, since Apprise logs title and body and urllib3 the path of an address (3.3 and 6).
The end of a call is ours: Apprise's own deadline has a pool that some slow receivers fill, and then others are never
tried.
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

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

T = TypeVar("T")

REFERENCE_HEADER = "X-Hemgang-Reference"
"""The header of e-mails and web calls that carries the reference; web calls have it as `reference` in the body too."""

LONGEST_TITLE = 200

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

_GRACE_SECONDS = 1.0
_GATEWAY_TIMEOUT = 504
_PERMANENT_ON_MAIL = frozenset({500, 501, 502, 503, 504, 521, 530, 535, 538, 550, 551, 553, 554, 556})
_PERMANENT_ON_WEB = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Answers that the same message gets again: wrong credentials, no such box, not allowed (RFC 5321, RFC 9110)."""


class TransportError(Exception):
    """A message was not accepted, or nobody knows: the outcome, why, and the number that the receiver answered.

    `permanent`: another try on the same channel would end the same.
    """

    def __init__(
        self, outcome: Outcome, reason: Reason, answered: int | None = None, *, permanent: bool = False
    ) -> None:
        self.attempt = Attempt(outcome, reason, answered, permanent=permanent)
        super().__init__(str(self.attempt))


def send(url: SecretUrl, title: str, body: str, reference: str, timeout: float) -> Attempt:
    """Send one message and say what became of it; a fault of the channel is an outcome, never an exception.

    `timeout` in seconds; after it the outcome is unknown, and so it is when the connection broke with the message
    under way. The receiver may get a message twice, always with the same reference.

    Raises:
        ValueError: there is no body or no reference, or the timeout is not above 0.
    """
    if not body.strip() or not reference or timeout <= 0:
        raise ValueError("a message needs a body, a reference and a timeout above 0 seconds")
    try:
        _notify(url, _one_line(title), _text(body), reference, timeout)
    except TransportError as error:
        return error.attempt
    return Attempt(Outcome.DELIVERED, Reason.ACCEPTED)


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


_log_of_call: ContextVar[TransportLog | None] = ContextVar("hemgang_log_of_call", default=None)


class _Silence(logging.Filter):
    """Lets no record through to any handler; the log of the call in the same context takes what may be kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _log_of_call.get()
        if heard is not None:
            heard.hear(record)
        return False


_SILENCE = _Silence()


@contextmanager
def capturing_logs() -> Iterator[TransportLog]:
    """Silence the libraries' loggers for good, and give what they say inside the block.

    The context is copied into the threads that Apprise starts, so a late word of an abandoned send is taken by
    no other call.
    """
    for name in SILENCED:
        logger = logging.getLogger(name)
        logger.addFilter(_SILENCE)
        logger.setLevel(logging.DEBUG)
    heard = TransportLog()
    token = _log_of_call.set(heard)
    try:
        yield heard
    finally:
        _log_of_call.reset(token)


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


def _notify(url: SecretUrl, title: str, body: str, reference: str, timeout: float) -> None:
    """Hand a message to the channel.

    Raises:
        TransportError: it was not accepted, or whether it was is not known.
    """
    from apprise import Apprise, AppriseResultStatus

    with capturing_logs() as heard:
        asset = _asset()
        service = _service(url, asset)
        if service is None:
            raise TransportError(Outcome.FAILED, Reason.BAD_ADDRESS, permanent=True)
        _set_limits(service, timeout)
        _set_reference(service, reference)
        sender = Apprise(asset=asset)
        sender.add(service)
        try:
            result = call_within(timeout, lambda: sender.notify(body=body, title=title, body_format="text"))
        except TimeoutError:
            raise TransportError(Outcome.UNKNOWN, Reason.TIMED_OUT) from None
        except Exception:  # the border to code that is not ours: whatever broke, the message may be under way
            raise TransportError(Outcome.UNKNOWN, Reason.BROKE) from None
    if result.status is not AppriseResultStatus.SUCCESS:
        raise _error(heard, mail=url.is_mail)


def _error(heard: TransportLog, *, mail: bool) -> TransportError:
    """What a failure means: refused by an answer, never reached, or broken off while under way."""
    if heard.broke:
        return TransportError(Outcome.UNKNOWN, Reason.BROKE)
    if heard.answered == _GATEWAY_TIMEOUT:
        return TransportError(Outcome.UNKNOWN, Reason.TIMED_OUT, heard.answered)
    if heard.answered is None and heard.lost and not heard.unreachable:
        return TransportError(Outcome.UNKNOWN, Reason.CONNECTION_LOST)
    if heard.answered is None:
        return TransportError(Outcome.FAILED, Reason.UNREACHABLE if heard.unreachable else Reason.REFUSED)
    permanent = heard.answered in (_PERMANENT_ON_MAIL if mail else _PERMANENT_ON_WEB)
    return TransportError(Outcome.FAILED, Reason.REFUSED, heard.answered, permanent=permanent)


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


def _one_line(text: str) -> str:
    """Return a title as one line of printable characters: a line break in it would lose the whole message."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:LONGEST_TITLE]


def _text(body: str) -> str:
    """Return a body with line breaks and no other control characters."""
    return "".join(char for char in body if char == "\n" or char.isprintable())


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
