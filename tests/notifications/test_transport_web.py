"""Web calls to a real web server on the loopback, and what becomes of messages that reach nobody."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.retry import Attempt, Outcome, Reason
from hemgang.notifications.transport import REFERENCE_HEADER, send

if TYPE_CHECKING:
    from tests.notifications.conftest import Mailbox, WebReceiver


TITLE = "Påminnelse: kallelse till SIP, senast lör 7 mar [7F3K-92AB-C4DE]"
BODY = "Påminnelse: Å Ä Ö å ä ö é.\nAndra raden.\n\nReferens: 7F3K-92AB-C4DE"
REFERENCE = "7F3K-92AB-C4DE"
ACCEPTED = Attempt(Outcome.DELIVERED, Reason.ACCEPTED)


def sent(url: SecretUrl, timeout: float = 5.0) -> Attempt:
    return send(url, TITLE, BODY, REFERENCE, timeout)


def test_a_web_call_carries_the_reference_in_header_and_body(web: "WebReceiver") -> None:
    assert sent(web.url()) == ACCEPTED
    ((path, headers, payload),) = web.calls
    assert path == "/hook"
    assert headers[REFERENCE_HEADER] == REFERENCE
    assert payload["reference"] == REFERENCE
    assert payload["title"] == TITLE
    assert payload["message"] == BODY
    assert payload["attachments"] == []


def test_no_picture_is_fetched_from_elsewhere(web: "WebReceiver") -> None:
    push = SecretUrl(f"ntfy://127.0.0.1:{web.server.server_port}/topic")
    assert sent(push) == ACCEPTED
    ((_, headers, payload),) = web.calls
    assert "X-Icon" not in headers
    assert "github.com" not in str(headers) + str(payload)
    assert (payload["title"], payload["message"]) == (TITLE, BODY)


def test_control_characters_are_left_out(web: "WebReceiver") -> None:
    assert send(web.url(), "Påminnelse\x07", "en\x00 rad\x1b[31m\r\noch en", REFERENCE, 5.0) == ACCEPTED
    ((_, _, payload),) = web.calls
    assert (payload["title"], payload["message"]) == ("Påminnelse", "en rad[31m\noch en")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, ACCEPTED),
        (202, ACCEPTED),
        (400, Attempt(Outcome.FAILED, Reason.REFUSED, 400, permanent=True)),
        (429, Attempt(Outcome.FAILED, Reason.REFUSED, 429)),
        (500, Attempt(Outcome.FAILED, Reason.REFUSED, 500)),
        (503, Attempt(Outcome.FAILED, Reason.REFUSED, 503)),
        (504, Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT, 504)),  # somebody behind it may have the call
    ],
)
def test_what_a_web_server_answers(web: "WebReceiver", status: int, expected: Attempt) -> None:
    web.status = status
    assert sent(web.url()) == expected
    assert len(web.calls) == 1  # Apprise tries once; trying again is for the outbox


def test_a_slow_web_server_leaves_the_outcome_unknown(web: "WebReceiver") -> None:
    web.slow_seconds = 5.0
    assert sent(web.url(), timeout=0.5) == Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT)
    assert len(web.calls) == 1


def test_a_server_slower_than_apprise_likes_is_waited_for(web: "WebReceiver") -> None:
    # Apprise gives up reading after 4 seconds by itself and calls it a failure; our timeout is the only one.
    web.slow_seconds = 4.5
    assert sent(web.url(), timeout=10.0) == ACCEPTED


def test_a_web_server_that_hangs_up_may_have_the_message(web: "WebReceiver") -> None:
    web.hang_up = True
    assert sent(web.url()) == Attempt(Outcome.UNKNOWN, Reason.CONNECTION_LOST)


def test_a_redirect_is_not_followed(web: "WebReceiver") -> None:
    web.status, web.location = 307, "/elsewhere"
    assert sent(web.url()) == Attempt(Outcome.FAILED, Reason.REFUSED, 307)
    # Not even where the address asks for it; the directory refuses such an address, and so does the sender.
    assert sent(web.url(extra="?redirect=yes")) == Attempt(Outcome.FAILED, Reason.REFUSED, 307)
    assert [path for path, _, _ in web.calls] == ["/hook", "/hook"]


@pytest.mark.parametrize("scheme", ["mailto", "json"])
def test_nobody_listening_is_a_failure(scheme: str, closed_port: int) -> None:
    extra = "?from=a@example.invalid&to=b@example.invalid" if scheme == "mailto" else ""
    attempt = sent(SecretUrl(f"{scheme}://127.0.0.1:{closed_port}{extra}"))
    assert attempt == Attempt(Outcome.FAILED, Reason.UNREACHABLE)


@pytest.mark.parametrize("scheme", ["mailto", "json"])
def test_an_unknown_host_is_a_failure(scheme: str) -> None:
    extra = "?from=a@example.invalid&to=b@example.invalid" if scheme == "mailto" else ""
    attempt = sent(SecretUrl(f"{scheme}://smtp.example.invalid:25{extra}"), timeout=20.0)
    assert attempt == Attempt(Outcome.FAILED, Reason.UNREACHABLE)


@pytest.mark.parametrize("url", ["", "nonsense", "json://", "mailto://x", "nosuch://host"])
def test_an_address_that_cannot_be_read_is_a_failure(url: str) -> None:
    assert sent(SecretUrl(url)) == Attempt(Outcome.FAILED, Reason.BAD_ADDRESS, permanent=True)


@pytest.mark.parametrize("broken", ["Apprise.notify", "plugins.custom_json.requests.request"])
def test_a_library_that_breaks_leaves_the_outcome_unknown(
    monkeypatch: pytest.MonkeyPatch, web: "WebReceiver", broken: str
) -> None:
    # Whether in Apprise itself or in the part for one kind of address, which Apprise calls a failure.
    def breaks(*given: object, **asked: object) -> None:
        raise RuntimeError("something new")

    monkeypatch.setattr(f"apprise.{broken}", breaks)
    assert sent(web.url()) == Attempt(Outcome.UNKNOWN, Reason.BROKE)


def test_many_slow_receivers_hold_up_no_other(web: "WebReceiver", mailbox: "Mailbox") -> None:
    # Apprise's own pool has six workers on two processors: twelve calls in it would starve the mail.
    web.slow_seconds = 2.0
    with ThreadPoolExecutor(16) as senders:
        slow = [senders.submit(sent, web.url(), 1.0) for _ in range(12)]
        mails = [senders.submit(sent, mailbox.url(), 1.0) for _ in range(4)]
        assert [mail.result() for mail in mails] == [ACCEPTED] * 4
        assert {call.result() for call in slow} == {Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT)}
    assert len(web.calls) == 12


@pytest.mark.parametrize("fault", ["?optional=yes", "?retry=3&wait=0"])
def test_what_an_address_asks_for_does_not_change_the_outcome(web: "WebReceiver", fault: str) -> None:
    # The directory refuses such an address; the sender does not rely on it.
    web.status = 500
    assert sent(web.url(extra=fault)) == Attempt(Outcome.FAILED, Reason.REFUSED, 500)
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("body", "reference", "timeout"), [("", "R", 1.0), (" \n", "R", 1.0), ("b", "", 1.0), ("b", "R", 0.0)]
)
def test_a_message_that_is_none_is_the_callers_fault(body: str, reference: str, timeout: float) -> None:
    with pytest.raises(ValueError, match="needs a body"):
        send(SecretUrl("json://127.0.0.1:1"), "t", body, reference, timeout)
