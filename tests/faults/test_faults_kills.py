"""Killed at any instant: nothing taken in is lost, no alert is lost, none is false, doubles carry their reference."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hemgang.store.database import open_database
from tests.faults.fault_kills import measure
from tests.faults.kills.checking import Calm, differences
from tests.faults.kills.databases import sqlite_databases
from tests.faults.kills.site import Site
from tests.services.post import post_office

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]
KILLS = int(os.environ.get("HEMGANG_TEST_KILLS", "15"))


def test_killed_at_any_instant() -> None:
    measured = measure(KILLS, seed=20261126)
    assert measured.broken == ()
    assert int(measured.figures["kills"]) >= KILLS
    assert int(measured.figures["mails"]) > 10


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield an installation that was left in peace until its month was closed."""
    with sqlite_databases() as databases, post_office() as post:
        site = Site(databases.fresh(), tmp_path_factory.mktemp("carried") / "site", post)
        assert site.finish()
        yield site
        site.database.close()


@pytest.fixture
def finished(carried: Site, tmp_path: Path) -> Iterator[Site]:
    """Yield that installation, and put its database back as it was."""
    url = carried.database.url
    file = Path(url.removeprefix("sqlite:///"))
    carried.database.close()
    shutil.copy(file, tmp_path / "kept.db")
    carried.database = open_database(url)
    yield carried
    carried.database.close()
    for beside in file.parent.glob(f"{file.name}*"):
        beside.unlink()
    shutil.copy(tmp_path / "kept.db", file)
    carried.database = open_database(url)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("DELETE FROM rung WHERE rung = 'owner'", "rungs differ"),
        ("UPDATE alert SET state = 'pending'", "was left pending"),
        ("INSERT INTO alert SELECT NULL, 'AAAA-BBBB-CCCC', 'other', key, revision, rung, kind, role, recipient, "
         "channel, urgent, fired_at, release_at, duty_status, strict_due, practical_due, why, state, reason, bundle, "
         "attempts, next_attempt_at, delivered_at, lease_owner, lease_until FROM alert "
         "WHERE state = 'delivered' LIMIT 1",
         "stands as delivered and was not received"),
        ("DROP TRIGGER message_no_DELETE; DELETE FROM message WHERE id = 'late-1'", "messages differ"),
        ("DROP TRIGGER closing_no_UPDATE; UPDATE closing SET hash = 'x' WHERE version = 2", "closings differ"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_planted(finished: Site, planted: str, found: str) -> None:
    calm = Calm.of(finished)
    assert list(differences(finished, calm, Counter())) == []
    with finished.database.writing() as session:
        for statement in planted.split("; "):
            session.execute(text(statement))
    assert any(found in one for one in differences(finished, calm, Counter()))


def test_a_lost_mail_and_a_strange_one_are_found(finished: Site) -> None:
    calm, mails = Calm.of(finished), finished.post.mails
    taken = mails.pop()
    try:
        assert any("not received" in one for one in differences(finished, calm, Counter()))
        mails += [taken, type(taken)("box", "R", "hemgang ABCD-EFGH-JKMN", b"")]
        assert any("references of nothing" in one for one in differences(finished, calm, Counter()))
    finally:
        mails[:] = [*(one for one in mails if one.box != "box" and one is not taken), taken]
