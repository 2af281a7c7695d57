"""Several schedulers and senders at the same timers, some of them asleep past their lease: each rung once.

Zombies are made by a lease that runs out while its holder sleeps, between its claim and its save, and between its claim
and its sending. What a zombie sends a second time carries the same reference.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hemgang.services.advance import advance, claim_due
from hemgang.services.deliver import Sender, deliver
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import discharges, leases
from hemgang.store.database import Database, open_database
from tests.faults.kills.databases import Databases, postgresql_databases, sqlite_databases
from tests.faults.measuring import Measured
from tests.postgresql import postgresql_socket
from tests.services.post import Post, post_office, small_directory
from tests.services.walking import take

LONG = 10_000
GOAL = "5 sweepers x 10 000 timers: one alert for each, what zombies save is refused"
SWEEPERS, SENDERS, CHUNK, WARDS = 5, 3, 25, 20
START = datetime(2023, 3, 1, 7, tzinfo=UTC)
RUNG = START + timedelta(hours=20)
SHORT = timedelta(seconds=0.3)
ASLEEP_S = 0.5
ASLEEP_CHANCE = 0.1


def measure(size: int, seed: int) -> Measured:
    """Let `size` timers fall due at once, half of them on each database."""
    figures: Counter[str] = Counter(timers=0, refused=0, mails=0, doubled=0)
    broken: list[str] = []
    with (
        postgresql_socket("schedulers") as host,
        sqlite_databases() as files,
        postgresql_databases(str(host)) as served,
        _short_leases(),
    ):
        for databases, timers in ((files, size - size // 2), (served, size // 2)):
            broken += [f"{databases.kind}: {one}" for one in race(databases, timers, seed, figures)]
    return Measured("schedulers", GOAL, size, seed, dict(figures), tuple(broken))


def race(databases: Databases, timers: int, seed: int, figures: Counter[str]) -> list[str]:
    """Let all sweep and send at once until nothing is due; return what did not hold."""
    url = databases.fresh()
    database = open_database(url)
    with TemporaryDirectory() as folder, post_office() as post:
        rules = _rules(Path(folder), post)
        _admit(database, rules, timers)
        refused: list[int] = []
        work = [
            *(threading.Thread(target=_sweep, args=(url, rules, n, seed, refused)) for n in range(SWEEPERS)),
            *(threading.Thread(target=_send, args=(url, rules, n)) for n in range(SENDERS)),
        ]
        for one in work:
            one.start()
        for one in work:
            one.join()
        figures.update(timers=timers, refused=sum(refused), mails=len(post.mails))
        found = list(wrong(database, post, timers, figures))
    database.close()
    return found


def wrong(database: Database, post: Post, timers: int, figures: Counter[str]) -> Iterator[str]:
    """Yield what did not hold: one rung and one alert for each timer, each delivered and received, none invented."""
    rungs, alerts, delivered = (
        _count(database, query)
        for query in (
            "SELECT count(*) FROM rung WHERE rung = 'owner' AND key LIKE 'admission_notice%'",
            "SELECT count(*) FROM alert WHERE rung = 'owner'",
            "SELECT count(*) FROM alert WHERE rung = 'owner' AND state = 'delivered'",
        )
    )
    for name, number in (("rungs", rungs), ("alerts", alerts), ("delivered", delivered)):
        if number != timers:
            yield f"{number} {name} for {timers} timers"
    with database.reading() as session:
        known = {str(one) for one in session.scalars(text("SELECT reference FROM alert"))}
    got = Counter(one for mail in post.mails for one in mail.references & known)
    figures["doubled"] += sum(times - 1 for times in got.values())
    if len(got) != timers:
        yield f"{len(got)} received of {timers}"
    if strange := {one for mail in post.mails for one in mail.references - {mail.reference}} - known:
        yield f"{len(strange)} references of nothing"


def _rules(folder: Path, post: Post) -> ReferenceData:
    path = small_directory(folder, post.port)
    wards = "".join(
        f'\n[[unit]]\nid = "u{n}"\nkind = "ward"\nhours = "always"\nchannel = "mail-ward"\n' for n in range(WARDS)
    )
    settings = "[settings]\nbundle_minutes = 0\n\n"
    path.write_text(settings + path.read_text(encoding="utf-8") + wards, encoding="utf-8")
    return load_reference_data(directory=path)


def _admit(database: Database, rules: ReferenceData, timers: int) -> None:
    common = {"type": "admitted", "at": START.isoformat(), "region": "23", "municipality": "2380"}
    stays = ({"id": f"m{n}", "episode": f"e{n}", "care": "somatic", "clinic": f"u{n % WARDS}"} for n in range(timers))
    take(database, *(common | one for one in stays), now=START)
    while claims := claim_due(database, now=START, owner="first", limit=2_000):
        advance(database, claims, rules, now=START)


def _sweep(url: str, rules: ReferenceData, number: int, seed: int, refused: list[int]) -> None:
    chance = random.Random(f"{seed}/sweep/{number}")  # noqa: S311  no secret
    database = open_database(url)
    while _due(database):
        with suppress(OperationalError):
            claims = claim_due(database, now=RUNG, owner=f"sweeper {number}", limit=CHUNK)
            if chance.random() < ASLEEP_CHANCE:
                time.sleep(ASLEEP_S)
            refused.append(advance(database, claims, rules, now=RUNG).overtaken)
    database.close()


def _send(url: str, rules: ReferenceData, number: int) -> None:
    database = open_database(url)
    sender = Sender(f"sender {number}")
    while _due(database) or _count(database, "SELECT count(*) FROM alert WHERE state = 'pending'"):
        with suppress(OperationalError):
            if not deliver(database, rules, now=RUNG, sender=sender).alerts:
                time.sleep(0.02)
    database.close()


def _due(database: Database) -> int:
    with database.reading() as session:
        return discharges.due_count(session, now=RUNG)


def _count(database: Database, query: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(query)).scalar_one())


@contextmanager
def _short_leases() -> Iterator[None]:
    kept = leases.LEASE
    leases.LEASE = SHORT
    try:
        yield
    finally:
        leases.LEASE = kept
