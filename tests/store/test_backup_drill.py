"""The drill: backed up, gone on for days, lost, restored, fed again; nothing goes out of itself, nothing is missing."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from hemgang.services.backup import back_up, restore
from hemgang.services.deliver import deliver
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restatements_of
from hemgang.store import closings, installation
from hemgang.store.database import Database, open_database
from hemgang.store.tables import AlertRow
from tests.conftest import KINDS, empty_database
from tests.services.post import Post, post_office
from tests.services.walking import advance_all, send_all, take
from tests.store.backups import NOW, populated, rows
from tests.store.history.populating import APRIL, CLOSED_AT, END, HALFWAY, REGION, close, rules_of, stay, walk_on

LATER = CLOSED_AT + timedelta(days=40)
DECIDED = ("message", "quarantine", "discharge", "duty", "duty_revision", "closing", "review_event", "joint_decision")
"""The tables of what is known and what follows from it; what has been sent has no part in them."""


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def rules(post: Post, tmp_path: Path) -> ReferenceData:
    return rules_of(tmp_path, post)


def go_on(database: Database, rules: ReferenceData) -> None:
    """Do what is done between the backup and the loss: two days of messages, duties, alerts; a month is closed."""
    walk_on(database, rules, begin=HALFWAY, until=END)
    late = stay("late", "2380", received_at="2023-04-12T08:00:00Z")
    take(database, *late, now=LATER)
    advance_all(database, rules, LATER)
    close(database, rules, REGION, APRIL, now=LATER)


def released(url: str, rules: ReferenceData) -> Database:
    """Return a populated database that sends."""
    database = populated(url)
    with database.writing() as session:
        installation.release_delivery(session, by="Anna", now=NOW)
    send_all(database, rules, HALFWAY)
    return database


def alerts(database: Database) -> list[AlertRow]:
    with Session(database.engine) as session:
        return list(session.scalars(select(AlertRow).order_by(col(AlertRow.reference))))


def delivered_after(database: Database, when: datetime) -> dict[str, datetime]:
    return {one.reference: one.delivered_at for one in alerts(database) if one.delivered_at and one.delivered_at > when}


def hashes(database: Database) -> list[tuple[str, str, int, str]]:
    with database.reading() as session:
        return [(one.region, one.month, one.version, one.hash) for one in closings.of_region(session)]


@pytest.mark.parametrize("into", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_database_comes_back(
    request: pytest.FixtureRequest, tmp_path: Path, rules: ReferenceData, post: Post, kind: str, into: str
) -> None:
    """From each kind of database into each."""
    lost = released(empty_database(request, kind, tmp_path), rules)
    back_up(lost.url, tmp_path / "backup", now=NOW)
    go_on(lost, rules)
    known, sent = {name: rows(lost)[name] for name in DECIDED}, delivered_after(lost, HALFWAY)
    assert len(sent) > 5
    assert len(hashes(lost)) == 7

    url = empty_database(request, into, tmp_path)
    restore(url, tmp_path / "backup", by="Eva", now=NOW)
    with closing(open_database(url)) as found:
        before = len(post.mails)
        go_on(found, rules)
        assert deliver(found, rules, now=LATER).alerts == 0
        assert len(post.mails) == before, "something was sent before anybody said so"
        assert {name: rows(found)[name] for name in DECIDED} == known
        assert hashes(found) == hashes(lost)
        assert {one.reference for one in alerts(found)} <= {one.reference for one in alerts(lost)}
        with found.writing() as session:
            installation.record_sent_before(session, sent.items())
            installation.release_delivery(session, by="Eva", now=NOW)
        send_all(found, rules, LATER)
        assert not sent.keys() & {one for mail in post.mails[before:] for one in mail.references}, "sent again"
        assert all(not one.found for one in restatements_of(found, region=REGION, month=APRIL, rules=rules, now=LATER))
    lost.close()
