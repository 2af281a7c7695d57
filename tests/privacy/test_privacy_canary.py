"""The canary: identity numbers in every field, in many writings; not one of them is found anywhere afterwards."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from hemgang.engine.closing import Decision, close_month, draft_month
from hemgang.engine.rules import load_rules
from hemgang.episode.fold import fold
from hemgang.liability.explain import explain
from hemgang.liability.month import Month
from hemgang.liability.sentences import Language
from hemgang.messages.fields import COMMON, OWN
from hemgang.messages.model import MessageType
from hemgang.store import messages
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade
from tests.engine.post import post_office, small_directory
from tests.engine.walking import advance_all, send_all, take

PEOPLE = [f"{1930 + number}{1 + number % 12:02}{1 + number % 28:02}{2000 + 37 * number:04}" for number in range(60)]
"""Sixty invented people, twelve digits each; nobody has such a number on purpose."""

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
NOW = datetime(2023, 4, 3, 8, tzinfo=UTC)
MARCH = Month(2023, 3)


def written(twelve: str) -> tuple[str, ...]:
    """Return the ways in which a number is written."""
    day, last = twelve[:8], twelve[8:]
    coordination = f"{twelve[:6]}{int(twelve[6:8]) + 60}{last}"
    return (
        twelve,
        f"{day}-{last}",
        twelve[2:],
        f"{day[2:]}-{last}",
        f"{day[2:]}+{last}",
        f"{day} {last}",
        coordination,
        f"{coordination[2:8]}-{last}",
        f"patient {day}-{last}, room 2",
    )


def fields() -> Iterator[tuple[MessageType, str]]:
    """Yield every field of every type of message."""
    for kind in MessageType:
        for name in (*COMMON, *OWN[kind], "note"):
            yield kind, name


def stay() -> list[dict[str, object]]:
    """Return a stay without any number, which is charged and about which people are told."""
    told: tuple[tuple[str, str, dict[str, object]], ...] = (
        (
            "admitted",
            "2023-03-01T07:00:00Z",
            {"region": "23", "municipality": "2326", "care": "somatic", "clinic": "ward-1"},
        ),
        ("admission_notice", "2023-03-02T09:00:00Z", {"expected_discharge": "2023-03-06"}),
        ("ready_notice", "2023-03-06T09:00:00Z", {}),
        ("sip_called", "2023-03-06T10:00:00Z", {}),
        ("discharged", "2023-03-20T10:00:00Z", {}),
    )
    return [
        {"id": f"m{number}", "episode": "e1", "type": kind, "at": at, **more}
        for number, (kind, at, more) in enumerate(told)
    ]


def canaries() -> Iterator[str]:
    """Yield lines with a number in each field in turn, as JSON with and without escapes, and as half a line."""
    for number, (kind, name) in enumerate(fields()):
        forms = written(PEOPLE[number % len(PEOPLE)])
        form = forms[number % len(forms)]
        line = {"id": f"c{number}", "episode": "e9", "type": kind.value, "at": "2023-03-01T10:00:00Z", name: form}
        plain = json.dumps(line)
        yield plain
        yield plain.replace(form, "".join(f"\\u{ord(letter):04x}" for letter in form))
        yield plain[: plain.index(form) + len(form)]
        yield json.dumps(line | {name: [form]})
        yield json.dumps(line | {name: {"deep": [form]}})
        yield json.dumps({**line, name: "x", form: "as a name"})


def a_life(database: Database, folder: Path, port: int) -> list[str]:
    """Take in, step, send, close and explain; return what a reader is shown."""
    rules = load_rules(directory=small_directory(folder, port))
    shown: list[str] = []
    for hours in range(0, 24 * 33, 6):
        now = START + timedelta(hours=hours)
        if hours == 0:
            for line in canaries():
                report = take(database, line, now=now, source=f"line {len(shown)}")
                assert (report.quarantined, report.accepted) == (1, 0), len(shown)
                shown.append(repr(report))
        take(database, *(one for one in stay() if str(one["at"]) <= now.isoformat()), now=now)
        advance_all(database, rules, now)
        send_all(database, rules, now)
    draft = draft_month(database, region="23", month=MARCH, rules=rules, now=NOW)
    assert any(row.amount for row in draft.ledger)
    closed = close_month(database, draft, decision=Decision("anna", "agreed", "bo"), now=NOW, as_of=NOW)
    with database.reading() as session:
        episode = fold(messages.of_episode(session, "e1"), episode="e1")
    explained = list(
        explain(
            episode,
            [draft],
            agreements=rules.agreements,
            rates=rules.rates,
            municipalities=rules.municipalities,
            now=NOW,
            language=Language.ENGLISH,
        )
    )
    assert explained
    return [*shown, repr(closed), repr(explained)]


def test_no_identity_number_is_kept_said_or_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    home = tmp_path / "home"
    database = open_database(f"sqlite:///{home / 'canary.db'}")
    upgrade(database)
    with post_office() as post:
        shown = a_life(database, tmp_path, post.port)
        mails = b"".join(mail.raw for mail in post.mails)
    with database.reading() as session:
        count = session.execute(text("SELECT count(*) FROM quarantine")).scalar()
    files = b"".join(path.read_bytes() for path in home.iterdir())
    database.close()
    assert len(post.mails) > 3
    assert count == len(list(canaries()))
    assert b"hemgang" in caplog.text.encode() or caplog.records
    places = {"database": files, "logs": caplog.text.encode(), "mail": mails, "shown": "".join(shown).encode()}
    for where, content in places.items():
        assert content, where
        for person in PEOPLE:
            for canary in written(person):
                assert canary.encode() not in content, where
                escaped = "".join(f"\\u{ord(letter):04x}" for letter in canary)
                assert escaped.encode() not in content, where


def test_the_search_would_find_one(tmp_path: Path) -> None:
    """A number that did get in is found in the bytes of the file: the canary test can fail."""
    database = open_database(f"sqlite:///{tmp_path / 'canary.db'}")
    upgrade(database)
    number = written(PEOPLE[0])[1]
    with database.writing() as session:
        session.execute(text("INSERT INTO setting (key, value) VALUES ('k', :value)"), {"value": number})
    assert any(number.encode() in path.read_bytes() for path in tmp_path.iterdir())
    database.close()
