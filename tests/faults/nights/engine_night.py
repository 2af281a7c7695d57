"""The engine on a virtual clock through a night in which the clock is changed, by the quarter of an hour.

Ward patients admitted the day before have their admission notice due, 24 elapsed hours later, at every quarter of that
night; one is discharged, so that the information is due at the midnight in it. Nobody does anything.
What is then in the outbox and in the post is held against the second opinion: each rung once, at its quarter, in order,
with the words of the clock on the wall.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from hemgang.duties.model import DutyKind, kind_of_key
from hemgang.services.installation import load_reference_data
from hemgang.store.database import Database
from hemgang.store.tables import AlertRow
from tests.faults.nights.calendar_rules import at, seconds_of
from tests.faults.nights.eu_clock import DAY, HOUR, ahead, on_the_wall, readings
from tests.faults.nights.instants import QUARTER
from tests.faults.nights.wording import said, said_briefly
from tests.faults.scenarios.scenario import admitted, first_start, told
from tests.services.post import Mail, post_office, small_directory
from tests.services.walking import advance_all, send_all, take

RUNGS = {"owner": ("ward", 4), "backup": ("nurse", 2), "manager": ("boss", 1), "missed": ("boss", 0)}
"""Who hears of a duty of the ward, and how many hours before it is due."""

FOLLOWED = frozenset({DutyKind.ADMISSION_NOTICE, DutyKind.DISCHARGE_INFORMATION})


@dataclass
class Night:
    """What a night came to: steps taken, alerts that fell due, e-mails, and what is wrong, in words."""

    steps: int = 0
    alerts: int = 0
    mails: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as it should be: of which discharge and rung, in which box, when, and what is due when."""

    episode: str
    kind: DutyKind
    rung: str
    box: str
    at: int
    due: int


def through(database: Database, folder: Path, change: int, *, late: int = 0) -> Night:
    """Walk an empty installation from the evening before a change of the clock to the morning after it.

    `late`: by how many seconds each look at the outbox comes too late (a planted fault).
    """
    first_start(database)
    night, expected = Night(), list(expected_of(change))
    with post_office() as post:
        rules = load_reference_data(directory=small_directory(folder, post.port))
        report = take(database, *_arrivals(change), now=at(quarters(change)[0]))
        night.broken += [f"not taken in: {problem.code}" for problem in report.problems]
        for now in quarters(change):
            advance_all(database, rules, at(now + late))
            send_all(database, rules, at(now + late))
            night.steps += 1
        found = _found(database)
        night.alerts, night.mails = len(found), len(post.mails)
        night.broken += [*_of_rows(found, expected), *_of_mails(found, expected, post.mails)]
    return night


def quarters(change: int) -> range:
    """Return every quarter of an hour that is walked, in seconds: from the evening before to the morning."""
    return range(change - 8 * HOUR, change + 5 * HOUR, QUARTER)


def expected_of(change: int) -> Iterator[Told]:
    """Yield every alert that the night brings about these duties, in order of time."""
    dues = [(f"n-{nth}", DutyKind.ADMISSION_NOTICE, due) for nth, due in enumerate(_notices_due(change))]
    dues.append(("d", DutyKind.DISCHARGE_INFORMATION, _midnight(change)))
    alerts = [
        Told(name, kind, rung, box, due - hours * HOUR, due)
        for name, kind, due in dues
        for rung, (box, hours) in RUNGS.items()
    ]
    yield from sorted(alerts, key=lambda one: one.at)


def _notices_due(change: int) -> range:
    """Return the quarters of the night: two hours before the change, as far as it lasts, and two hours after."""
    return range(change - 2 * HOUR, change + 3 * HOUR + 1, QUARTER)


def _midnight(change: int) -> int:
    return readings(on_the_wall(change)[0], 0)[0]


def _arrivals(change: int) -> Iterator[dict[str, object]]:
    for nth, due in enumerate(_notices_due(change)):
        yield admitted(f"n-{nth}", at(due - DAY))
    left = _midnight(change) - 11 * HOUR
    yield admitted("d", at(left - HOUR))
    yield told("d", "admission_notice", at(left - 1800))
    yield told("d", "discharged", at(left))


def _found(database: Database) -> list[AlertRow]:
    with database.reading() as session:
        rows = list(session.scalars(select(AlertRow).order_by(col(AlertRow.fired_at), col(AlertRow.id))))
        session.expunge_all()
    return [row for row in rows if kind_of_key(row.key) in FOLLOWED and row.kind != "resolved"]


def _of_rows(found: list[AlertRow], expected: list[Told]) -> Iterator[str]:
    """Yield what is wrong in the outbox: an alert missing, too many, at another time, or not delivered at once."""
    rows = Counter(_row(row) for row in found if row.kind != "operator")
    wanted = Counter((one.episode, one.kind, one.rung, one.box, one.at) for one in expected)
    yield from (f"missing: {one[1:4]} at {_shown(one[4])}" for one in (wanted - rows).elements())
    yield from (f"too many: {one[1:4]} at {_shown(one[4])}" for one in (rows - wanted).elements())
    for row in found:
        if row.delivered_at is None or row.delivered_at != row.fired_at:
            yield f"{row.rung} of {_shown(seconds_of(row.fired_at))} was not delivered at once"


def _row(row: AlertRow) -> tuple[str, DutyKind, str, str, int]:
    due = seconds_of(row.strict_due) if row.strict_due else 0
    box = next((box for rung, (box, _) in RUNGS.items() if rung == row.rung), "")
    mine = row.channel == f"mail-{box}" and due > 0
    return row.episode, kind_of_key(row.key), row.rung, box if mine else row.channel, seconds_of(row.fired_at)


def _of_mails(found: list[AlertRow], expected: list[Told], mails: list[Mail]) -> Iterator[str]:
    """Yield what is wrong in the post: a reference twice or never, another order, another time in its words."""
    due = {(one.episode, one.kind, one.rung): one.due for one in expected}
    places: dict[str, list[int]] = {}
    for place, mail in enumerate(mails):
        for reference in mail.references:
            places.setdefault(reference, []).append(place)
    last: dict[str, int] = {}
    for row in found:
        came = places.get(row.reference, [])
        if len(came) != 1:
            yield f"{row.rung} of {_shown(seconds_of(row.fired_at))} came {len(came)} times"
            continue
        if came[0] < last.get(row.channel, 0):
            yield f"{row.rung} of {_shown(seconds_of(row.fired_at))} came before an earlier one"
        last[row.channel] = came[0]
        wanted = due.get((row.episode, kind_of_key(row.key), row.rung))
        if wanted is not None and not _says(mails[came[0]], row.reference, wanted, kind_of_key(row.key)):
            yield f"{row.rung} of {_shown(seconds_of(row.fired_at))} does not say when it is due: {_shown(wanted)}"


def _says(mail: Mail, reference: str, due: int, kind: DutyKind) -> bool:
    """Whether an e-mail says a due time: in its one sentence, or in the row with the alert's reference."""
    included = kind is DutyKind.ADMISSION_NOTICE
    if mail.references == {reference}:
        return f"senast {said(due, included=included)}." in mail.text
    row = next((line for line in mail.text.splitlines() if line.startswith("- ") and reference in line), "")
    return f"senast {said_briefly(due, included=included)}." in row


def _shown(seconds: int) -> str:
    instant: datetime = at(seconds)
    return f"{instant:%Y-%m-%d %H:%M} UTC (+{ahead(seconds) // HOUR})"
