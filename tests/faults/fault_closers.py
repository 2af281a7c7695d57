"""Eight who close one month at once, round after round: one closing, seven who are told that it was closed already."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from sqlalchemy import text

from hemgang.liability.model import Month
from hemgang.services.closing import Closed, Decision, close_month, draft_month
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import Database, open_database
from tests.faults.kills.databases import Databases, postgresql_databases, sqlite_databases
from tests.faults.measuring import Measured
from tests.postgresql import postgresql_socket
from tests.services.stays import stay
from tests.services.walking import take

LONG = 200
GOAL = "200 rounds x 8 closers: 0 closed twice"
CLOSERS = 8
TAKEN_AT = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
REGIONS = ("19", "21", "22", "23", "24")
YEARS = (2019, 2020, 2022, 2023)
"""Those whose amount a care day is known."""


def measure(size: int, seed: int) -> Measured:
    """Close `size` months with eight closers each, half of them on each database."""
    rules = load_reference_data()
    figures: Counter[str] = Counter(rounds=0, closed=0, already=0)
    broken: list[str] = []
    with postgresql_socket("closers") as host, sqlite_databases() as files, postgresql_databases(str(host)) as served:
        for databases, rounds in ((files, size - size // 2), (served, size // 2)):
            broken += _rounds(databases, rounds, random.Random(seed), rules, figures)  # noqa: S311  no secret
    return Measured("closers", GOAL, size, seed, dict(figures), tuple(broken))


def _rounds(
    databases: Databases, rounds: int, chance: random.Random, rules: ReferenceData, figures: Counter[str]
) -> list[str]:
    url = databases.fresh()
    opened = [open_database(url) for _ in range(CLOSERS)]
    take(opened[0], *stay("e1"), now=TAKEN_AT)
    months = [(region, Month(year, month)) for year in YEARS for month in range(1, 13) for region in REGIONS]
    broken: list[str] = []
    for region, month in chance.sample(months, min(rounds, len(months))):
        done = close_at_once(opened, region, month, rules)
        figures.update(rounds=1, closed=sum(not one.already for one in done), already=sum(one.already for one in done))
        broken += [f"{databases.kind} {region} {month}: {one}" for one in wrong(opened[0], done, region, month)]
    for database in opened:
        database.close()
    return broken


def close_at_once(opened: Sequence[Database], region: str, month: Month, rules: ReferenceData) -> list[Closed]:
    """Let everyone draft the month, wait for each other, and close it."""
    ready = Barrier(len(opened))

    def one(number: int) -> Closed:
        draft = draft_month(opened[number], region=region, month=month, rules=rules, now=NOW)
        decision = Decision(f"closer {number}", "agreed", f"attester {number}")
        ready.wait()
        return close_month(opened[number], draft, decision=decision, now=NOW, as_of=NOW)

    with ThreadPoolExecutor(len(opened)) as closers:
        return list(closers.map(one, range(len(opened))))


def wrong(database: Database, done: Sequence[Closed], region: str, month: Month) -> list[str]:
    """Return what did not hold: one closing in the table, one closer who did it, everyone told of the same one."""
    query = text("SELECT count(*) FROM closing WHERE region = :region AND month = :month")
    with database.reading() as session:
        rows = int(session.execute(query, {"region": region, "month": str(month)}).scalar_one())
    firsts = sum(not one.already for one in done)
    hashes = {one.closing.hash for one in done}
    faults = {
        f"{rows} closings": rows != 1,
        f"{firsts} who think that they closed it": firsts != 1,
        f"{len(hashes)} contents": len(hashes) != 1,
    }
    return [fault for fault, is_so in faults.items() if is_so]
