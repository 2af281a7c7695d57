"""The canary with the real processes: Prefect's server, the engine and every flow, all at DEBUG; every byte is read.

The sender's own files, which lie in the inbox as they came, are the only bytes that may hold a number.
"""

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from deployments.prefect_server import HOST, free_port, prefect_environment, start_prefect_server, wait_until_healthy
from deployments.supervisor import stop
from hemgang import clock
from hemgang.metrics import serve_metrics
from hemgang.settings import read_settings
from hemgang.store.database import open_database
from tests.metrics.scraping import scraped
from tests.privacy.people import people
from tests.privacy.processes import ENGINE, FLOWS, LOUD, WITH_WORDS, plain_environment, ran, running
from tests.privacy.searching import bytes_under, everybody, found_in
from tests.privacy.telling import TOLD, canaries, stay, texts
from tests.services.post import Post, post_office, small_directory

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("privacy")]

KNOWN = everybody(500)
AFTER = datetime(2023, 4, 3, 8, tzinfo=UTC)
INSTANTS = [datetime.fromisoformat(at) for _, at, _ in TOLD] + [AFTER]
PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Home:
    """One installation in a folder with its Prefect, and the mail server that it speaks to."""

    folder: Path
    post: Post
    server: str

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def environment(self) -> dict[str, str]:
        """Return what its processes are started with."""
        of_its_own = {
            "HEMGANG_DATABASE": f"sqlite:///{self.folder / 'hemgang.db'}",
            "HEMGANG_INBOX": str(self.inbox),
            "HEMGANG_CLOCK": str(self.folder / "clock"),
            "HEMGANG_DIRECTORY": str(self.folder / "directory.toml"),
            "HEMGANG_RUN_SECONDS": "4",
            "HEMGANG_TICK_SECONDS": "0.2",
            "XDG_DATA_HOME": str(self.folder / "data"),
            "PREFECT_API_URL": self.server,
            "PREFECT_HOME": str(self.folder / "prefect"),
        }
        return prefect_environment(plain_environment() | LOUD) | of_its_own

    def lay_in(self, name: str, *lines: str) -> None:
        """Lay a file in the inbox as a sender does: written under another ending, then renamed."""
        beside = self.inbox / "a.part"
        beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        beside.rename(self.inbox / name)

    def one(self, query: str) -> int:
        with closing(sqlite3.connect(self.folder / "hemgang.db", timeout=30)) as connection:
            return int(connection.execute(query).fetchone()[0])

    def everything(self) -> dict[str, bytes]:
        """Return every byte that was written or sent, by where, but for the sender's own files."""
        mails = {f"mail {number}": mail.raw for number, mail in enumerate(self.post.mails)}
        return bytes_under(self.folder, but=[self.inbox]) | mails


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("privacy")
    (folder / "inbox").mkdir()
    clock.set_virtual(folder / "clock", INSTANTS[0])
    patch = pytest.MonkeyPatch()
    for name, value in LOUD.items():
        patch.setenv(name, value)
    port = free_port()
    log = folder / "server.log"
    child = start_prefect_server(folder / "prefect", port=port, log=log)
    try:
        wait_until_healthy(child, f"http://{HOST}:{port}/api/health", log)
        with post_office() as post:
            small_directory(folder, post.port)
            yield Home(folder, post, f"http://{HOST}:{port}/api")
    finally:
        patch.undo()
        stop(child)


def until(done: Callable[[], bool], what: str, engine: "subprocess.Popen[bytes]") -> None:
    """Wait for what the engine does; in vain once it has ended, or after a time that no busy machine needs."""
    ends = time.monotonic() + PATIENCE_S
    while not done():
        assert engine.poll() is None, f"the engine ended, with {engine.returncode}, before {what}"
        assert time.monotonic() < ends, f"waited in vain: {what}"
        time.sleep(0.1)


def lay_in_canaries(home: Home) -> int:
    """Lay files with numbers in their lines, names, headers and cells in the inbox; return how many files."""
    text = texts()
    named, header, cell, file = (next(text) for _ in range(4))
    home.lay_in("canaries.ndjson", *canaries())
    home.lay_in(f"{named.replace('/', ' ')}.ndjson", *canaries(30))
    home.lay_in("a.csv", f"id,episode,type,at,{header}", "m7,e7,died,2023-03-01T06:00:00Z,x")
    home.lay_in("b.csv", f"id,{cell}")
    home.lay_in(f"{file.replace('/', ' ')}.csv", "id,episode,type,at", f"m7,{cell},died,2023-03-01T06:00:00Z")
    return 5


def live(home: Home) -> None:
    """Let the engine carry a stay from admission to home while numbers come in."""
    lines = [json.dumps(one) for one in stay()]
    with running(ENGINE, home.environment(), home.folder / "engine.log") as engine:
        for number, instant in enumerate(INSTANTS):
            clock.set_virtual(home.folder / "clock", instant)
            if number == 0:
                until(lambda: (home.folder / "hemgang.db").exists(), "the database", engine)
                lay_in_canaries(home)
            if number < len(lines):
                home.lay_in(f"stay-{number}.ndjson", lines[number])
            until(partial(settled, home, min(number + 1, len(lines)), instant), f"instant {number}", engine)
        runs_over(home, engine)


def settled(home: Home, messages: int, instant: datetime) -> bool:
    """Whether everything that was told was taken in, looked at, and what followed from it sent."""
    if any(path.is_file() for path in home.inbox.iterdir()):
        return False
    told = f"{instant:%Y-%m-%d %H:%M:%S.%f}"
    due = f"SELECT count(*) FROM discharge WHERE next_wake <= '{told}' OR lease_until IS NOT NULL"  # noqa: S608
    waiting = f"SELECT count(*) FROM alert WHERE state = 'pending' AND next_attempt_at <= '{told}'"  # noqa: S608
    try:
        return home.one("SELECT count(*) FROM message") == messages and home.one(due) + home.one(waiting) == 0
    except sqlite3.OperationalError:
        return False


def runs_over(home: Home, engine: "subprocess.Popen[bytes]") -> None:
    """Wait until the runs that did all this have ended and their artifacts are written."""
    path = home.folder / "prefect" / "prefect.db"

    def written() -> bool:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            keys = {row[0] for row in connection.execute("SELECT DISTINCT key FROM artifact")}
        return {"watch", "deliver", "inbox"} <= keys

    until(written, "the artifacts", engine)


def test_no_byte_that_is_written_anywhere_holds_a_number(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    live(home)
    ran(FLOWS, home.environment(), home.folder / "flows.log", people()[7])
    assert home.one("SELECT count(*) FROM quarantine") > len([*canaries()])
    assert len(home.post.mails) >= 3
    monkeypatch.setenv("HEMGANG_METRICS", "127.0.0.1:0")
    database = open_database(home.environment()["HEMGANG_DATABASE"])
    with serve_metrics(database, read_settings().metrics, now=lambda: AFTER) as endpoint:
        assert endpoint is not None
        figures = scraped(endpoint.port)
    database.close()
    assert "hemgang_quarantined_lines" in figures
    places = home.everything() | {"metrics": figures.encode()}
    for expected in (
        "hemgang.db",
        "prefect/prefect.db",
        "server.log",
        "engine.log",
        "flows.log",
        "mail 0",
        "metrics",
    ):
        assert len(places[expected]) > 100, expected
    assert {where: found for where, content in places.items() if (found := found_in(content, KNOWN))} == {}
    assert b"ScrubbedError" in places["prefect/prefect.db"] + places.get("prefect/prefect.db-wal", b"")
    the_search_finds_a_run_that_failed_with_words(home)


def the_search_finds_a_run_that_failed_with_words(home: Home) -> None:
    """Show that the search can fail: an error's text that is not kept from Prefect stands in its database."""
    person = people()[11]
    ran(WITH_WORDS, home.environment(), home.folder / "with-words.log", person)
    content = home.everything()
    found = {where for where, one in content.items() if person in found_in(one, KNOWN)}
    assert any(where.startswith("prefect/prefect.db") for where in found)
    assert "with-words.log" not in found, "our own lines have no words even then"
