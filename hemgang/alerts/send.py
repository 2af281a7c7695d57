"""Sends one message to one recipient over one channel: the only place that knows Apprise (specification 3.4).

Written against Apprise 2.0: `notify` gives an AppriseResult with a status. A fresh object each time, because a used
one waits 5.5 seconds between two e-mails.
"""

from typing import TYPE_CHECKING

from hemgang.alerts.channels import SecretUrl
from hemgang.alerts.deadline import within
from hemgang.alerts.listening import Heard, listening
from hemgang.alerts.outcomes import Attempt, Outcome, Reason

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

    with listening() as heard:
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
            result = within(timeout, lambda: sender.notify(body=plain, title=line, body_format="text"))
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
    with listening() as heard:
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


def _failure(heard: Heard) -> Attempt:
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
