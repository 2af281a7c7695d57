"""Mails to a real mail server on the loopback: accepted, refused, too slow or broken off, and what is in them."""

from typing import TYPE_CHECKING

import pytest

from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.retry import Attempt, Outcome, Reason
from hemgang.notifications.transport import LONGEST_TITLE, REFERENCE_HEADER, send

if TYPE_CHECKING:
    from tests.notifications.conftest import Mailbox


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
        ("refuse_data", Attempt(Outcome.FAILED, Reason.REFUSED, 554, permanent=True)),
        ("refuse_recipient", Attempt(Outcome.FAILED, Reason.REFUSED, 550, permanent=True)),
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


def test_a_server_without_encryption_gets_no_mail_that_asks_for_it(mailbox: "Mailbox") -> None:
    secure = SecretUrl(mailbox.url().reveal().replace("mailto:", "mailtos:") + "&mode=starttls")
    assert sent(secure) == Attempt(Outcome.FAILED, Reason.UNREACHABLE)
    assert mailbox.mails == []
