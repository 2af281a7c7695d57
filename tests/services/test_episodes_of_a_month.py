"""A month is read from the episodes that touch it, and comes out as if every episode had been read."""

import json
from datetime import UTC, date, datetime

import pytest

from hemgang.episode.fold import fold
from hemgang.liability.draft import draft
from hemgang.liability.model import Month
from hemgang.services.closing import draft_month, versions
from hemgang.services.installation import ReferenceData
from hemgang.simulate import lines
from hemgang.store import messages
from hemgang.store.database import Database
from hemgang.store.messages import NeededEpisodes
from tests.services.walking import take

NOW = datetime(2021, 2, 1, tzinfo=UTC)
MARCH = datetime(2023, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("region", "month"), [("01", "2020-12"), ("19", "2020-11"), ("23", "2020-11"), ("22", "2020-12")]
)
def test_what_is_left_out_decides_nothing(database: Database, rules: ReferenceData, region: str, month: str) -> None:
    """Stockholm's December looks back to October for its threshold; the simulated county has all the dirt."""
    said = lines(region, start=date(2020, 10, 1), end=date(2020, 12, 31), seed=5, discharges=90, dirt=2.0)
    take(database, *said, now=NOW)
    for known_at in (NOW, datetime(2020, 12, 20, tzinfo=UTC)):
        with database.reading() as session:
            every = list(messages.by_episode(session, received_by=known_at, region=region))
        whole = draft(
            [fold(known, episode=episode, as_of=known_at) for episode, known in every],
            region=region,
            month=Month.parse(month),
            agreements=rules.agreements,
            rates=rules.rates,
            municipalities=rules.municipalities,
            payers=rules.payers,
            now=known_at,
            versions=versions(),
        )
        read = draft_month(database, region=region, month=Month.parse(month), rules=rules, now=known_at)
        assert (read.hash, read.review, read.assumptions) == (whole.hash, whole.review, whole.assumptions)
        assert {one for one in whole.findings if one not in read.findings} == set()


def told(episode: str, *kinds: tuple[str, str], received: str | None = None) -> list[str]:
    """Return the lines of an episode: kind and time of each message."""
    more = {
        "admitted": {"region": "23", "municipality": "2326", "care": "somatic"},
        "retracted": {"message": f"{episode}1"},
    }
    return [
        json.dumps(
            {"id": f"{episode}{n}", "episode": episode, "type": kind, "at": at, **more.get(kind, {})}
            | ({"received_at": received} if received and kind == "discharged" else {})
        )
        for n, (kind, at) in enumerate(kinds)
    ]


IN, OUT = ("admitted", "2023-02-01T08:00Z"), ("discharged", "2023-02-03T08:00Z")
EPISODES = [
    (told("over", IN, ("discharged", "2023-02-28T22:59Z")), False),
    (told("ends", IN, ("discharged", "2023-03-01T00:00Z")), True),
    (told("open", IN, ("ready_notice", "2023-02-03T08:00Z")), True),
    (told("undone", IN, OUT, ("discharge_cancelled", "2023-02-04T08:00Z")), True),
    (told("back", IN, OUT, ("retracted", "2023-02-04T08:00Z")), True),
    (told("unknown", IN, OUT, received="2023-04-02T08:00Z"), True),
]
"""Lines of an episode, and whether March needs it as known on 1 April."""


def test_only_what_was_surely_over_is_left_out(database: Database) -> None:
    take(database, *(line for said, _ in EPISODES for line in said), now=NOW.replace(year=2024))
    with database.reading() as session:
        kept = {
            episode
            for episode, _ in messages.by_episode(
                session, received_by=datetime(2023, 4, 1, tzinfo=UTC), region="23", touching=NeededEpisodes(MARCH)
            )
        }
        february = ((datetime(2023, 2, 1, tzinfo=UTC), MARCH),)
        with_february = [
            e for e, _ in messages.by_episode(session, region="23", touching=NeededEpisodes(MARCH, february))
        ]
    assert kept == {json.loads(said[0])["episode"] for said, needed in EPISODES if needed}
    assert "over" in with_february
