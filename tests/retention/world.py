"""An installation whose March 2023 was closed long ago, and rules by which it may go; for tests of retention only."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from hemgang.liability.model import Draft, Month
from hemgang.retention.policy import (
    PERIOD_STARTS,
    DataKind,
    RetentionPeriod,
    RetentionRule,
    RetentionRules,
    read_retention_rules,
)
from hemgang.services.closing import Closed, Decision, close_month, draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.retention_apply import RetentionReport, apply_retention
from hemgang.services.retention_plan import RetentionPlan, plan_retention
from hemgang.store.database import Database
from tests.services.stays import stay
from tests.services.walking import advance_all, take

MARCH = Month(2023, 3)
CLOSED_AT = datetime(2023, 4, 10, 12, tzinfo=UTC)
NOW = datetime(2034, 1, 15, 12, tzinfo=UTC)
"""When ten years and the seventh year after the closing's are over."""

LONG_AGO = datetime(2016, 5, 2, 8, tzinfo=UTC)
"""More than five years ago by any database's clock."""

TWO = Decision("Anna", "agreed", "Bo")
EXAMPLE = Path(__file__).parents[2] / "docs" / "retention-example.toml"
DETAILS = ("message", "discharge", "duty", "duty_revision", "rung", "alert", "attempt", "acknowledgement")


def rule(kind: DataKind, controller: str = "23", *, years: int = 10, line: int = 1) -> RetentionRule:
    """Return one rule."""
    return RetentionRule(controller, kind, RetentionPeriod(years=years), PERIOD_STARTS[kind], "a decision", line)


def kept_for(*rules: RetentionRule) -> RetentionRules:
    """Return rules as a file would give them; without any, episodes for ten years and closings for seven."""
    chosen = rules or (rule(DataKind.EPISODES), rule(DataKind.CLOSINGS, years=7, line=2))
    return RetentionRules(chosen, repr(chosen))


def example() -> RetentionRules:
    """Return the rules of the page."""
    return read_retention_rules(EXAMPLE)


def close(database: Database, rules: ReferenceData, *, region: str = "23", month: Month = MARCH) -> Closed:
    """Close a month as it stands."""
    return close_drafted(database, draft_month(database, region=region, month=month, rules=rules, now=CLOSED_AT))


def close_drafted(database: Database, drafted: Draft) -> Closed:
    """Close what was drafted."""
    return close_month(database, drafted, decision=TWO, now=CLOSED_AT, as_of=CLOSED_AT)


def filled(database: Database, rules: ReferenceData, *episodes: str, closed: bool = True, **fields: str) -> None:
    """Take in stays that ended on 2023-03-20, look at them, and close their month."""
    for episode in episodes:
        take(database, *stay(episode, **fields), now=CLOSED_AT)
    advance_all(database, rules, CLOSED_AT)
    if closed:
        close(database, rules)


def planned(
    database: Database, rules: ReferenceData, wanted: RetentionRules | None = None, *, now: datetime = NOW
) -> RetentionPlan:
    """Return a dry run."""
    return plan_retention(database, wanted or kept_for(), rules, now=now)


def applied(
    database: Database, rules: ReferenceData, wanted: RetentionRules | None = None, *, now: datetime = NOW
) -> RetentionReport:
    """Let go what a dry run of the same moment shows."""
    digest = planned(database, rules, wanted, now=now).plan.digest
    return apply_retention(database, wanted or kept_for(), rules, digest=digest, by="Anna", now=now)


def json_of(line: Mapping[str, object]) -> str:
    """Return a message as its line holds it."""
    return json.dumps(line)


def counts(database: Database, *tables: str) -> dict[str, int]:
    """Return how many rows tables have."""
    with database.reading() as session:
        return {table: _count(session, table) for table in tables or DETAILS}


def rows(database: Database, query: str, **values: object) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(query), values)]


def execute(database: Database, *statements: str, values: Mapping[str, object] | None = None) -> None:
    """Run statements in one transaction."""
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement), dict(values or {}))


def goes(found: RetentionPlan) -> dict[tuple[str, str], int]:
    """Return how many go, by controller and kind."""
    return {(one.rule.controller, one.rule.kind.value): one.count for one in found.plan.groups}


def stays_because(found: RetentionPlan) -> dict[tuple[str, str], int]:
    """Return how many are kept though old, by kind and reason."""
    return {(one.kind.value, one.why.value): one.count for one in found.plan.kept}


def day(text_: str) -> date:
    """Return a date."""
    return date.fromisoformat(text_)


def _count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  names of this file
