"""Closing a month: one hash on any database and in any order, one row however often, and refusals that hold."""

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hemgang.closing.review import ClosingRefused
from hemgang.liability.model import Draft, Month
from hemgang.services.closing import Closed, Decision, close_month, draft_month
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from tests.services.stays import stay
from tests.services.walking import take

MARCH = Month(2023, 3)
NOW = datetime(2023, 4, 10, 12, tzinfo=UTC)
CASES = Path(__file__).parents[1] / "cases"
EXAMPLE = (CASES / "jamtland-exempel-1.ndjson").read_text(encoding="utf-8").splitlines()
OVER_FINDINGS = Decision("anna", "read and agreed by both", "bo")


def drafted(database: Database, rules: ReferenceData, *, now: datetime = NOW, payer: str | None = None) -> Draft:
    return draft_month(database, region="23", month=MARCH, rules=rules, now=now, payer=payer)


def close(database: Database, draft: Draft, *, decision: Decision = OVER_FINDINGS) -> Closed:
    return close_month(database, draft, decision=decision, now=NOW, as_of=NOW)


def closed_rows(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT hash FROM closing")))


@pytest.mark.postgresql
def test_one_hash_on_both_databases_and_in_any_order(
    two_databases: tuple[Database, Database], rules: ReferenceData
) -> None:
    lite, full = two_databases
    take(lite, *EXAMPLE, *stay("e1"), now=NOW)
    mixed: list[str | Mapping[str, object]] = [*EXAMPLE, *stay("e1")]
    random.Random(1).shuffle(mixed)  # noqa: S311  no secret
    parts = iter(mixed)
    while part := list(islice(parts, 37)):
        take(full, *part, now=NOW)
    first, second = drafted(lite, rules), drafted(full, rules)
    assert first.hash == second.hash
    assert first.ledger == second.ledger
    assert any(row.amount for row in first.ledger)
    take(full, *stay("e2"), now=NOW)
    assert drafted(full, rules).hash != first.hash


def test_closing_twice_is_one_closing(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    first, second = (close(database, drafted(database, rules)) for _ in range(2))
    assert (first.already, second.already) == (False, True)
    assert first.closing.hash == second.closing.hash
    assert second.closing == first.closing
    assert closed_rows(database) == [first.closing.hash]


def test_eight_at_once_are_one_closing(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    ready = Barrier(8)

    def closing(_: int) -> Closed:
        mine = drafted(database, rules)
        ready.wait()
        return close(database, mine)

    with ThreadPoolExecutor(8) as closers:
        done = list(closers.map(closing, range(8)))
    assert sorted(one.already for one in done) == [False] + [True] * 7
    assert {one.closing.hash for one in done} == set(closed_rows(database))
    assert len(closed_rows(database)) == 1


def test_all_payers_and_one_of_them_at_once_never_charge_twice(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    drafts = (drafted(database, rules), drafted(database, rules, payer="2326"))
    ready = Barrier(2)

    def closing(mine: Draft) -> bool:
        ready.wait()
        try:
            close(database, mine)
        except ClosingRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as closers:
        assert sorted(closers.map(closing, drafts)) == [False, True]
    assert len(closed_rows(database)) == 1


def test_findings_need_a_named_decision(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1", municipality="9999"), now=NOW)
    mine = drafted(database, rules)
    assert mine.findings
    with pytest.raises(ClosingRefused, match="--decision"):
        close(database, mine, decision=Decision("anna", attested_by="bo"))
    assert closed_rows(database) == []
    done = close(database, mine)
    assert (done.closing.closed_by, done.closing.decision) == ("anna", "read and agreed by both")


def test_a_month_that_is_not_over_is_refused(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    end = MARCH.ends_at
    with pytest.raises(ClosingRefused, match="not over"):
        close(database, drafted(database, rules, now=datetime(2023, 3, 31, 21, 59, 59, tzinfo=UTC)))
    assert end == datetime(2023, 3, 31, 22, tzinfo=UTC)
    assert not close(database, drafted(database, rules, now=end)).already


def test_what_comes_afterwards_never_changes_a_closed_month(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    before = close(database, drafted(database, rules)).closing
    take(database, *stay("e2"), now=NOW)
    with pytest.raises(ClosingRefused, match="other content"):
        close(database, drafted(database, rules))
    with pytest.raises(ClosingRefused, match="closed already for all payers"):
        close(database, drafted(database, rules, payer="2326"))
    with database.reading() as session:
        (body,) = session.scalars(text("SELECT body FROM closing"))
    assert body == before.body


def test_what_was_received_later_is_not_in_a_draft_as_of(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=NOW)
    early = drafted(database, rules)
    late = [one | {"received_at": "2023-04-11T08:00:00Z"} for one in stay("e2")]
    take(database, *late, now=datetime(2023, 4, 12, tzinfo=UTC))
    then = datetime(2023, 4, 12, tzinfo=UTC)
    as_of = draft_month(database, region="23", month=MARCH, rules=rules, now=then, as_of=NOW)
    assert as_of.hash == early.hash
    assert drafted(database, rules, now=then).hash != early.hash


@pytest.mark.parametrize("change", ["UPDATE closing SET hash = 'x'", "DELETE FROM closing"])
def test_nobody_tampers_with_a_closed_month(database: Database, rules: ReferenceData, change: str) -> None:
    take(database, *stay("e1"), now=NOW)
    done = close(database, drafted(database, rules))
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(text(change))
    assert closed_rows(database) == [done.closing.hash]
