"""Sending to real receivers on the loopback: what was accepted, refused, too slow or broken off, and what was said."""

import io
import logging
import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hemgang.alerts.channels import SecretUrl
from hemgang.alerts.outcomes import Attempt, Outcome, Reason
from hemgang.alerts.send import LONGEST_TITLE, REFERENCE_HEADER, send, why_unusable

if TYPE_CHECKING:
    from tests.alerts.conftest import Mailbox, WebReceiver

TITLE = "Påminnelse: kallelse till SIP, senast lör 7 mar [7F3K-92AB-C4DE]"
BODY = "Påminnelse: Å Ä Ö å ä ö é.\nAndra raden.\n\nReferens: 7F3K-92AB-C4DE"
REFERENCE = "7F3K-92AB-C4DE"
ACCEPTED = Attempt(Outcome.DELIVERED, Reason.ACCEPTED)


def sent(url: SecretUrl, timeout: float = 5.0) -> Attempt:
    return send(url, TITLE, BODY, REFERENCE, timeout)


def test_an_accepted_mail_is_delivered_as_it_was_written(mailbox: "Mailbox") -> None:
    assert sent(mailbox.url()) == ACCEPTED
    (mail,) = mailbox.mails
    assert mail["Subject"] == TITLE
    assert mail["To"] == "vc@example.invalid"
    assert mail[REFERENCE_HEADER] == REFERENCE
    assert mail["Auto-Submitted"] == "auto-generated"
    assert len(mail.get_all("Message-ID", [])) == 1
    # One plain text: no HTML part, no picture, no attachment.
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == BODY


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("refuse_data", Attempt(Outcome.FAILED, Reason.REFUSED, 554)),
        ("refuse_recipient", Attempt(Outcome.FAILED, Reason.REFUSED, 550)),
        ("hang_up", Attempt(Outcome.UNKNOWN, Reason.CONNECTION_LOST)),
    ],
)
def test_what_a_mail_server_does_to_a_mail(mailbox: "Mailbox", mode: str, expected: Attempt) -> None:
    mailbox.mode = mode
    assert sent(mailbox.url()) == expected


def test_a_slow_mail_server_leaves_the_outcome_unknown_and_a_retry_has_the_same_reference(
    mailbox: "Mailbox",
) -> None:
    mailbox.mode = "slow"
    assert sent(mailbox.url(), timeout=0.5) == Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT)
    mailbox.mode = "accept"
    assert sent(mailbox.url()) == ACCEPTED
    assert [mail[REFERENCE_HEADER] for mail in mailbox.mails] == [REFERENCE, REFERENCE]


@pytest.mark.parametrize(
    "title",
    [
        "Påminnelse\nBcc: all@example.invalid",
        "Påminnelse\r\nBcc: all@example.invalid",
        "Påminnelse\r\n\r\nBcc: all@example.invalid",
        "Påminnelse\u2028Bcc: all@example.invalid\x00",
    ],
)
def test_a_line_break_in_the_title_is_a_space(mailbox: "Mailbox", title: str) -> None:
    assert send(mailbox.url(), title, BODY, REFERENCE, 5.0) == ACCEPTED
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Påminnelse Bcc: all@example.invalid"
    assert mail["Bcc"] is None
    assert mail["To"] == "vc@example.invalid"


def test_a_title_without_end_is_cut(mailbox: "Mailbox") -> None:
    assert send(mailbox.url(), "x" * 5000, BODY, REFERENCE, 5.0) == ACCEPTED
    assert len(mailbox.mails[0]["Subject"]) == LONGEST_TITLE


def test_ten_mails_do_not_wait_for_each_other(mailbox: "Mailbox") -> None:
    # With one Apprise object the second mail would wait 5.5 seconds for the first.
    assert [sent(mailbox.url(), timeout=2.0) for _ in range(10)] == [ACCEPTED] * 10
    assert len(mailbox.mails) == 10


def test_a_web_call_carries_the_reference_in_header_and_body(web: "WebReceiver") -> None:
    assert sent(web.url()) == ACCEPTED
    ((path, headers, payload),) = web.calls
    assert path == "/hook"
    assert headers[REFERENCE_HEADER] == REFERENCE
    assert payload["reference"] == REFERENCE
    assert payload["title"] == TITLE
    assert payload["message"] == BODY
    assert payload["attachments"] == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, ACCEPTED),
        (202, ACCEPTED),
        (400, Attempt(Outcome.FAILED, Reason.REFUSED, 400)),
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
    assert sent(SecretUrl(url)) == Attempt(Outcome.FAILED, Reason.BAD_ADDRESS)


def test_a_library_that_breaks_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch, web: "WebReceiver") -> None:
    import apprise

    def breaks(self: object, **asked: object) -> None:
        raise RuntimeError("something new")

    monkeypatch.setattr(apprise.Apprise, "notify", breaks)
    assert sent(web.url()) == Attempt(Outcome.UNKNOWN, Reason.BROKE)


@pytest.mark.parametrize(
    ("body", "reference", "timeout"), [("", "R", 1.0), (" \n", "R", 1.0), ("b", "", 1.0), ("b", "R", 0.0)]
)
def test_a_message_that_is_none_is_the_callers_fault(body: str, reference: str, timeout: float) -> None:
    with pytest.raises(ValueError, match="needs a body"):
        send(SecretUrl("json://127.0.0.1:1"), "t", body, reference, timeout)


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """Collect what any logger says at any level, as an installation with debugging on would."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(1)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("fault", ["none", "answer", "slow", "hang_up"])
def test_no_log_holds_content_or_address(
    web: "WebReceiver", everything_logged: io.StringIO, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    web.status = 500 if fault == "answer" else 200
    web.slow_seconds = 1.0 if fault == "slow" else 0.0
    web.hang_up = fault == "hang_up"
    url = SecretUrl(web.url("/kanarie-path", "?-sig=kanarie-signature").reveal().replace("://", "://u:kanarie-pw@"))
    attempt = send(url, "kanarie-title", "kanarie-body", "KANARIE-REF", 0.5)
    logging.getLogger("hemgang").info("this one is heard")
    out, err = capfd.readouterr()
    everything = everything_logged.getvalue() + out + err + repr(attempt) + str(attempt)
    assert "this one is heard" in everything
    assert "kanarie" not in everything.lower()


def test_no_log_holds_a_mail(
    mailbox: "Mailbox", everything_logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the receiver's own, which is not ours
    mailbox.mode = "refuse_data"
    send(mailbox.url("kanarie@example.invalid"), "kanarie-title", "kanarie-body", "KANARIE-REF", 5.0)
    assert "kanarie" not in everything_logged.getvalue().lower() + "".join(capfd.readouterr()).lower()


def test_an_address_does_not_show_itself(web: "WebReceiver") -> None:
    url = SecretUrl("json://user:hunter2@example.invalid/hunter2")
    assert "hunter2" not in f"{url} {url!r} {url.__dict__ if hasattr(url, '__dict__') else ''}"
    with pytest.raises(TypeError, match="not written out"):
        pickle.dumps(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("json://example.invalid/hook", None),
        ("mailto://smtp.example.invalid:25?from=a@example.invalid&to=b@example.invalid", None),
        ("mailtos://u:p@smtp.example.invalid?mode=starttls&from=a@example.invalid&to=b@example.invalid", None),
        ("smseagle://token@sms.example.invalid/+46700000000", None),
        ("workflows://host.example.invalid/workflow/signature", None),
        ("matrixs://u:p@matrix.example.invalid/#room", None),
        ("ntfy://ntfy.example.invalid/topic", None),
        ("syslog://", None),
        ("json://", "is not an address that Apprise can read"),
        ("mailto://nobody", "is not an address that Apprise can read"),
        ("hunter2", "is not an address that Apprise can read"),
        ("json://example.invalid?retry=2", "must not say retry: hemgang counts the tries"),
        ("json://example.invalid?optional=yes", "must not say optional: a failure would count as delivered"),
        ("json://example.invalid?redirect=yes", "must not say redirect: alerts go to the address that is written"),
        (
            "jsons://example.invalid?verify=no",
            "must not say verify=no: name the certificate authority to the system instead",
        ),
        (
            "mailto://smtp.example.invalid:25?from=a@example.invalid&to=b@example.invalid&cc=c@example.invalid",
            "must not say cc or bcc: one recipient a channel",
        ),
        (
            "mailto://smtp.example.invalid:25?from=a@example.invalid&to=b@example.invalid,c@example.invalid",
            "reaches several recipients: one channel for each",
        ),
        (
            "smseagle://token@sms.example.invalid/+46700000000/+46700000001",
            "reaches several recipients: one channel for each",
        ),
        ("ntfy://ntfy.example.invalid/one/two", "reaches several recipients: one channel for each"),
        ("mailto://smtp.example.invalid:25?from=a@example.invalid&to=nonsense", "names no recipient"),
        (
            "mailto://smtp.example.invalid:25?from=a@example.invalid&to=b@example.invalid,nonsense",
            "holds something that Apprise would leave out",
        ),
    ],
)
def test_addresses_that_cannot_be_a_channel(url: str, why: str | None) -> None:
    assert why_unusable(SecretUrl(url)) == why
