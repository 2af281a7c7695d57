"""What is to be said of the database: reachable, which, writable, its version, its clock; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from hemgang.doctor.finding import Finding, error, lasting, ok, warning

CLOCK_WARNING_S, CLOCK_ERROR_S = 5.0, 60.0
OLDEST_POSTGRESQL = 14
"""The oldest version whose faults its makers still mend, as of 2026."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was seen of the database.

    `trouble`: why it cannot be reached, "" if it can; then nothing else is known. `kind`: sqlite or postgresql.
    `revision`: the tables' version, None where there are no tables; `head`: the version that this code needs;
    `known`: every version this code knows. `ahead_s`: seconds by which the database's clock is ahead of this machine's,
    None where both are one. `read_only`: why nothing can be written, "" if it can.
    """

    trouble: str = ""
    missing_file: bool = False
    kind: str = ""
    version: str = ""
    read_only: str = ""
    revision: str | None = None
    head: str = ""
    known: frozenset[str] = frozenset()
    ahead_s: float | None = None
    virtual_clock: bool = False

    @property
    def readable(self) -> bool:
        """Whether the tables are those that this code reads."""
        return not self.trouble and self.revision is not None and self.revision == self.head


def judge_database(facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield what is to be said of the database."""
    if facts.missing_file:
        yield warning(
            "database", "there is no database yet", "start `hemgang run` or `hemgang ingest`: it is made then"
        )
        return
    if facts.trouble:
        yield error("database", facts.trouble, "see HEMGANG_DATABASE, and whether the database runs: docs/runbook.md")
        return
    yield _kind(facts)
    if facts.read_only:
        yield error(
            "database writable", facts.read_only, "give hemgang's user the right to write, on the primary server"
        )
    else:
        yield ok("database writable", "yes")
    yield _tables(facts)
    yield _clock(facts)


def _kind(facts: DatabaseFacts) -> Finding:
    if facts.kind == "sqlite":
        return ok("database", f"SQLite {facts.version}, for processes on this one machine")
    if _major(facts.version) < OLDEST_POSTGRESQL:
        return warning("database", f"PostgreSQL {facts.version}", f"upgrade it to {OLDEST_POSTGRESQL} or later")
    return ok("database", f"PostgreSQL {facts.version}")


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() else OLDEST_POSTGRESQL


def _tables(facts: DatabaseFacts) -> Finding:
    if facts.revision is None:
        return warning("tables", "there are none", "start `hemgang run` or `hemgang ingest`: they are made then")
    if facts.revision == facts.head:
        return ok("tables", f"version {facts.revision}")
    if facts.revision in facts.known:
        found = f"version {facts.revision}, this hemgang needs {facts.head}"
        return warning("tables", found, "back up, then start hemgang: it upgrades them; the rest is not looked at now")
    found = f"version {facts.revision}, which this hemgang does not know"
    return error("tables", found, "upgrade hemgang on this machine")


def _clock(facts: DatabaseFacts) -> Finding:
    if facts.virtual_clock:
        return warning("clock", "HEMGANG_CLOCK sets a virtual clock", "unset it: it is for the demo and for tests")
    if facts.ahead_s is None:
        return ok("clock", "one machine, one clock")
    apart = abs(facts.ahead_s)
    where = "ahead of" if facts.ahead_s > 0 else "behind"
    found = f"the database's clock is {lasting(apart)} {where} this machine's"
    do = "let both keep time by NTP; deadlines go by the database's clock"
    if apart > CLOCK_ERROR_S:
        return error("clock", found, do)
    if apart > CLOCK_WARNING_S:
        return warning("clock", found, do)
    return ok("clock", f"the database's and this machine's are {apart:.1f} s apart")
