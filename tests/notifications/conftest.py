"""Real receivers on the loopback, and episodes to route: a mail server and a web server that misbehave on request."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from hemgang.episode.model import Episode, Fact, Patient, PayerFrom, State
from hemgang.notifications.channels import SecretUrl


def free_port() -> int:
    """Return a port on the loopback on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """A mail server; `mode` is how it receives: accept, refuse_data, refuse_recipient, slow or hang_up."""

    def __init__(self) -> None:
        self.mode = "accept"
        self.slow_seconds = 2.0
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def url(self, to: str = "vc@example.invalid", extra: str = "") -> SecretUrl:
        return SecretUrl(f"mailto://127.0.0.1:{self.port}?from=hemgang@example.invalid&to={to}{extra}")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.mode == "refuse_recipient":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.mode == "slow":
            await asyncio.sleep(self.slow_seconds)
        if self.mode == "hang_up":
            server.transport.abort()
        return "554 5.7.1 not wanted" if self.mode == "refuse_data" else "250 OK"


class WebReceiver:
    """A web server; it answers with `status`, after `slow_seconds`, or hangs up when `hang_up` is set."""

    def __init__(self) -> None:
        self.status = 200
        self.slow_seconds = 0.0
        self.hang_up = False
        self.location = ""
        self.calls: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.calls.append((self.path, dict(self.headers), json.loads(self.rfile.read(length))))
                receiver.released.wait(receiver.slow_seconds)
                if receiver.hang_up:
                    self.connection.close()
                    return
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def url(self, path: str = "/hook", extra: str = "") -> SecretUrl:
        return SecretUrl(f"json://127.0.0.1:{self.server.server_port}{path}{extra}")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    receiver = WebReceiver()
    receiver.thread.start()
    yield receiver
    receiver.released.set()
    receiver.server.shutdown()
    receiver.server.server_close()
    receiver.thread.join()


@pytest.fixture
def closed_port() -> int:
    return free_port()


@pytest.fixture
def episode() -> Episode:
    """An episode of a patient from Krokom on ward-medicine, registered at care-centre-north."""
    admitted_at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Episode(
        id="E1",
        state=State.PLANNING,
        opened=Fact("m1", admitted_at, sender="ward-medicine"),
        region="23",
        patient=Patient("somatic", "voluntary", "unknown", 81, None, "care-centre-north"),
        payers=(PayerFrom("2309", date(2026, 3, 2), "m1"), PayerFrom("2380", date(2026, 3, 10), "m7")),
        periods=(),
        leaves=(),
        end=None,
        findings=(),
        care_contacts=(
            Fact("m2", datetime(2026, 3, 3, 9, tzinfo=UTC), "coordinator-north-1"),
            Fact("m3", datetime(2026, 3, 5, 9, tzinfo=UTC), "coordinator-south-1"),
        ),
    )
