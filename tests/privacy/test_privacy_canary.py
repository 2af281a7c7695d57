"""The canary: numbers in every field, in every notation; not one of them is found anywhere afterwards.

In this process, every logger at DEBUG, records as the libraries make them, not as hemgang.logs reduces them.
With Prefect and its processes: test_privacy_prefect.py.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from hemgang.episode.fold import fold
from hemgang.i18n.language import Language
from hemgang.liability.explain import explain
from hemgang.liability.model import Month
from hemgang.services.closing import Decision, close_month, draft_month
from hemgang.services.inbox import ingest_inbox
from hemgang.services.installation import load_reference_data
from hemgang.store import messages
from hemgang.store.database import Database, open_database, upgrade
from tests.privacy.people import notations, people
from tests.privacy.searching import bytes_under, everybody, found_in
from tests.privacy.telling import canaries, stay, texts
from tests.services.post import post_office, small_directory
from tests.services.walking import advance_all, send_all, take

KNOWN = everybody(500)
START = datetime(2023, 3, 1, 7, tzinfo=UTC)
NOW = datetime(2023, 4, 3, 8, tzinfo=UTC)
MARCH = Month(2023, 3)


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Yield what every logger there is says from DEBUG on."""
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.level, one.propagate) for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        one.propagate = True
    caplog.set_level(logging.DEBUG)
    yield caplog
    for one, level, propagate in before:
        one.setLevel(level)
        one.propagate = propagate


def an_inbox(database: Database, folder: Path) -> str:
    """Take in files whose names, headers and rows hold numbers; return what is said of them."""
    inbox = folder / "inbox"
    inbox.mkdir()
    text = texts()
    name, header, cell = (next(text) for _ in range(3))
    (inbox / f"{name.replace('/', ' ')}.ndjson").write_text("\n".join(canaries(60)), encoding="utf-8")
    (inbox / "a.csv").write_text(f"id,episode,type,at,{header}\nm7,e7,died,2023-03-01T06:00:00Z,x\n", encoding="utf-8")
    (inbox / "b.csv").write_text(f"id,episode,{cell}\n", encoding="utf-8")
    (inbox / "c.csv").write_text(f"id,episode,type,at\nm7,{cell},died,2023-03-01T06:00:00Z\n", encoding="utf-8")
    said = [repr(taken) for taken in ingest_inbox(database, inbox, now=START)]
    assert len(said) == 4
    return "".join(said)


def a_life(database: Database, folder: Path, port: int) -> list[str]:
    """Take in, step, send, close and explain; return what a reader is shown."""
    rules = load_reference_data(directory=small_directory(folder, port))
    report = take(database, *canaries(), now=START)
    assert (report.quarantined, report.accepted) == (len([*canaries()]), 0)
    shown = [repr(report), an_inbox(database, folder)]
    for hours in range(0, 24 * 33, 24):
        now = START + timedelta(hours=hours)
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


def test_no_identity_number_is_kept_said_or_sent(tmp_path: Path, loud: pytest.LogCaptureFixture) -> None:
    home = tmp_path / "home"
    database = open_database(f"sqlite:///{home / 'canary.db'}")
    upgrade(database)
    with post_office() as post:
        shown = a_life(database, tmp_path, post.port)
        mails = b"".join(mail.raw for mail in post.mails)
    with database.reading() as session:
        count = session.execute(text("SELECT count(*) FROM quarantine")).scalar()
    database.close()
    assert len(post.mails) > 3
    assert count is not None
    assert count > len([*canaries()])
    spoken = "\n".join(f"{record.name} {logging.Formatter().format(record)}" for record in loud.records)
    assert "sqlalchemy" in spoken, "the libraries were not heard"
    places = bytes_under(home) | {"logs": spoken.encode(), "mail": mails, "shown": "".join(shown).encode()}
    for where, content in places.items():
        assert content, where
        assert not found_in(content, KNOWN), where


def test_the_search_would_find_one(tmp_path: Path) -> None:
    """A number that did get in is found in the bytes of the file: the canary test can fail."""
    database = open_database(f"sqlite:///{tmp_path / 'canary.db'}")
    upgrade(database)
    for person in people()[:12]:
        number = notations(person)[people().index(person)]
        with database.writing() as session:
            session.execute(text("DELETE FROM setting"))
            session.execute(text("INSERT INTO setting (key, value) VALUES ('k', :value)"), {"value": number})
        assert person in {one for content in bytes_under(tmp_path).values() for one in found_in(content, KNOWN)}
    database.close()
