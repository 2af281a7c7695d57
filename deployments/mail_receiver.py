"""A real SMTP receiver on loopback that keeps every e-mail as a file, for the demo and the tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deployments.server import HOST, free_port


class Keeper:
    """Writes each e-mail to `<number>-<recipient>.eml` in a folder, in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        """Keep e-mails in `folder`, which is made."""
        self.folder = folder
        self.count = 0
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep one e-mail and say so."""
        self.count += 1
        box = re.sub(r"[^a-z0-9-]", "", (envelope.rcpt_tos or ["nobody"])[0].partition("@")[0])
        content = envelope.original_content or b""
        (self.folder / f"{self.count:04d}-{box}.eml").write_bytes(content)
        return "250 kept"


@contextmanager
def mailbox(folder: Path) -> Iterator[tuple[str, int, Keeper]]:
    """Yield host, port and keeper of a receiver that runs until the block ends."""
    keeper = Keeper(folder)
    controller = Controller(keeper, hostname=HOST, port=free_port())
    controller.start()
    try:
        yield HOST, controller.port, keeper
    finally:
        controller.stop()
