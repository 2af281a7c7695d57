"""The first statement fails, then the second, and so on until none does: afterwards the same end, nothing twice."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from hemgang.alerts.channels import SecretUrl
from hemgang.alerts.outcomes import Attempt, Outcome, Reason
from hemgang.engine import deliver as delivering
from hemgang.engine.rules import Rules, load_rules
from hemgang.store import discharges, outbox
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade
from hemgang.store.tables import SettingRow
from tests.conftest import KINDS, empty_database
from tests.engine.post import small_directory
from tests.engine.walking import advance_all, send_all, take

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
LINES = (
    {
        "id": "m1",
        "episode": "e1",
        "type": "admitted",
        "at": "2023-03-01T07:00:00Z",
        "region": "23",
        "municipality": "2380",
        "care": "somatic",
        "clinic": "ward-1",
    },
    {"id": "m2", "episode": "e1", "type": "sip_need", "at": "2023-03-01T07:00:00Z", "needed": "yes"},
    {"id": "m3", "episode": "e1", "type": "no_such_type", "at": "2023-03-01T07:00:00Z"},
)
INSTANTS = (START, START + timedelta(hours=20), START + timedelta(hours=24))
STATE = (
    "SELECT id, body FROM message",
    "SELECT line, code FROM quarantine",
    "SELECT episode, state, standing, next_wake FROM discharge",
    "SELECT key, revision, status FROM duty",
    "SELECT key, revision, status, reason FROM duty_revision",
    "SELECT key, revision, rung, outcome FROM rung",
    "SELECT reference, kind, recipient, state FROM alert",
)


def run(database: Database, rules: Rules) -> None:
    """Take in, step and send, at three instants."""
    for now in INSTANTS:
        take(database, *LINES, now=now)
        advance_all(database, rules, now)
        send_all(database, rules, now)


def state(database: Database) -> list[list[tuple[Any, ...]]]:
    """Return where everything stands, but for what counts tries."""
    with database.reading() as session:
        return [sorted(map(tuple, session.execute(text(query))), key=repr) for query in STATE]


@contextmanager
def failing_at(database: Database, number: int) -> Iterator[list[int]]:
    """Let statement `number` (from 1) fail as if the connection were gone; yield how many were tried."""
    tried = [0]

    def fail(*_: object) -> None:
        tried[0] += 1
        if tried[0] == number:
            raise OperationalError("a statement", {}, Exception("server closed the connection"))

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        yield tried
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)


def fresh(url: str) -> Database:
    """Return an empty database whose references are those of any other here."""
    database = open_database(url)
    upgrade(database)
    with database.writing() as session:
        session.add(SettingRow(key="reference_secret", value="cd" * 32))
    return database


def after_a_failure(database: Database, rules: Rules, number: int) -> bool:
    """Let one statement fail and run again from the start; return whether there was such a statement."""
    with failing_at(database, number) as tried:
        try:
            run(database, rules)
        except OperationalError:
            pass
        else:
            assert tried[0] < number, "the fault was swallowed"
    run(database, rules)
    return tried[0] >= number


class Boxes:
    """Takes the place of the channels and keeps what was sent."""

    def __init__(self) -> None:
        self.sent: set[tuple[str, str]] = set()

    def send(self, url: SecretUrl, _title: str, body: str, reference: str, _timeout: float) -> Attempt:
        """Keep one message."""
        self.sent.add((url.reveal().rpartition("to=")[2], f"{reference}\n{body}"))
        return Attempt(Outcome.DELIVERED, Reason.ACCEPTED)


def another(calm: Database, empty: Database, folder: Path, number: int) -> Database:
    """Return one more empty database, copied from an empty one."""
    if empty.is_sqlite:
        path = folder / f"shaken-{number}.db"
        shutil.copy(str(empty.engine.url.database), path)
        return open_database(f"sqlite:///{path}")
    name = f"{empty.engine.url.database}_{number}"
    with calm.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {empty.engine.url.database}"))
    return open_database(empty.engine.url.set(database=name).render_as_string(hide_password=False))


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_each_statement_fails_once(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = Boxes()
    monkeypatch.setattr(outbox, "LEASE", timedelta(0))
    monkeypatch.setattr(discharges, "LEASE", timedelta(0))
    monkeypatch.setattr(delivering, "send", boxes.send)
    rules = load_rules(directory=small_directory(tmp_path, 25))
    empty, calm = (fresh(empty_database(request, kind, tmp_path)) for _ in range(2))
    empty.close()
    run(calm, rules)
    wanted, told = state(calm), set(boxes.sent)
    assert len(told) == 2
    number, more = 0, True
    while more:
        number += 1 if empty.is_sqlite else 4  # every statement on the one, every fourth on the other
        boxes.sent.clear()
        shaken = another(calm, empty, tmp_path, number)
        more = after_a_failure(shaken, rules, number)
        assert state(shaken) == wanted, f"statement {number}"
        assert boxes.sent == told, f"statement {number}"
        shaken.close()
    assert number > 80
    calm.close()
