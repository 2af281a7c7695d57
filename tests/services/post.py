"""A mail server that can refuse boxes, and a small directory whose people it serves; for tests of delivery only."""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deployments.prefect_server import HOST, free_port

REFERENCE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b")


@dataclass(frozen=True)
class Mail:
    """One e-mail as it came: to whom, its reference, its text, all of its bytes."""

    box: str
    reference: str
    text: str
    raw: bytes

    @property
    def references(self) -> frozenset[str]:
        """The references of the alerts in it (that of the e-mail itself too, if it holds more than one)."""
        return frozenset(REFERENCE.findall(self.text))


@dataclass
class Post:
    """Keeps what it takes; boxes in `refusing` are turned away."""

    refusing: set[str] = field(default_factory=set)
    answer: str = "451 not now"
    mails: list[Mail] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        box = address.partition("@")[0]
        if box in self.refusing:
            self.refused[box] += 1
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        read = message_from_bytes(raw, policy=policy.default)
        body = read.get_body(("plain", "html"))
        text = f"{read['Subject']}\n{body.get_content() if body is not None else ''}"
        box = envelope.rcpt_tos[0].partition("@")[0]
        self.mails.append(Mail(box, str(read["X-Hemgang-Reference"]), text, raw))
        return "250 kept"

    def to(self, box: str) -> list[Mail]:
        """Return what a box got."""
        return [mail for mail in self.mails if mail.box == box]

    @property
    def alerts(self) -> Counter[str]:
        """How often each alert's reference was received."""
        return Counter(one for mail in self.mails for one in mail.references)


@contextmanager
def post_office() -> Iterator[Post]:
    """Yield a mail server on the loopback that runs until the block ends."""
    post = Post()
    post.port = free_port()
    controller = Controller(post, hostname=HOST, port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def small_directory(folder: Path, port: int, *, ward: str = "ward", fallback: str = "duty-phone") -> Path:
    """Write a directory of one ward with its people, whose boxes are named like them."""
    boxes = (ward, fallback, "nurse", "boss", "operator")
    channels = "".join(
        f'\n[[channel]]\nid = "mail-{box}"\n'
        f'url = "mailto://{HOST}:{port}?from=hemgang@example.invalid&to={box}@example.invalid"\n'
        + (f'fallback = "mail-{fallback}"\n' if box == ward else "")
        for box in boxes
    )
    path = folder / "directory.toml"
    path.write_text(_PEOPLE.format(ward=ward) + channels, encoding="utf-8")
    return path


_PEOPLE = """\
[operator]
channel = "mail-operator"

[[unit]]
id = "ward-1"
kind = "ward"
hours = "always"
channel = "mail-{ward}"
backup = "nurse"
manager = "boss"

[[contact]]
id = "nurse"
hours = "always"
channel = "mail-nurse"

[[contact]]
id = "boss"
hours = "always"
channel = "mail-boss"
"""


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield the port of a server that takes calls and never answers."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(64)
        yield int(listening.getsockname()[1])
