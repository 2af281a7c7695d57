"""The demo's report, mostly by commands that anyone can give afterwards, and the receiver that keeps its e-mails."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deployments.demo.clock import MonthReport
from deployments.prefect_server import HOST, free_port
from hemgang.i18n.formats import table_text
from hemgang.store import monitoring
from hemgang.store.database import Database

LABELS = {
    "admission_notice": "admission notice within 24 h",
    "planning_start": "planning started",
    "care_contact": "care contact assigned",
    "sip_call": "SIP call within three days",
    "sip_established": "SIP established",
    "discharge_target": "home on day 0 or 1",
    "last_free_day": "home while it is free",
    "discharge_information": "information at discharge",
}

WIDTHS = (11, 7, 6, 6, 6)
"""Of the columns of numbers in the table of duties."""


class Layout(Protocol):
    """Where the demo keeps its things."""

    @property
    def folder(self) -> Path:
        """The demo's folder."""
        ...

    @property
    def mail(self) -> Path:
        """Where the e-mails are."""
        ...


def report(here: Layout, database: Database, *, page: str, mails: int, month: MonthReport, seconds: float) -> None:
    """Print the month's story to standard output."""
    sys.stderr.write("\n")
    runs = _runs(page)
    with database.reading() as session:
        outcomes = monitoring.alert_outcomes(session)
        states = monitoring.discharges_by_state(session)
        quarantined = monitoring.quarantined_by_code(session)
        delivered = monitoring.delivered_count(session)
    _heading("1. The month was carried by Prefect")
    say(f"   {month.instants} instants on the virtual clock, {seconds:.0f} s in all")
    _say_killed(database, month)
    say(f"   {runs['discharge']} runs of the `discharge` flow, one step of one discharge each; the rest in batches:")
    others = ("watch", "deliver", "ingest-inbox", "close-month")
    say(f"   {', '.join(f'{runs[name]} {name}' for name in others)}")
    say(f"   discharges by state: {_counted(states)}")
    say(f"   lines in quarantine: {_counted(quarantined)}")
    _heading("2. The alerts, as e-mails")
    say(f"   {delivered} alerts in {mails} e-mails: {here.mail}")
    _show_mail(here.mail)
    _heading("3. Duties lost and saved")
    heads = ("unprompted", "saved", "lost", "open", "void")
    say(f"   {'duty':32}{''.join(f'{head:>{width}}' for head, width in zip(heads, WIDTHS, strict=True))}")
    for outcome in outcomes:
        label = LABELS.get(outcome.kind, outcome.kind)
        counts = (outcome.unprompted, outcome.saved, outcome.lost, outcome.open, outcome.void)
        say(f"   {label:32}{''.join(f'{count:>{width}}' for count, width in zip(counts, WIDTHS, strict=True))}")
    say("   saved: met in time after a reminder had gone out. lost: met late or missed.")
    _heading("4. The month's statement")
    _command(here, "close", "23", "2023-04", "--now", "2023-05-08T09:00")
    _heading("5. One day explained")
    _explain(here)
    _heading("6. Where things are")
    say(f"   The Prefect page was {page}/runs (stopped now); its data: {here.folder / 'prefect'}")
    say(f"   Look on:   export HEMGANG_DATABASE=sqlite:///{here.folder / 'hemgang.db'}")
    say("              .venv/bin/hemgang duties --at 2023-04-07T12:00 --status open")
    say("   Your own:  .venv/bin/hemgang --database sqlite:///my.db ingest my-messages.ndjson")
    say("              .venv/bin/hemgang --database sqlite:///my.db close 23 2023-03")


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _say_killed(database: Database, month: MonthReport) -> None:
    if month.killed_at is None:
        return
    with database.reading() as session:
        twice = monitoring.sent_twice(session)
    again = "started again once" if month.restarts == 1 else f"started again {month.restarts} times"
    say(f"   the engine was killed (kill -9) at its work on {table_text(month.killed_at)}, and {again}:")
    doubled = f"{twice} e-mails went out twice, with the same reference" if twice else "no e-mail went out twice"
    say(f"   it went on where the tables stood; {doubled}")


def _heading(text: str) -> None:
    say("")
    say(text)
    say("-" * len(text))


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"


def _runs(page: str) -> dict[str, int]:
    names = ("discharge", "watch", "deliver", "ingest-inbox", "close-month")
    return {name: _count(page, name) for name in names}


def _count(page: str, flow: str) -> int:
    asked = json.dumps({"flows": {"name": {"any_": [flow]}}}).encode()
    request = urllib.request.Request(  # noqa: S310  our own server on loopback
        f"{page}/api/flow_runs/count", data=asked, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return int(json.load(answer))


def _show_mail(folder: Path) -> None:
    files = sorted(folder.glob("*.eml"))
    if not files:
        return
    shown = files[len(files) // 2]
    mail = message_from_bytes(shown.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    say(f"   One of them, {shown.name}:")
    say(f"   | To: {mail['to']}")
    say(f"   | {mail['subject']}")
    for line in str(body.get_content() if body else "").strip().splitlines():
        say(f"   | {line}")


def _explain(here: Layout) -> None:
    done = _run(here, ["close", "23", "2023-04", "--now", "2023-05-08T09:00", "--format", "json"])
    drafted: dict[str, Any] = json.loads(done.stdout)
    charged = [row for payer in drafted["payers"] for row in payer["rows"] if row["outcome"] == "charged"]
    if not charged:
        say("   no day was charged")
        return
    row = charged[len(charged) // 2]
    _command(
        here,
        *("explain", row["episode"], "--date", row["date"], "--language", "en", "--now", "2023-05-08T09:00"),
        *("--why", "demo"),
    )


def _command(here: Layout, *words: str) -> None:
    say(f"   $ hemgang {' '.join(words)}")
    done = _run(here, words)
    for line in (done.stdout or done.stderr).splitlines():
        say(f"   {line}")


def _run(here: Layout, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  our own interpreter and command
        [sys.executable, "-m", "hemgang", *words], capture_output=True, text=True, check=False, cwd=here.folder
    )


class MailStore:
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
def mail_receiver(folder: Path) -> Iterator[tuple[str, int, MailStore]]:
    """Yield host, port and store of an SMTP receiver on loopback that runs until the block ends."""
    store = MailStore(folder)
    controller = Controller(store, hostname=HOST, port=free_port())
    controller.start()
    try:
        yield HOST, controller.port, store
    finally:
        controller.stop()
