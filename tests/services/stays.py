"""A stay that has been ready since 6 March 2023, as messages; closings and restatements of its month."""

from datetime import UTC, datetime
from decimal import Decimal

from hemgang.closing.review import Act, Event, Side
from hemgang.liability.model import Month
from hemgang.services.closing import Closed, Decision, close_month, draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import Restatement, restate, restatements_of
from hemgang.services.review import record_act
from hemgang.store.closings import Closing
from hemgang.store.database import Database

MARCH, APRIL, MAY = Month(2023, 3), Month(2023, 4), Month(2023, 5)
CLOSED_AT = datetime(2023, 4, 10, 12, tzinfo=UTC)
LATER = datetime(2023, 5, 10, 12, tzinfo=UTC)
TWO = Decision("Anna", "agreed", "Bo")
DAY = Decimal("10500.00")


def stay(episode: str, *, left: str = "2023-03-20T10:00:00Z", **fields: object) -> list[dict[str, object]]:
    """Return a stay that has been ready since 2023-03-06."""
    first = {"region": "23", "municipality": "2326", "care": "somatic"} | fields
    told: list[tuple[str, str, dict[str, object]]] = [
        ("admitted", "2023-03-01T08:00:00Z", first),
        ("admission_notice", "2023-03-01T09:00:00Z", {}),
        ("outpatient_care", "2023-03-02T09:00:00Z", {"available": "yes"}),
        ("sip_need", "2023-03-02T10:00:00Z", {"needed": "no"}),
        ("care_contact_assigned", "2023-03-03T10:00:00Z", {"contact": "c1"}),
        ("ready_notice", "2023-03-06T09:00:00Z", {}),
        ("discharged", left, {}),
    ]
    return [
        {"id": f"{episode}-{number}", "episode": episode, "type": kind, "at": at, **more}
        for number, (kind, at, more) in enumerate(told)
    ]


def close(database: Database, rules: ReferenceData, month: Month = MARCH, now: datetime = CLOSED_AT) -> Closed:
    drafted = draft_month(database, region="23", month=month, rules=rules, now=now)
    return close_month(database, drafted, decision=TWO, now=now, as_of=now)


def differs(database: Database, rules: ReferenceData, now: datetime = LATER) -> Restatement:
    (found,) = restatements_of(database, region="23", month=MARCH, rules=rules, now=now)
    return found


def store(database: Database, one: Restatement, now: datetime = LATER) -> Closing:
    (stored,) = restate(database, [one], region="23", by="Anna", attested_by="Bo", reason="", now=now)
    return stored


def act(
    database: Database,
    rules: ReferenceData,
    what: Act,
    *,
    side: Side = Side.REGION,
    by: str = "Anna",
    now: datetime = CLOSED_AT,
) -> None:
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=now)
    payer, episode = ("", "") if what is Act.OPENED else ("2326", "e1")
    episode = "" if what is Act.AGREED else episode
    other = "Anna" if what is Act.DROPPED else ""
    record_act(database, drafted, Event(what, now, by, side, payer, episode, None, "a reason", other=other))


def change(kind: str, at: str, **fields: object) -> dict[str, object]:
    return {
        "id": f"e1-{kind}",
        "episode": "e1",
        "type": kind,
        "at": at,
        "received_at": "2023-04-20T08:00:00Z",
        **fields,
    }
