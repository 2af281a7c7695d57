"""No log, error or listing holds an address or a message; addresses that would are refused."""

import io
import logging
import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.transport import send, why_unusable

if TYPE_CHECKING:
    from tests.notifications.conftest import Mailbox, WebReceiver


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
        ("json://example.invalid?rto=soon", "holds something that Apprise would leave out"),
    ],
)
def test_addresses_that_cannot_be_a_channel(url: str, why: str | None) -> None:
    assert why_unusable(SecretUrl(url)) == why
