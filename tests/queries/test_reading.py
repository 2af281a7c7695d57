"""The one door for reading: a forgotten filter shows nothing, and each reading is in the access log first."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hemgang.i18n.language import Language
from hemgang.liability.model import Month
from hemgang.queries import episodes, months, operation, outlook
from hemgang.queries.access import NothingStored, OutsideScope
from hemgang.queries.months import MonthRequest
from hemgang.scope import Scope
from hemgang.services.installation import Installation, ReferenceData, installation_on
from hemgang.settings import Settings
from hemgang.store.access_log import AccessEntry, Reader, access_entries
from hemgang.store.database import Database
from tests.services.stays import CLOSED_AT, MARCH, close, stay
from tests.services.walking import take

READER = Reader("anna", "ward-1", "care planning")
REGION, PAYER, NOTHING = Scope.of(regions=("23",)), Scope.of(payers=("2326",)), Scope()
REQUEST = MonthRequest("23", MARCH, None, CLOSED_AT)

Read = Callable[[Installation, Scope], object]


def silent(_: str) -> None:
    """Show no progress."""


READINGS: dict[str, tuple[Read, str, str]] = {
    "episodes": (
        lambda here, scope: list(episodes.list_episodes(here, READER, scope, known_at=CLOSED_AT)),
        "episodes",
        "*",
    ),
    "episode": (
        lambda here, scope: episodes.view_episode(here, READER, scope, "e1", known_at=CLOSED_AT, progress=silent),
        "episode",
        "e1",
    ),
    "duties": (
        lambda here, scope: list(episodes.list_duties(here, READER, scope, known_at=CLOSED_AT, episode=None)),
        "duties",
        "*",
    ),
    "month": (lambda here, scope: months.view_month(here, READER, scope, REQUEST), "close", "*"),
    "review": (lambda here, scope: months.view_review(here, READER, scope, REQUEST), "review", "*"),
    "closing": (
        lambda here, scope: months.view_closing(here, READER, scope, region="23", month=MARCH, payer="", version=1),
        "closings",
        "*",
    ),
    "restatement": (
        lambda here, scope: months.view_restatement(here, READER, scope, region="23", month=MARCH, now=CLOSED_AT),
        "restate",
        "*",
    ),
    "thresholds": (
        lambda here, scope: outlook.view_thresholds(
            here, READER, scope, region="23", known_at=datetime(2023, 3, 15, 12, tzinfo=UTC)
        ),
        "threshold",
        "*",
    ),
}


@pytest.fixture
def here(database: Database, rules: ReferenceData) -> Installation:
    """Return an installation with two stays of two payers, and their March closed."""
    take(database, *stay("e1"), *stay("e2", municipality="2380"), now=CLOSED_AT)
    close(database, rules)
    return installation_on(database, Settings(database=database.url))


def logged(here: Installation) -> list[AccessEntry]:
    with here.database.reading() as session:
        return list(access_entries(session))


@pytest.mark.parametrize("name", READINGS)
def test_a_reading_is_in_the_access_log_by_the_same_call(name: str, here: Installation) -> None:
    read, action, episode = READINGS[name]
    read(here, REGION)
    (entry,) = logged(here)
    assert (entry.who, entry.unit, entry.why) == ("anna", "ward-1", "care planning")
    assert (entry.action, entry.episode) == (action, episode)


def test_a_list_that_nobody_goes_through_is_in_the_access_log(here: Installation) -> None:
    episodes.list_episodes(here, READER, REGION, known_at=CLOSED_AT)
    assert [entry.action for entry in logged(here)] == ["episodes"]


@pytest.mark.parametrize("name", [name for name in READINGS if name not in {"episodes", "duties"}])
def test_a_scope_of_nothing_is_shown_nothing_and_logs_nothing(name: str, here: Installation) -> None:
    with pytest.raises((OutsideScope, NothingStored)):
        READINGS[name][0](here, NOTHING)
    assert logged(here) == []


@pytest.mark.parametrize("name", ["episodes", "duties"])
def test_lists_are_empty_under_a_scope_of_nothing(name: str, here: Installation) -> None:
    assert READINGS[name][0](here, NOTHING) == []


def test_an_episode_outside_the_scope_is_not_told_from_one_that_is_not_stored(here: Installation) -> None:
    texts = []
    for episode in ("e2", "e9"):
        with pytest.raises(NothingStored) as refused:
            episodes.view_episode(here, READER, PAYER, episode, known_at=CLOSED_AT, progress=silent)
        texts.append(str(refused.value).replace(episode, "?"))
    assert texts[0] == texts[1]


def test_a_payer_sees_its_own_part_of_the_month_and_the_hash_of_the_whole(here: Installation) -> None:
    whole, own = (months.view_month(here, READER, scope, REQUEST) for scope in (REGION, PAYER))
    assert {one.payer for one in whole.draft.statements} == {"2326", "2380"}
    assert {one.payer for one in own.draft.statements} == {row.payer for row in own.draft.ledger} == {"2326"}
    assert own.content == whole.content


def test_whoever_sees_a_part_cannot_close_the_whole(here: Installation) -> None:
    with pytest.raises(OutsideScope, match="only some payers"):
        months.view_month(here, READER, PAYER, REQUEST, close=lambda drafted, _: drafted)
    assert logged(here) == []


def test_a_month_that_was_closed_before_says_so(here: Installation) -> None:
    earlier = months.view_month(here, READER, REGION, REQUEST).earlier
    assert earlier is not None
    assert (earlier.same, earlier.later_episodes, earlier.closing.version) == (True, 0, 1)


def test_closings_are_listed_to_those_who_see_all_of_them(here: Installation) -> None:
    seen = [len(months.list_closings(here, scope, region=None, now=CLOSED_AT)[0]) for scope in (REGION, PAYER, NOTHING)]
    assert seen == [1, 0, 0]


def test_why_an_episode_is_charged_is_a_reading_of_it(here: Installation) -> None:
    told = episodes.explain_episode(
        here, READER, PAYER, "e1", day=None, language=Language.ENGLISH, known_at=CLOSED_AT, progress=silent
    )
    assert told
    assert [(entry.action, entry.episode) for entry in logged(here)] == [("explain", "e1")]


def test_lines_in_quarantine_have_a_text_only_where_the_reading_is_logged(here: Installation) -> None:
    take(here.database, "no JSON", now=CLOSED_AT)
    texts = [
        [
            line.text
            for line in operation.list_quarantine(here.database, READER, source=None, codes=(), with_text=with_text)
        ]
        for with_text in (False, True)
    ]
    assert texts == [[None], ["no JSON"]]
    assert [entry.action for entry in logged(here)] == ["quarantine"]


def test_no_snapshot_is_open_while_episodes_are_folded(here: Installation) -> None:
    """On PostgreSQL a snapshot that stays open keeps old rows from being cleared away."""
    seen = 0
    for _ in episodes.visible_episodes(here.database, REGION, known_at=CLOSED_AT):
        assert here.database.reader.pool.checkedout() == 0  # type: ignore[attr-defined]
        seen += 1
    assert seen == 2


def test_the_month_of_an_unknown_version_is_refused(here: Installation) -> None:
    with pytest.raises(months.NotClosed, match="version 2"):
        months.view_closing(here, READER, REGION, region="23", month=Month(2023, 3), payer="", version=2)
