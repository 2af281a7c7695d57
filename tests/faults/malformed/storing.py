"""Mutated files taken in as an installation does, into a database: every line is counted once, none is lost.

What was accepted is then looked at by the engine, at the end of it: no discharge may be set aside for it.
"""

from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO

from sqlalchemy import func, select

from hemgang.messages.model import SourceFormatError
from hemgang.messages.readers import read_csv, read_ndjson
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from hemgang.store.tables import DischargeRow, MessageRow, QuarantineRow
from tests.faults.malformed.corpus import NOW
from tests.faults.malformed.expected import expected_lines
from tests.faults.malformed.files import File, files
from tests.faults.malformed.strict import plain_number
from tests.faults.malformed.trial import micros
from tests.services.walking import advance_all

NOW_AT = datetime.fromisoformat(NOW)


def take_in(database: Database, rules: ReferenceData, seed: str, lines: int) -> tuple[Counter[str], list[str]]:
    """Take in so many mutated lines; return the counts of the reports together, and what does not add up."""
    total, broken = Counter[str](), list[str]()
    for number, file in enumerate(files(seed, lines)):
        broken += _one(database, file, f"file-{number}", total)
    outcome = advance_all(database, rules, NOW_AT + timedelta(days=1))
    total["discharges"] = len(outcome.advanced)
    with database.reading() as session:
        stored = int(session.scalar(select(func.count()).select_from(MessageRow)) or 0)
        discharges = int(session.scalar(select(func.count()).select_from(DischargeRow)) or 0)
        episodes = int(session.scalar(select(func.count(func.distinct(MessageRow.episode)))) or 0)
        kept = session.scalars(select(QuarantineRow)).all()
        numbers = sum(1 for row in kept if row.raw is not None and plain_number(row.raw))
    said = {
        f"{stored} messages are stored, {total['accepted']} were accepted": stored != total["accepted"],
        f"{discharges} discharges of {episodes} episodes": discharges != episodes,
        f"{len(kept)} lines are in quarantine": len(kept) != total["quarantined"] + total["conflicting"],
        f"{len(outcome.set_aside)} discharges were set aside": bool(outcome.set_aside),
        f"{numbers} kept lines have an identity number": numbers > 0,
    }
    return total, broken + [what for what, is_so in said.items() if is_so]


def _one(database: Database, file: File, source: str, total: Counter[str]) -> list[str]:
    expected = expected_lines(file, now=micros(NOW_AT))
    stream = BytesIO(file.data)
    try:
        lines = read_csv(stream) if file.delimiter else read_ndjson(stream)
        report = ingest(database, lines, source=source, now=NOW_AT)
    except SourceFormatError:
        total["refused files"] += 1
        return []
    counted = Counter(
        accepted=report.accepted,
        duplicate=report.duplicate,
        conflicting=report.conflicting,
        quarantined=report.quarantined,
    )
    total.update(counted)
    total["lines"] += len(expected)
    said = {problem.line for problem in report.problems if problem.code not in {"unknown_field", "ambiguous_time"}}
    broken = []
    if counted.total() != len(expected):
        broken.append(f"{source}: {counted.total()} of {len(expected)} lines are counted")
    named_all = report.problems_left_out > 0 or len(said) == counted.total() - report.accepted
    if not named_all or not said <= {one.number for one in expected}:
        broken.append(f"{source}: the lines that are named are not those that were not accepted")
    return broken
