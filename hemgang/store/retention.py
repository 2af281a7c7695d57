"""Retention in the store: old rows found, deleted in transactions that leave a record, and the tombstones that remain.

Each transaction takes a pass, without which the triggers refuse, deletes, records what went by which rule, and gives
the pass back. A tombstone holds an episode's reference, no id.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, exists, func, insert, or_, select, text, update
from sqlmodel import Session, col

from hemgang.duties.model import AlertState, Status
from hemgang.duties.roster import CHANNEL
from hemgang.references import reference_of
from hemgang.retention.policy import RetentionRule
from hemgang.store.closings import Closing
from hemgang.store.database import alone
from hemgang.store.installation import reference_secret
from hemgang.store.tables import (
    AT_ONCE,
    AccessRow,
    AcknowledgementRow,
    AlertRow,
    AttemptRow,
    ClosingRow,
    DischargeRow,
    DutyRevisionRow,
    DutyRow,
    ForecastRow,
    MessageRow,
    QuarantineRow,
    RetentionPassRow,
    RetentionRunRow,
    ReviewEventRow,
    RungRow,
    SealedMonthRow,
    TombstoneRow,
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An episode whose details are gone: its county, its last payer, when they went (UTC), and on which basis."""

    region: str
    payer: str
    at: datetime
    basis: str


def tombstone_of(session: Session, episode: str) -> Tombstone | None:
    """Return what is known of an episode whose details are gone; None if they are not."""
    if not _any(session):
        return None
    row = session.get(TombstoneRow, reference_of(reference_secret(session), "discharge", episode))
    if row is None:
        return None
    run = session.get(RetentionRunRow, row.run)
    return Tombstone(row.region, row.payer, row.at, run.basis if run is not None else "")


def with_tombstone(session: Session, episodes: Collection[str]) -> frozenset[str]:
    """Return those of some episodes whose details are gone; needs a writing session, and keeps it true until its end.

    An episode that is stored is not gone, so only the others are asked about.
    """
    if not episodes:
        return frozenset()
    if session.connection().dialect.name == "postgresql":
        # The lock that storing messages takes anyway: until this ends, no episode's details go.
        session.execute(text("LOCK TABLE message IN ROW EXCLUSIVE MODE"))
    if not _any(session):
        return frozenset()
    wanted = sorted(set(episodes))
    found: set[str] = set()
    secret = reference_secret(session)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        stored = set(session.scalars(select(col(DischargeRow.episode)).where(col(DischargeRow.episode).in_(part))))
        named = {reference_of(secret, "discharge", one): one for one in part if one not in stored}
        gone = select(col(TombstoneRow.reference)).where(col(TombstoneRow.reference).in_(sorted(named)))
        found |= {named[str(reference)] for reference in session.scalars(gone)}
    return frozenset(found)


def sealed_payers(session: Session, *, region: str, months: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Return the payers, by month, of those months of a region that have lost details."""
    query = select(col(SealedMonthRow.month), col(SealedMonthRow.payer)).where(
        col(SealedMonthRow.region) == region, col(SealedMonthRow.month).in_(months)
    )
    found: dict[str, frozenset[str]] = {}
    for month, payer in session.execute(query):
        found[month] = found.get(month, frozenset()) | {payer}
    return found


def _any(session: Session) -> bool:
    return bool(session.scalar(select(exists().select_from(TombstoneRow))))


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """What a transaction is done for: the plan's digest, by whom, when (UTC), by which rule."""

    plan: str
    by: str
    at: datetime
    rule: RetentionRule


@dataclass(frozen=True, slots=True)
class EpisodeDeletion:
    """An episode whose details go: its reference, last region and payer, and from when its time was counted."""

    episode: str
    reference: str
    region: str
    payer: str
    over_on: date


def record_run(session: Session, run: RetentionRun, days: Sequence[date]) -> int:
    """Append what goes in this transaction, one date for each; return the record's number."""
    row = RetentionRunRow(
        plan=run.plan,
        at=run.at,
        by=run.by,
        kind=run.rule.kind.value,
        controller=run.rule.controller,
        keep=str(run.rule.keep),
        since=run.rule.since.value,
        basis=run.rule.basis,
        count=len(days),
        oldest=min(days).isoformat(),
        newest=max(days).isoformat(),
    )
    session.add(row)
    session.flush()
    if row.id is None:
        raise ValueError("a stored record has a number")
    return row.id


@contextmanager
def passing(session: Session, kind: str, subjects: Sequence[str], *, older_than: datetime) -> Iterator[None]:
    """Let rows of a kind and of some subjects that are older than an instant go, inside this block only."""
    rows = [
        {"id": number, "follows": number + 1_000_000, "kind": kind, "subject": subject, "older_than": older_than}
        for number, subject in enumerate(subjects, start=1)
    ]
    session.execute(insert(RetentionPassRow), rows)
    yield
    session.flush()
    session.execute(delete(RetentionPassRow))


def lock_retention(session: Session) -> None:
    """Let no message be stored and no other retention work until this writing transaction ends."""
    alone(session, "retention")
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE message IN SHARE ROW EXCLUSIVE MODE"))


def locked_discharges(session: Session, episodes: Sequence[str]) -> dict[str, DischargeRow]:
    """Return the discharges of some episodes, locked in order of episode as everyone does."""
    query = select(DischargeRow).where(col(DischargeRow.episode).in_(episodes)).order_by(col(DischargeRow.episode))
    return {row.episode: row for row in session.scalars(query.with_for_update())}


def delete_episodes(
    session: Session,
    leaving: Sequence[EpisodeDeletion],
    months: Collection[tuple[str, str, str]],
    run: RetentionRun,
    floor: datetime,
) -> None:
    """Delete everything that is stored of some episodes; remember their references, and seal the months they lay in.

    `months` are region, month and payer of each closed month that loses details.
    """
    number = record_run(session, run, [one.over_on for one in leaving])
    session.execute(
        insert(TombstoneRow),
        [
            {"reference": one.reference, "region": one.region, "payer": one.payer, "at": run.at, "run": number}
            for one in leaving
        ],
    )
    _seal(session, months, at=run.at)
    episodes = [one.episode for one in leaving]
    with passing(session, run.rule.kind.value, episodes, older_than=floor):
        bundles = select(col(AlertRow.bundle)).where(col(AlertRow.episode).in_(episodes)).distinct()
        of_bundles = [bundle for bundle in session.scalars(bundles) if bundle is not None]
        for table in (AlertRow, RungRow, DutyRow, DutyRevisionRow, AcknowledgementRow):
            session.execute(delete(table).where(col(table.episode).in_(episodes)))
        shared = select(col(AlertRow.bundle)).where(col(AlertRow.bundle).in_(of_bundles))
        session.execute(
            delete(AttemptRow)
            .where(col(AttemptRow.bundle).in_(of_bundles), col(AttemptRow.bundle).not_in(shared))
            .execution_options(synchronize_session=False)
        )
        session.execute(delete(MessageRow).where(col(MessageRow.episode).in_(episodes)))
        session.execute(
            delete(DischargeRow)
            .where(col(DischargeRow.episode).in_(episodes))
            .execution_options(synchronize_session=False)
        )


def delete_lines(session: Session, numbers: Sequence[int]) -> None:
    """Delete quarantined lines."""
    session.execute(delete(QuarantineRow).where(col(QuarantineRow.id).in_(numbers)))


def delete_forecasts(session: Session, numbers: Sequence[int], *, region: str, floor: datetime) -> None:
    """Delete rows of a region's forecasts."""
    with passing(session, "forecasts", [region], older_than=floor):
        session.execute(delete(ForecastRow).where(col(ForecastRow.id).in_(numbers)))


def replace_bodies(
    session: Session, versions: Sequence[tuple[Closing, str]], references: dict[str, str], *, floor: datetime
) -> None:
    """Put what remains in the place of each version's body; acts of the review name an episode by its reference.

    `versions` are all those of one closing. The reasons of disputes and settlements go.
    """
    of = versions[0][0]
    events = [col(ReviewEventRow.region) == of.region, col(ReviewEventRow.month) == of.month]
    if of.payer:
        events.append(col(ReviewEventRow.payer) == of.payer)
    with passing(session, "closings", [f"{of.region} {of.month} {of.payer}"], older_than=floor):
        for version, left in versions:
            session.execute(
                update(ClosingRow)
                .where(
                    col(ClosingRow.region) == of.region,
                    col(ClosingRow.month) == of.month,
                    col(ClosingRow.payer) == of.payer,
                    col(ClosingRow.version) == version.version,
                )
                .values(body=left)
            )
        for episode, reference in references.items():
            session.execute(
                update(ReviewEventRow)
                .where(*events, col(ReviewEventRow.episode) == episode)
                .values(episode=reference, reason="")
            )
        session.execute(update(ReviewEventRow).where(*events, col(ReviewEventRow.reason) != "").values(reason=""))


def named_in_review(session: Session, closing: Closing) -> frozenset[str]:
    """Return the episodes that acts of a closed month's review name."""
    query = select(col(ReviewEventRow.episode)).where(
        col(ReviewEventRow.region) == closing.region, col(ReviewEventRow.month) == closing.month
    )
    if closing.payer:
        query = query.where(col(ReviewEventRow.payer) == closing.payer)
    return frozenset(str(episode) for episode in session.scalars(query) if episode)


def _seal(session: Session, months: Collection[tuple[str, str, str]], *, at: datetime) -> None:
    for region, month, payer in sorted(months):
        if session.get(SealedMonthRow, (region, month, payer)) is None:
            session.add(SealedMonthRow(region=region, month=month, payer=payer, at=at))
    session.flush()


SETTLED = (AlertState.DROPPED.value, AlertState.DELIVERED.value, AlertState.UNDELIVERED.value)
"""States from which an alert is never sent; in every other one it waits."""


@dataclass(frozen=True, slots=True)
class OldDischarge:
    """A discharge whose last message is old; `waits` if the engine will look at it, or somebody holds it."""

    episode: str
    reference: str
    region: str
    version: int
    waits: bool
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ClosingHead:
    """Which version of whose closed month it is, and when it was closed; a body may hold megabytes."""

    region: str
    month: str
    payer: str
    version: int
    closed_at: datetime


def old_discharges(session: Session, *, regions: Collection[str], before: datetime) -> list[OldDischarge]:
    """Return the discharges ever in some regions, and of none, whose last message took effect before an instant."""
    last = func.max(MessageRow.at)
    ever_there = select(col(MessageRow.episode)).where(col(MessageRow.region).in_(sorted(regions)))
    query = (
        select(DischargeRow, last)
        .join(MessageRow, col(MessageRow.episode) == col(DischargeRow.episode))
        .where(or_(col(DischargeRow.episode).in_(ever_there), col(DischargeRow.region) == ""))
        .group_by(col(DischargeRow.episode))
        .having(last < before)
        .order_by(col(DischargeRow.episode))
    )
    return [
        OldDischarge(row.episode, row.reference, row.region, row.version, is_waiting(row), last_at)
        for row, last_at in session.execute(query)
    ]


def is_waiting(row: DischargeRow) -> bool:
    """Whether a discharge is still to be looked at, or held."""
    return row.next_wake is not None or row.lease_owner is not None


def with_open_duty(session: Session, episodes: Sequence[str]) -> frozenset[str]:
    """Return those of some episodes that have an open duty."""
    query = select(col(DutyRow.episode)).where(
        col(DutyRow.episode).in_(episodes), col(DutyRow.status) == Status.OPEN.value
    )
    return frozenset(session.scalars(query))


def with_waiting_alert(session: Session, episodes: Sequence[str]) -> frozenset[str]:
    """Return those of some episodes that have an alert that may yet be sent; one without an address never is."""
    query = select(col(AlertRow.episode)).where(
        col(AlertRow.episode).in_(episodes), col(AlertRow.state).not_in(SETTLED), col(AlertRow.channel) != CHANNEL
    )
    return frozenset(session.scalars(query))


def first_messages(session: Session, episodes: Collection[str]) -> dict[str, datetime]:
    """Return when the first message of each of some episodes took effect."""
    found: dict[str, datetime] = {}
    wanted = sorted(episodes)
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(col(MessageRow.episode), func.min(MessageRow.at))
            .where(col(MessageRow.episode).in_(wanted[start : start + AT_ONCE]))
            .group_by(col(MessageRow.episode))
        )
        found.update((row[0], row[1]) for row in session.execute(query))
    return found


def still_stored(session: Session, episodes: Collection[str]) -> bool:
    """Whether any of some episodes is still stored."""
    wanted = sorted(episodes)
    parts = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    return any(
        session.scalar(select(col(DischargeRow.episode)).where(col(DischargeRow.episode).in_(part)).limit(1))
        is not None
        for part in parts
    )


def closing_heads(session: Session, region: str) -> list[ClosingHead]:
    """Return every version of every closed month of a region without its body, by month, payer and version."""
    columns = (ClosingRow.month, ClosingRow.payer, ClosingRow.version, ClosingRow.closed_at)
    query = select(*map(col, columns)).where(col(ClosingRow.region) == region)
    ordered = query.order_by(col(ClosingRow.month), col(ClosingRow.payer), col(ClosingRow.version))
    return [ClosingHead(region, row[0], row[1], row[2], row[3]) for row in session.execute(ordered)]


def regions_stored(session: Session) -> frozenset[str]:
    """Return every county code that anything stored names."""
    columns = (MessageRow.region, DischargeRow.region, ClosingRow.region, ForecastRow.region)
    return frozenset(
        str(found) for column in columns for found in session.scalars(select(col(column)).distinct()) if found
    )


def old_lines(session: Session, *, before: datetime) -> list[tuple[int, datetime]]:
    """Return number and time of storing of each quarantined line stored before an instant."""
    query = select(col(QuarantineRow.id), col(QuarantineRow.stored_at)).where(col(QuarantineRow.stored_at) < before)
    return [(int(row[0]), row[1]) for row in session.execute(query.order_by(col(QuarantineRow.id)))]


def old_forecasts(session: Session, *, region: str, before: datetime) -> list[tuple[int, datetime]]:
    """Return number and time of making of each forecast row of a region made before an instant."""
    query = select(col(ForecastRow.id), col(ForecastRow.made_at)).where(
        col(ForecastRow.region) == region, col(ForecastRow.made_at) < before
    )
    return [(int(row[0]), row[1]) for row in session.execute(query.order_by(col(ForecastRow.id)))]


def old_readings(session: Session, *, before: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield number and time of the access log's first rows as long as they lie before an instant."""
    query = select(col(AccessRow.seq), col(AccessRow.at)).order_by(col(AccessRow.seq))
    for seq, at in session.execute(query.execution_options(yield_per=AT_ONCE)):
        if at >= before:
            return
        yield int(seq), at


def last_reading(session: Session) -> int:
    """Return the number of the access log's last row, 0 for an empty log."""
    return int(session.scalar(select(func.max(AccessRow.seq))) or 0)
