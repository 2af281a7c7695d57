"""One installation that is to be killed, and what is looked at from outside: its tables, its inbox, its post."""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from sqlalchemy import text

from deployments.prefect_server import HOST
from hemgang.simulate import county_of, directory_text
from hemgang.simulate.county import County
from hemgang.store.database import Database, open_database
from hemgang.store.tables import SettingRow
from tests.faults import engine_child
from tests.faults.kills.story import arrivals
from tests.services.post import Post

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.engine_child", "apprise.plugins.email"])
SETTLED = ("reminder", "missed")


class Site:
    """An installation in a folder of its own, with its post; its references are those of any other here."""

    def __init__(self, url: str, folder: Path, post: Post) -> None:
        self.folder, self.post = folder, post
        folder.mkdir()
        (folder / "inbox").mkdir()
        plan = directory_text(_small_county(), mail_host=HOST, mail_port=post.port)
        (folder / "directory.toml").write_text(plan, encoding="utf-8")
        (folder / "clock").write_text(arrivals()[0].at.isoformat(), encoding="utf-8")
        self.database: Database = open_database(url)
        with self.database.writing() as session:
            session.merge(SettingRow(key="reference_secret", value="ab" * 32))

    @property
    def done(self) -> bool:
        """Whether the month was carried to its end."""
        return (self.folder / "done").exists()

    def start(self, *, helper: bool = False) -> "tuple[ForkServerProcess, Event]":
        """Start an engine, forked from a server that has imported all it needs."""
        ready = FORKS.Event()
        main = engine_child.help_out if helper else engine_child.carry
        child = FORKS.Process(target=main, args=(self.database.url, self.folder, ready))
        child.start()
        return child, ready

    def finish(self) -> bool:
        """Carry the month to its end in peace; return whether that was reached."""
        child, _ = self.start()
        child.join(120)
        if child.exitcode is None:
            child.kill()
        return child.exitcode == 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, in a fixed order."""
        with self.database.reading() as session:
            return sorted((tuple(row) for row in session.execute(text(query))), key=repr)

    def acknowledged(self) -> set[str]:
        """Return the ids of every message in a file that was put into `taken`."""
        found: set[str] = set()
        for path in (self.folder / "inbox" / "taken").glob("*.ndjson"):
            for line in path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):
                    found.add(json.loads(line)["id"])
        return found

    def messages(self) -> set[str]:
        """Return the ids of all stored messages."""
        return {str(row[0]) for row in self.rows("SELECT id FROM message")}

    def received(self) -> Counter[tuple[str, str]]:
        """Return how often each alert in the table reached each box."""
        known = {str(row[0]) for row in self.rows("SELECT reference FROM alert")}
        return Counter((one, mail.box) for mail in list(self.post.mails) for one in mail.references & known)

    def strange(self) -> set[str]:
        """Return references in mails that are neither the mail's own nor of an alert in the table."""
        known = {str(row[0]) for row in self.rows("SELECT reference FROM alert")}
        return {one for mail in list(self.post.mails) for one in mail.references - {mail.reference}} - known

    def closings(self) -> list[tuple[Any, ...]]:
        """Return the closed versions with their content hashes."""
        return self.rows("SELECT region, month, payer, version, hash FROM closing")


def _small_county() -> County:
    """Return the simulated county with one municipality, so that its directory is read in a moment."""
    county = county_of("23")
    [area] = [area for area in county.areas if area.municipality == "2380"]
    small = replace(area, care_centres=area.care_centres[:1])
    return replace(county, areas=(small,), wards=county.wards[:1], psychiatry=())
