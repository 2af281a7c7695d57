"""Mail servers on loopback that fail in one way each, and keep what they took all the same."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deployments.prefect_server import HOST, free_port


@dataclass
class Taken:
    """The references of the messages that a receiver took, in order; `calls` counts how often somebody came."""

    references: list[str] = field(default_factory=list)
    calls: int = 0


class FaultyMail:
    """Answers each recipient and each message as it is told; `delay_s` is how long it thinks after taking one."""

    def __init__(self, *, recipient: str = "250 OK", message: str = "250 kept", delay_s: float = 0.0) -> None:
        self.taken = Taken()
        self._recipient, self._message, self._delay_s = recipient, message, delay_s

    def heal(self) -> None:
        """Answer well from now on."""
        self._recipient, self._message, self._delay_s = "250 OK", "250 kept", 0.0

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        self.taken.calls += 1
        if self._recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a message if the answer is that it was kept, then think, then answer."""
        if self._message.startswith("250"):
            read = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            self.taken.references.append(str(read["X-Hemgang-Reference"]))
        await asyncio.sleep(self._delay_s)
        return self._message


@contextmanager
def serving(mail: FaultyMail) -> Iterator[int]:
    """Yield the port of a mail server that answers as told."""
    port = free_port()
    controller = Controller(mail, hostname=HOST, port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def silent() -> Iterator[int]:
    """Yield the port of a server that takes calls and says nothing, not even in a TLS handshake."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(128)
        yield int(listening.getsockname()[1])


@contextmanager
def resetting(taken: Taken) -> Iterator[int]:
    """Yield the port of a mail server that breaks the connection off in the middle of a message."""
    import threading

    listening = socket.socket()
    listening.bind((HOST, 0))
    listening.listen(128)

    def serve() -> None:
        while True:
            try:
                call, _ = listening.accept()
            except OSError:
                return
            taken.calls += 1
            with call:
                _break_off(call)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.close()


def _break_off(call: socket.socket) -> None:
    answers = iter((b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"))
    call.settimeout(5)
    try:
        call.sendall(b"220 here\r\n")
        for answer in answers:
            if not call.recv(4096):
                return
            call.sendall(answer)
        call.recv(64)
    except OSError:
        return
    call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
