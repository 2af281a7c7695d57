"""Lets old rows go: each transaction takes a pass, deletes, records what and by which rule, gives the pass back."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, text, update
from sqlmodel import Session, col

from hemgang.retention.rules import Rule
from hemgang.store.closing_tables import ClosingRow, ReviewEventRow
from hemgang.store.closings import Closing
from hemgang.store.forecast_table import ForecastRow
from hemgang.store.locks import alone
from hemgang.store.retention_table import RetainedOutRow, RetentionPassRow, RetentionRunRow, SealedMonthRow
from hemgang.store.tables import (
    AcknowledgementRow,
    AlertRow,
    AttemptRow,
    DischargeRow,
    DutyRevisionRow,
    DutyRow,
    MessageRow,
    QuarantineRow,
    RungRow,
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a transaction is done for: the plan's digest, by whom, when (UTC), by which rule."""

    plan: str
    by: str
    at: datetime
    rule: Rule


@dataclass(frozen=True, slots=True)
class Leaving:
    """An episode whose details go: its reference, last region and payer, and from when its time was counted."""

    episode: str
    reference: str
    region: str
    payer: str
    over_on: date


def record_run(session: Session, run: Run, days: Sequence[date]) -> int:
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


def hold_still(session: Session) -> None:
    """Let no message be stored and no other retention work until this writing transaction ends."""
    alone(session, "retention")
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE message IN SHARE ROW EXCLUSIVE MODE"))


def locked_discharges(session: Session, episodes: Sequence[str]) -> dict[str, DischargeRow]:
    """Return the discharges of some episodes, locked in order of episode as everyone does."""
    query = select(DischargeRow).where(col(DischargeRow.episode).in_(episodes)).order_by(col(DischargeRow.episode))
    return {row.episode: row for row in session.scalars(query.with_for_update())}


def delete_episodes(
    session: Session, leaving: Sequence[Leaving], months: Collection[tuple[str, str, str]], run: Run, floor: datetime
) -> None:
    """Delete everything that is stored of some episodes; remember their references, and seal the months they lay in.

    `months` are region, month and payer of each closed month that loses details.
    """
    number = record_run(session, run, [one.over_on for one in leaving])
    session.execute(
        insert(RetainedOutRow),
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
