"""Looks at an installation from outside, after the fact: every table, every box; and says what is not as it should."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlmodel import Session

from hemgang.store.access_log import first_break
from tests.faults.scenarios.breaking import Fault, Operation
from tests.faults.scenarios.stage import Letter

Rows = Sequence[Mapping[str, Any]]

NEVER_COMPARED: Mapping[str, frozenset[str]] = {
    "alert": frozenset({"id", "attempts", "next_attempt_at", "delivered_at", "lease_until"}),
    "discharge": frozenset({"version", "lease_owner", "lease_until"}),
    "access": frozenset({"seq", "previous", "hash"}),
}
"""Columns that count tries or number rows; of every table but `message` also the number `id`."""

AFTER_SENDING: Mapping[str, frozenset[str]] = {"alert": frozenset({"bundle", "channel"})}
"""What a sending that failed and was made up for may leave otherwise: in which message an alert went, by which way."""

UNCOUNTED = frozenset({"acknowledgement", "access", "forecast"})
"""Tables where the same fact may stand twice after a person had no answer and gave the command again."""

UNREAD = frozenset({"pulse", "alembic_version"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What an installation came to: its tables, what the boxes got, whether the access log's chain is whole."""

    tables: Mapping[str, Rows]
    letters: tuple[Letter, ...]
    integrity: str
    chain_breaks_at: int | None


@dataclass(frozen=True, slots=True)
class Eye:
    """Looks at a database over connections of its own, which no fault meets."""

    engine: Engine

    def table(self, name: str) -> Rows:
        """Return a table's rows."""
        with self.engine.connect() as connection:
            found = connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608  a name from the schema
            return [dict(row) for row in found.mappings()]

    def look(self, letters: Sequence[Letter]) -> Seen:
        """Read all tables, check the file where there is one, and the access log's chain."""
        names = sorted(set(inspect(self.engine).get_table_names()) - UNREAD)
        tables = {name: self.table(name) for name in names}
        integrity = "ok"
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                integrity = str(connection.execute(text("PRAGMA integrity_check")).scalar())
        with Session(self.engine) as session:
            return Seen(tables, tuple(letters), integrity, first_break(session))


def wrong(seen: Seen, calm: Seen, *, fault: Fault | None) -> Iterator[str]:
    """Yield how a disturbed installation differs from one left in peace, beyond what the fault explains."""
    sending = fault is not None and fault.operation is Operation.SEND
    if seen.integrity != "ok":
        yield f"integrity_check: {seen.integrity}"
    if seen.chain_breaks_at is not None:
        yield f"the access log breaks at row {seen.chain_breaks_at}"
    for name in sorted(calm.tables.keys() | seen.tables.keys()):
        if sending and name == "attempt":
            continue
        had, wanted = (_counted(name, one.tables.get(name, ()), sending=sending) for one in (seen, calm))
        if had != wanted:
            yield f"table {name}: {(had - wanted).total()} rows too many, {(wanted - had).total()} missing"
    if not sending and set(seen.letters) != set(calm.letters):
        yield "other messages arrived than in peace"
    yield from _misdelivered(seen, calm)


def _misdelivered(seen: Seen, calm: Seen) -> Iterator[str]:
    """Compare alert by alert: after a channel failed, one may have gone over the fallback, or in another message."""
    got, wanted = ({one for letter in of.letters for one in letter.alerts} for of in (seen, calm))
    if lost := wanted - got:
        yield f"{len(lost)} alerts never arrived"
    if false := got - wanted:
        yield f"{len(false)} false alerts arrived"
    meant: dict[str, frozenset[str]] = {}
    for letter in seen.letters:
        if meant.setdefault(letter.reference, letter.alerts) != letter.alerts:
            yield "one reference stood for two different messages"


def _counted(name: str, rows: Rows, *, sending: bool) -> Counter[str]:
    left_out = set(NEVER_COMPARED.get(name, ()))
    if name != "message":
        left_out.add("id")
    if sending:
        left_out |= AFTER_SENDING.get(name, frozenset())
    told = Counter(repr({key: value for key, value in row.items() if key not in left_out}) for row in rows)
    return Counter(set(told)) if name in UNCOUNTED else told
