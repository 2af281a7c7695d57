"""A real scrape of a small installation: every figure is what the tables hold, and no label names anybody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hemgang.metrics import Endpoint, observe_ingest, serve_metrics
from hemgang.metrics.exporter import EVERY_S, KINDS
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.settings import read_settings
from hemgang.store import installation, monitoring
from hemgang.store.database import Database, open_database
from tests.metrics.scraping import by, samples, scraped
from tests.services.post import post_office, small_directory
from tests.services.walking import advance_all, county, send_all, take

NOW = datetime(2023, 3, 14, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=30)
WORDS = {
    "region": re.compile("[0-9]{2}|other"),
    "state": re.compile("admitted|planning|ready"),
    "kind": re.compile("reminder|missed|resolved|operator"),
    "loop": re.compile("watch|deliver|inbox"),
    "result": re.compile("advanced|overtaken|set_aside|accepted|duplicate|conflicting|quarantined|taken|refused"),
    "outcome": re.compile("delivered|failed|unknown"),
    "le": re.compile(r"[0-9.+Inf]+"),
}
MOST = 500
"""Time series in all, of the figures that hemgang makes."""


@dataclass(frozen=True, slots=True)
class Site:
    """An installation under way, its endpoint, and the instant it goes by."""

    database: Database
    endpoint: Endpoint

    def figures(self) -> Any:
        return samples(scraped(self.endpoint.port))

    def ask(self, query: str, **values: object) -> list[Any]:
        with self.database.reading() as session:
            return [tuple(row) for row in session.execute(text(query), values)]

    def one(self, query: str, **values: object) -> Any:
        return self.ask(query, **values)[0][0]

    def change(self, statement: str, **values: object) -> None:
        with self.database.writing() as session:
            session.execute(text(statement), values)


@pytest.fixture
def site(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Yield an installation that lived for a week, then stood still for thirty hours; scraped anew each time."""
    monkeypatch.setenv("HEMGANG_METRICS", "127.0.0.1:0")
    with post_office() as post:
        rules = load_reference_data(directory=small_directory(tmp_path, post.port))
        live(database, rules)
        with serve_metrics(database, read_settings().metrics, now=lambda: LATER, every_s=0.0) as endpoint:
            assert endpoint is not None
            yield Site(database, endpoint)


def live(database: Database, rules: ReferenceData) -> None:
    arrivals = county(6, start=date(2023, 3, 6), days=8, dirt=0.2)
    for days in range(8, -1, -2):
        now = NOW - timedelta(days=days)
        take(database, *(text for when, text in arrivals if when <= now), now=now)
        advance_all(database, rules, now)
        send_all(database, rules, now)
    take(database, "{", now=NOW)
    with database.writing() as session:
        monitoring.record_heartbeat(session, "watch", now=NOW, host="here")
        monitoring.record_heartbeat(session, "deliver", now=NOW + timedelta(minutes=1), host="here")


def test_every_figure_is_what_the_tables_hold(site: Site) -> None:
    found = site.figures()
    rows = site.ask("SELECT region, state, count(*) FROM discharge GROUP BY region, state")
    still = {(region or "other", state): count for region, state, count in rows if WORDS["state"].fullmatch(state)}
    assert by(found["hemgang_discharges_open"], "region", "state") == still
    assert len(still) >= 2
    due = "SELECT count(*), min(next_wake) FROM discharge WHERE next_wake <= :now"
    count, first = site.ask(due, now=_bound(site, LATER))[0]
    assert found["hemgang_discharges_due"] == {(): count}
    assert count > 0
    assert found["hemgang_oldest_due_seconds"] == {(): (LATER - _instant(first)).total_seconds()}
    assert found["hemgang_quarantined_lines"] == {(): site.one("SELECT count(*) FROM quarantine")}
    assert found["hemgang_schema_version"] == {(): int(site.one("SELECT version_num FROM alembic_version"))}
    assert by(found["hemgang_pulse_age_seconds"], "loop") == {("watch",): 30 * 3600, ("deliver",): 30 * 3600 - 60}
    assert found["hemgang_store_readable"] == {(): 1}
    for nothing in ("hemgang_sending_held", "hemgang_discharges_set_aside", "hemgang_oldest_pending_seconds"):
        assert found[nothing] == {(): 0}
    for nothing in ("pending", "unknown", "undelivered"):
        assert found[f"hemgang_alerts_{nothing}"] == {(("kind", kind),): 0 for kind in KINDS}


def test_what_changes_in_the_tables_changes_in_the_figures(site: Site) -> None:
    site.change(
        "UPDATE discharge SET failures = 2, next_wake = :then WHERE episode = (SELECT min(episode) FROM discharge)",
        then=_bound(site, LATER + timedelta(minutes=59)),
    )
    with site.database.writing() as session:
        installation.hold_delivery(session, why="by_hand", by="anna", now=NOW)
    references = [row[0] for row in site.ask("SELECT reference FROM alert WHERE state = 'delivered' ORDER BY id")]
    for reference, state in zip(references, ("undelivered", "pending", "pending"), strict=False):
        site.change("UPDATE alert SET state = :state WHERE reference = :reference", state=state, reference=reference)
    unsure = site.one("SELECT bundle FROM alert WHERE reference = :reference", reference=references[2])
    site.change(
        "INSERT INTO attempt (bundle, recipient, channel, number, outcome, at) "
        "VALUES (:bundle, 'x', 'x', 2, 'unknown', :at)",
        bundle=unsure,
        at=_bound(site, NOW),
    )
    found = site.figures()
    assert found["hemgang_discharges_set_aside"] == {(): 1}
    assert found["hemgang_sending_held"] == {(): 1}
    for state, count in (("undelivered", 1), ("pending", 2)):
        rows = site.ask("SELECT kind, count(*) FROM alert WHERE state = :state GROUP BY kind", state=state)
        assert sum(row[1] for row in rows) == count
        assert by(found[f"hemgang_alerts_{state}"], "kind") == {(kind,): number for kind, number in rows}
    waiting = site.ask("SELECT kind FROM alert WHERE state = 'pending' AND bundle = :bundle", bundle=unsure)
    assert sum(by(found["hemgang_alerts_unknown"], "kind").values()) == len(waiting) >= 1
    first = site.one("SELECT min(release_at) FROM alert WHERE state = 'pending'")
    assert found["hemgang_oldest_pending_seconds"] == {(): (LATER - _instant(first)).total_seconds()}


def test_labels_are_few_and_fixed_whatever_the_columns_hold(site: Site) -> None:
    site.change("UPDATE discharge SET region = '1a' WHERE episode = (SELECT min(episode) FROM discharge)")
    site.change("UPDATE alert SET kind = '19121212-1212', state = 'undelivered' WHERE id = (SELECT min(id) FROM alert)")
    with site.database.writing() as session:
        monitoring.record_heartbeat(session, "19121212-1212", now=NOW, host="here")
    body = scraped(site.endpoint.port)
    ours = {name: values for name, values in samples(body).items() if name.startswith("hemgang_")}
    assert sum(map(len, ours.values())) < MOST
    for name, values in ours.items():
        for label, word in [one for labels in values for one in labels]:
            assert WORDS[label].fullmatch(word) or word == "other", f"{name}: {label}"
    assert "1212" not in body
    assert by(ours["hemgang_alerts_undelivered"], "kind") == {("other",): 1}
    site.change("ALTER TABLE quarantine RENAME TO elsewhere")
    found = site.figures()
    assert found["hemgang_store_readable"] == {(): 0}, "a store that cannot be read gives no old figures"
    assert "hemgang_discharges_due" not in found
    assert "hemgang_steps_total" in found


def test_the_store_is_not_read_at_every_scrape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hemgang.store.database import upgrade

    monkeypatch.setenv("HEMGANG_METRICS", "0")
    database = open_database(f"sqlite:///{tmp_path / 'hemgang.db'}")
    upgrade(database)
    with serve_metrics(database, read_settings().metrics, now=lambda: NOW) as endpoint:
        assert endpoint is not None
        assert samples(scraped(endpoint.port))["hemgang_quarantined_lines"] == {(): 0}
        take(database, "{", now=NOW)
        observe_ingest(accepted=0, duplicate=0, conflicting=0, quarantined=1)
        found = samples(scraped(endpoint.port))
    assert found["hemgang_quarantined_lines"] == {(): 0}
    assert EVERY_S == 15
    database.close()


def _instant(stored: object) -> datetime:
    """Return an instant as either database stores it."""
    read = stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def _bound(site: Site, instant: datetime) -> object:
    """Return an instant as a plain statement is given it: SQLite stores UTC without an offset."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f") if site.database.is_sqlite else instant
