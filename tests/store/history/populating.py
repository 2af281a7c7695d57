"""Fills a store with something of everything that it can hold, all invented; also with the code of older versions.

The golden databases beside it were made by it, see `making.py`. It uses only what every version since 0004 has.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hemgang.closing.review import Act, Event, Side
from hemgang.liability.model import Month
from hemgang.outlook.forecast import Band, Forecast
from hemgang.services.closing import Decision, close_month, draft_month
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.services.restatement import restate, restatements_of
from hemgang.services.review import record_act, record_joint_decision
from hemgang.simulate import county_of, directory_text, timed_lines
from hemgang.store import access_log, discharges, forecasts
from hemgang.store.database import Database
from hemgang.store.installation import REFERENCE_SECRET
from hemgang.store.outbox import acknowledge
from hemgang.store.tables import SettingRow
from tests.services.post import Post
from tests.services.walking import Arrivals, take, walk

REGION, MEANS = "23", "19"
"""Jämtland Härjedalen charges by shares, Västmanland by means."""

FEBRUARY, MARCH, APRIL = Month(2023, 2), Month(2023, 3), Month(2023, 4)
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
HALFWAY = datetime(2023, 3, 15, 14, 0, 10, tzinfo=UTC)
"""When alerts stand in every state that there is, if the boxes in `REFUSING` take nothing."""

END = datetime(2023, 3, 17, 12, tzinfo=UTC)
REFUSING = frozenset({"intake-berg", "stand-in-berg"})
CLOSED_AT = datetime(2023, 4, 10, 12, tzinfo=UTC)
RESTATED_AT = datetime(2023, 5, 10, 12, tzinfo=UTC)
OVER_FINDINGS = Decision("Anna", "read and agreed by both", "Bo")


def arrivals(discharges: int = 5) -> Arrivals:
    """Return what arrives from a small county, some of it broken."""
    start = date(2023, 3, 6)
    return list(timed_lines(REGION, start=start, end=start + timedelta(12), seed=7, discharges=discharges, dirt=3.0))


def rules_of(folder: Path, post: Post) -> ReferenceData:
    """Return rules with a directory of the county whose e-mails `post` takes."""
    path = folder / "directory.toml"
    path.write_text(directory_text(county_of(REGION), mail_host="127.0.0.1", mail_port=post.port), encoding="utf-8")
    return load_reference_data(directory=path)


def walk_on(database: Database, rules: ReferenceData, *, begin: datetime, until: datetime) -> None:
    """Take in what arrives from an instant on, step and send, up to another one."""
    for _ in walk(database, rules, [one for one in arrivals() if one[0] >= begin], until=until):
        pass


def fill(database: Database, rules: ReferenceData, post: Post) -> None:
    """Fill an empty store: a fortnight walked through, months reviewed, closed and restated, readings, a forecast."""
    with database.writing() as session:
        session.add(SettingRow(key=REFERENCE_SECRET, value="ab" * 32))  # references, and by them the times of retries
    post.refusing = set(REFUSING)
    walk_on(database, rules, begin=BEGIN, until=HALFWAY)
    close_months(database, rules)
    leave_traces(database)


def leave_traces(database: Database) -> None:
    """Leave readings, a forecast, an acknowledgement, a discharge that failed and another that a worker holds."""
    with database.writing() as session:
        for number, why in enumerate(("care planning", "question from the payer", "not said")):
            reader = access_log.Reader(f"reader {number}", "ward-1", why)
            access_log.record(session, reader, action="episode", episode="e1", at=CLOSED_AT + timedelta(hours=number))
        bands = (Band("", low=0, median=1_050_000, high=2_100_000), Band("2326", 0, 1_050_000, 2_100_000, exempt=12))
        forecasts.add(session, Forecast(REGION, APRIL, CLOSED_AT, 500, 1, bands), made_at=CLOSED_AT, code="test")
        reference = str(session.scalar(text("SELECT min(reference) FROM alert WHERE state = 'delivered'")))
        acknowledge(session, reference, by="Cia", at=HALFWAY)
    with database.writing() as session:
        claims = discharges.claim(session, now=RESTATED_AT, real_now=RESTATED_AT, owner="a worker", limit=2)
        discharges.set_aside(session, claims[0], now=RESTATED_AT)
        discharges.owners(session)


def close_months(database: Database, rules: ReferenceData) -> None:
    """Close March of two counties, one after a review with a dispute, and February of one payer; restate both."""
    take(database, *stay("e1"), *stay("e2", "2380"), now=CLOSED_AT)
    take(database, *stay("w1", "1961", region=MEANS), now=CLOSED_AT)
    review(database, rules, Act.OPENED, Side.REGION, "Anna")
    review(database, rules, Act.DISPUTED, Side.MUNICIPALITY, "Bo", payer="2326", episode="e1", day=date(2023, 3, 10))
    for payer in ("2326", "2380", *_others(database, rules)):
        review(database, rules, Act.AGREED, Side.REGION, "Anna", payer=payer)
        review(database, rules, Act.AGREED, Side.MUNICIPALITY, "Bo", payer=payer)
    close(database, rules, REGION, MARCH)
    close(database, rules, MEANS, MARCH)
    close(database, rules, REGION, FEBRUARY, "2326")
    decided = {"region": REGION, "month": "2023-05", "payer": "2326", "clause": "joint", "text": "analysed by both"}
    record_joint_decision(database, **decided, by=("Anna", "Bo"), now=CLOSED_AT)
    upheld = {"payer": "2326", "episode": "e1", "day": date(2023, 3, 10), "other": "Bo", "now": RESTATED_AT}
    review(database, rules, Act.UPHELD, Side.REGION, "Anna", **upheld)
    late = {"received_at": "2023-04-20T08:00:00Z"}
    take(database, *stay("e3", **late), *stay("w2", "1961", region=MEANS, **late), now=RESTATED_AT)
    for region in (REGION, MEANS):
        found = restatements_of(database, region=region, month=MARCH, rules=rules, now=RESTATED_AT)
        restate(database, found, region=region, by="Anna", attested_by="Bo", reason="late stays", now=RESTATED_AT)


def close(
    database: Database,
    rules: ReferenceData,
    region: str,
    month: Month,
    payer: str | None = None,
    *,
    now: datetime = CLOSED_AT,
) -> None:
    """Close a month for all payers or for one."""
    drafted = draft_month(database, region=region, month=month, rules=rules, now=now, payer=payer)
    close_month(database, drafted, decision=OVER_FINDINGS, now=now, as_of=now)


def review(database: Database, rules: ReferenceData, act: Act, side: Side, by: str, **more: Any) -> None:
    """Record an act of March's review."""
    now: datetime = more.pop("now", CLOSED_AT)
    drafted = draft_month(database, region=REGION, month=MARCH, rules=rules, now=now)
    record_act(database, drafted, Event(act, now, by, side, **({"reason": "a reason"} | more)))


def _others(database: Database, rules: ReferenceData) -> list[str]:
    drafted = draft_month(database, region=REGION, month=MARCH, rules=rules, now=CLOSED_AT)
    return sorted({one.payer for one in drafted.statements} - {"2326", "2380"})


def stay(episode: str, municipality: str = "2326", region: str = REGION, **changed: str) -> list[dict[str, object]]:
    """Return a stay in March with care days to charge."""
    first = {"region": region, "municipality": municipality, "care": "somatic"}
    told: list[tuple[str, str, Mapping[str, object]]] = [
        ("admitted", "2023-03-01T08:00:00Z", first),
        ("admission_notice", "2023-03-01T09:00:00Z", {}),
        ("outpatient_care", "2023-03-02T09:00:00Z", {"available": "yes"}),
        ("sip_need", "2023-03-02T10:00:00Z", {"needed": "no"}),
        ("care_contact_assigned", "2023-03-03T10:00:00Z", {"contact": "c1"}),
        ("ready_notice", "2023-03-06T09:00:00Z", {}),
        ("discharged", "2023-03-20T10:00:00Z", {}),
    ]
    return [
        {"id": f"{episode}-{number}", "episode": episode, "type": kind, "at": at, **more, **changed}
        for number, (kind, at, more) in enumerate(told)
    ]
