"""Engines as processes of their own, to be killed at any instant: one carries a month on a virtual clock, others help.

The rules and the sending library are loaded when this module is imported, once for all that are forked.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy.exc import OperationalError

from hemgang import clock
from hemgang.closing.review import ClosingRefused
from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.transport import why_unusable
from hemgang.services.advance import advance, claim_due
from hemgang.services.closing import Decision, close_month, draft_month
from hemgang.services.deliver import Sender, deliver
from hemgang.services.inbox import SOLE_READER, TAKEN, ingest_inbox
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.services.restatement import restate, restatements_of
from hemgang.store import leases
from hemgang.store.database import Database, open_database
from tests.faults.kills.story import CLOSED_AT, MONTH, REGION, RESTATED_AT, UNTIL, arrivals
from tests.services.walking import next_instant

SHORT = timedelta(seconds=0.05)
TAKING = f"taking/{SOLE_READER.name}"
LATER = datetime(2100, 1, 1, tzinfo=UTC)
TWO = Decision("Anna", "agreed", "Bo")

load_reference_data()
why_unusable(SecretUrl("mailto://127.0.0.1?from=a@example.invalid&to=b@example.invalid"))


def carry(url: str, folder: Path, ready: Event) -> None:
    """Carry the month from the instant in the clock file to its end."""
    database, rules = _opened(url, folder)
    ready.set()
    now = _now(folder)
    while now <= UNTIL:
        clock.set_virtual(folder / "clock", now)
        _lay_in(folder / "inbox", now)
        for _ in ingest_inbox(database, folder / "inbox", now=now):
            pass
        sweep(database, rules, now, Sender("first"))
        _settle(database, rules, now)
        stored = next_instant(database)
        if stored is not None and stored <= now:
            continue  # what a killed engine had claimed: its lease runs out in a moment
        now = min([one.at for one in arrivals() if one.at > now] + [_next_settled(now), stored or LATER])
    database.close()
    (folder / "done").touch()


def help_out(url: str, folder: Path, ready: Event) -> None:
    """Step and send what is due, beside the one that carries the month, until that is done."""
    database, rules = _opened(url, folder)
    ready.set()
    while not (folder / "done").exists():
        sweep(database, rules, _now(folder), Sender("second"))
        time.sleep(0.001)


def sweep(database: Database, rules: ReferenceData, now: datetime, sender: Sender) -> None:
    """Step what is due and send what is released; a database that is busy too long is asked again at the next sweep."""
    with suppress(OperationalError):
        while claims := claim_due(database, now=now, owner=sender.owner, limit=100):
            advance(database, claims, rules, now=now)
        while deliver(database, rules, now=now, sender=sender).alerts:
            pass


def _opened(url: str, folder: Path) -> tuple[Database, ReferenceData]:
    leases.LEASE = SHORT
    return open_database(url), load_reference_data(directory=folder / "directory.toml")


def _now(folder: Path) -> datetime:
    return datetime.fromisoformat((folder / "clock").read_text(encoding="utf-8"))


def _lay_in(inbox: Path, now: datetime) -> None:
    """Lay in every file that has arrived and was not taken yet, as a sender does that knows nothing of the kill."""
    for one in arrivals():
        if one.at <= now and not any((inbox / where / one.name).exists() for where in ("", TAKING, TAKEN)):
            part = inbox / f"{one.name}.part"
            part.write_text("".join(f"{line}\n" for line in one.lines), encoding="utf-8")
            part.rename(inbox / one.name)


def _settle(database: Database, rules: ReferenceData, now: datetime) -> None:
    """Close the month when it is time, and restate it after the correction; done again, both change nothing."""
    if now >= CLOSED_AT:
        draft = draft_month(database, region=REGION, month=MONTH, rules=rules, now=CLOSED_AT)
        close_month(database, draft, decision=TWO, now=now, as_of=CLOSED_AT)
    if now >= RESTATED_AT:
        found = restatements_of(database, region=REGION, month=None, rules=rules, now=RESTATED_AT)
        with suppress(ClosingRefused):  # killed after it was stored: nothing differs any more
            restate(database, found, region=REGION, by="Anna", attested_by="Bo", reason="late", now=RESTATED_AT)


def _next_settled(now: datetime) -> datetime:
    return min(at for at in (CLOSED_AT, RESTATED_AT, LATER) if at > now)
