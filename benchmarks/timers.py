"""A store with real timers on the machine's clock, and a receiver that notes when each alert arrives.

A discharge admitted 20 hours before an instant has its first rung at that instant: the ward is told, four hours before
the admission notice is due (LUS 2 kap. 3 §), that none was sent.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from sqlalchemy import select, update
from sqlmodel import col

from hemgang import clock
from hemgang.messages.readers import Line
from hemgang.services.advance import advance_reference
from hemgang.services.ingest import ingest
from hemgang.services.installation import Installation, open_installation
from hemgang.settings import read_settings
from hemgang.store.tables import AlertRow, DischargeRow

BEFORE_FIRST_RUNG = timedelta(hours=20)
WARDS = 8
_NUMBERS = count(1)


@dataclass(slots=True)
class Timers:
    """The discharges of one form, when each is due, and when its alert arrived (both on the machine's clock)."""

    installation: Installation
    environment: dict[str, str]
    arrived: dict[str, datetime]
    due: dict[str, datetime] = field(default_factory=dict)

    def add(self, dues: Sequence[datetime]) -> list[str]:
        """Take in one discharge for each instant and step it, so that it waits for that instant; return episodes."""
        named = [f"b-{next(_NUMBERS):05d}" for _ in dues]
        lines = [Line(at + 1, _admitted(named[at], due, at)) for at, due in enumerate(dues)]
        here = self.installation
        now = clock.now()
        report = ingest(here.database, lines, source="benchmark", now=now)
        assert report.accepted == len(dues), report
        for episode in named:
            advance_reference(here.database, self.reference_of(episode), here.rules, now=now, owner="benchmark")
        self.due |= dict(zip(named, dues, strict=True))
        return named

    def reference_of(self, episode: str) -> str:
        """Return the name of a discharge outside the store."""
        with self.installation.database.reading() as session:
            return str(session.scalar(select(col(DischargeRow.reference)).where(col(DischargeRow.episode) == episode)))

    def sent(self, episodes: Sequence[str]) -> dict[str, float]:
        """Return, for each of the episodes whose alert has arrived, how many seconds after its timer it did."""
        with self.installation.database.reading() as session:
            query = select(col(AlertRow.episode), col(AlertRow.bundle), col(AlertRow.reference))
            rows = session.execute(query.where(col(AlertRow.episode).in_(list(episodes)))).all()
        found: dict[str, float] = {}
        for episode, bundle, reference in rows:
            at = self.arrived.get(bundle or reference)
            if at is not None:
                found[episode] = (at - self.due[episode]).total_seconds()
        return found

    def wait(self, episodes: Sequence[str], seconds: float) -> dict[str, float]:
        """Wait until every episode's alert has arrived, `seconds` at most; return what `sent` does."""
        ends = time.monotonic() + seconds
        while len(found := self.sent(episodes)) < len(episodes) and time.monotonic() < ends:
            time.sleep(0.1)
        return found

    def held(self) -> list[float]:
        """Return for how many more seconds each claimed discharge is held."""
        now = clock.machine_now()
        with self.installation.database.reading() as session:
            until = session.scalars(select(col(DischargeRow.lease_until)).where(col(DischargeRow.lease_until) > now))
            return [(one - now).total_seconds() for one in until if one is not None]

    def expire(self) -> None:
        """Let every claim run out now, so that nobody need wait two minutes for it."""
        past = clock.machine_now() - timedelta(seconds=1)
        with self.installation.database.writing() as session:
            for table in (DischargeRow, AlertRow):
                held = col(table.lease_until).is_not(None)
                session.execute(update(table).where(held).values(lease_until=past))


@contextmanager
def timers(folder: Path, environment: dict[str, str]) -> Iterator[Timers]:
    """Yield an empty store and its receiver; `environment` is what a process needs to work for it."""
    arrived: dict[str, datetime] = {}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived.setdefault(body["reference"], clock.machine_now())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    directory = folder / "directory.toml"
    directory.write_text(_directory(server.server_address[1]), encoding="utf-8")
    url = f"sqlite:///{folder / 'hemgang.db'}"
    installation = open_installation(read_settings().at(url, directory))
    named = {"HEMGANG_DATABASE": url, "HEMGANG_DIRECTORY": str(directory)}
    try:
        yield Timers(installation, environment | named, arrived)
    finally:
        server.shutdown()
        installation.database.close()


def _admitted(episode: str, due: datetime, number: int) -> dict[str, object]:
    return {
        "id": f"{episode}-1",
        "episode": episode,
        "type": "admitted",
        "at": (due - BEFORE_FIRST_RUNG).isoformat(),
        "sender": f"ward-{number % WARDS}",
        "region": "23",
        "municipality": "2380",
        "care": "somatic",
    }


def _directory(port: int) -> str:
    """Return a directory of wards that are always staffed and get every message at once."""
    head = '[settings]\nlanguage = "en"\nbundle_minutes = 0\n\n[operator]\nchannel = "to-operator"\n'
    units = "".join(
        f'\n[[unit]]\nid = "ward-{n}"\nkind = "ward"\nhours = "always"\nchannel = "to-ward-{n}"\n' for n in range(WARDS)
    )
    names = ["operator", *(f"ward-{n}" for n in range(WARDS))]
    return (
        head
        + units
        + "".join(f'\n[[channel]]\nid = "to-{name}"\nurl = "json://127.0.0.1:{port}/{name}"\n' for name in names)
    )
