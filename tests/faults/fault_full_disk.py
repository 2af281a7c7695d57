"""The database's disk fills up again and again: what was acknowledged is stored, and with room again all goes on.

SQLite on a file system of its own (where this user may mount one; else under a limit on the size of its files), in the
long form PostgreSQL too, with its tables on such a file system.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy.exc import DBAPIError

from hemgang.services import deliver as delivering
from hemgang.services.inbox import REFUSED, TAKEN, ingest_inbox
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.simulate import county_of, directory_text
from hemgang.store import leases
from hemgang.store.database import Database, open_database
from tests.faults.measuring import Measured
from tests.faults.scenarios.breaking import Breaker
from tests.faults.scenarios.disk_server import on_small_disk
from tests.faults.scenarios.outside import Eye, Seen, wrong
from tests.faults.scenarios.playing import OVER_AT_ONCE
from tests.faults.scenarios.scenario import first_start
from tests.faults.scenarios.small_disk import SmallDisk, small_disk
from tests.faults.scenarios.stage import Boxes
from tests.services.walking import advance_all, county, next_instant, send_all, take

LONG = 200
GOAL = "the disk fills up: acknowledged = stored, with room again all goes on by itself"
MOST_LEFT = 96 * 1024
TRIES_WHILE_FULL = 3
EVERY = 3
"""Each so manieth message comes as a file in the inbox, the others one by one."""

ARRIVALS = county(1, seed=3, days=3)


@dataclass
class Tally:
    """What was done so far, and what came of it."""

    fills: int = 0
    failed: int = 0
    went_on: int = 0
    sent_while_full: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass
class Site:
    """One installation on the small disk, its inbox on a roomy one."""

    database: Database
    rules: ReferenceData
    inbox: Path
    disk: SmallDisk
    boxes: Boxes
    acknowledged: set[str] = field(default_factory=set)

    def complaints(self) -> list[str]:
        """Return what must hold at any instant and does not."""
        with self.database.reading() as session:
            stored = {row[0] for row in session.connection().exec_driver_sql("SELECT id FROM message")}
        said = {
            "an acknowledged message is not stored": not self.acknowledged <= stored,
            "a file was refused": any((self.inbox / REFUSED).glob("*")),
        }
        return [what for what, is_so in said.items() if is_so]


def measure(size: int, seed: int) -> Measured:
    """Fill the disk `size` times on SQLite, and in the long form half as often on PostgreSQL."""
    tally = Tally()
    kinds: dict[str, int | float | str] = {}
    with TemporaryDirectory(prefix="hemgang-faults-") as name:
        folder = Path(name)
        with small_disk(folder / "sqlite") as disk:
            kinds["SQLite on"] = "a disk of its own" if disk.own else "a limit on files"
            rounds(folder, disk, lambda walk: f"sqlite:///{disk.folder}/{walk}.db", size, tally, seed=seed)
        kinds["PostgreSQL"] = "not checked"
        if size >= LONG and disk.own:
            with on_small_disk(folder / "postgresql") as (disk, new):
                rounds(folder / "other", disk, new, tally.fills + size // 2, tally, seed=seed)
            kinds["PostgreSQL"] = "a disk of its own"
    figures = {
        "times full": tally.fills,
        "steps that failed": tally.failed,
        "steps that went on": tally.went_on,
        "sent while full": tally.sent_while_full,
    }
    return Measured("full_disk", GOAL, size, seed, figures | kinds, tuple(tally.broken))


def rounds(folder: Path, disk: SmallDisk, url: Callable[[str], str], until: int, tally: Tally, *, seed: int) -> None:
    """Walk through the arrivals in peace, and then again until the disk has been full so often or something broke.

    `url` makes a database of a name on the disk.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    calm = _walk(folder / "calm", disk, url("calm"), None, tally)
    number = 0
    while tally.fills < until and not tally.broken:
        number += 1
        seen = _walk(folder / f"walk{number}", disk, url(f"walk{number}"), chance, tally)
        tally.broken += [f"walk {number}: {one}" for one in wrong(seen, calm, fault=None)]


def _walk(folder: Path, disk: SmallDisk, url: str, chance: random.Random | None, tally: Tally) -> Seen:
    """Take in what arrives, step and send, on a new database; at some instants there is no room."""
    (folder / "inbox").mkdir(parents=True)
    site = Site(open_database(url), _rules(folder), folder / "inbox", disk, Boxes(Breaker()))
    first_start(site.database)
    with (
        patch.object(leases, "LEASE", OVER_AT_ONCE),
        patch.object(delivering, "send", site.boxes.send),
    ):
        _through(site, chance, tally)
    eye = Eye(site.database.engine)
    seen = eye.look(site.boxes.letters)
    site.database.close()
    return seen


def _rules(folder: Path) -> ReferenceData:
    path = folder / "directory.toml"
    path.write_text(directory_text(county_of("23"), mail_host="127.0.0.1", mail_port=25), encoding="utf-8")
    return load_reference_data(directory=path)


def _through(site: Site, chance: random.Random | None, tally: Tally) -> None:
    now = ARRIVALS[0][0]
    for number, (when, line) in enumerate(ARRIVALS):
        if tally.broken:
            return
        while (coming := next_instant(site.database)) is not None and now < coming < when:
            now = coming
            _step(site, chance, tally, lambda now=now: _work(site, now))  # type: ignore[misc]
        now = when
        if number % EVERY == 0:
            (site.inbox / f"{number:03d}.ndjson").write_text(f"{line}\n", encoding="utf-8")
            _step(site, chance, tally, lambda now=now: _take_files(site, now))  # type: ignore[misc]
        else:
            _step(site, chance, tally, lambda now=now, line=line: _take(site, line, now))  # type: ignore[misc]
        _step(site, chance, tally, lambda now=now: _work(site, now))  # type: ignore[misc]


def _step(site: Site, chance: random.Random | None, tally: Tally, do: Callable[[], Any]) -> None:
    """Do one thing, perhaps on a full disk: it may fail or go on; with room again it is done."""
    if chance is None or chance.random() > 0.3:
        do()
        return
    tally.fills += 1
    sent = len(site.boxes.letters)
    site.disk.fill(chance.randrange(0, MOST_LEFT))
    anew = chance.random() < 0.5
    done = sum(_tried(site, tally, do, anew=anew) for _ in range(TRIES_WHILE_FULL)) > 0
    tally.sent_while_full += len(site.boxes.letters) - sent
    site.disk.make_space()
    if not done:
        do()
    tally.broken += site.complaints()


def _tried(site: Site, tally: Tally, do: Callable[[], Any], *, anew: bool) -> bool:
    """Try one thing; `anew`: after a failure the database is opened again, as by a process that was started anew."""
    try:
        do()
    except DBAPIError as error:
        tally.failed += 1
        if anew:
            site.database.close()
        if not says_full(error):
            tally.broken.append(f"a full disk is called {str(error.orig)[:200]}")
        return False
    tally.went_on += 1
    return True


def says_full(error: DBAPIError) -> bool:
    """Whether a database's error tells of a full disk, or of one that cannot be written."""
    name = str(getattr(error.orig, "sqlite_errorname", "")) or str(getattr(error.orig, "sqlstate", ""))
    return name in {"SQLITE_FULL", "SQLITE_CANTOPEN", "53100"} or name.startswith("SQLITE_IOERR")


def _take(site: Site, line: str, now: datetime) -> None:
    report = take(site.database, line, now=now)
    assert not report.quarantined
    site.acknowledged.add(_id(line))


def _take_files(site: Site, now: datetime) -> None:
    for _ in ingest_inbox(site.database, site.inbox, now=now):
        pass
    for path in (site.inbox / TAKEN).glob("*"):
        site.acknowledged.add(_id(path.read_text(encoding="utf-8")))


def _work(site: Site, now: datetime) -> None:
    advance_all(site.database, site.rules, now)
    send_all(site.database, site.rules, now)


def _id(line: str) -> str:
    return str(json.loads(line)["id"])
