"""Planted faults: ways in which the engine could be wrong, each of which the simulation has to find."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from sqlalchemy import select, update
from sqlmodel import Session, col

from calendars.timezone import STOCKHOLM
from hemgang.duties.model import AlertState, Memory, RungRecord, Step
from hemgang.notifications.retry import Outcome, next_try
from hemgang.services import advance as advancing
from hemgang.services import deliver as delivering
from hemgang.services.installation import ReferenceData
from hemgang.store import discharges, duties, leases, outbox
from hemgang.store.database import Database
from hemgang.store.discharges import Claim, DischargeStatus
from hemgang.store.duties import save_steps
from hemgang.store.installation import reference_secret
from hemgang.store.tables import AlertRow, DischargeRow

Plant = Callable[[], AbstractContextManager[None]]
REVISIONS = 30


@contextmanager
def two_transactions() -> Iterator[None]:
    """The alerts of a step are written in a transaction of their own, after that of the state they follow from."""
    kept: list[tuple[str, Step]] = []
    advance_part = advancing._advance_part

    def save_state(session: Session, steps: Sequence[tuple[str, Step]], *, now: datetime, secret: bytes) -> None:
        kept.extend(steps)
        save_steps(session, [(of, replace(step, alerts=())) for of, step in steps], now=now, secret=secret)

    def in_two(
        database: Database, claims: Sequence[Claim], rules: ReferenceData, now: datetime
    ) -> advancing.AdvanceReport:
        kept.clear()
        outcome = advance_part(database, claims, rules, now)
        only = [(of, replace(step, revisions=(), withdrawn_keys=(), rungs=())) for of, step in kept]
        with database.writing() as session:
            save_steps(session, only, now=now, secret=reference_secret(session))
        return outcome

    with patch.object(advancing, "save_steps", save_state), patch.object(advancing, "_advance_part", in_two):
        yield


@contextmanager
def marked_before_sent() -> Iterator[None]:
    """Alerts count as delivered from just before they are sent; where the sending fails, the mark is taken back."""
    assign, record = outbox.assign, outbox.record

    def mark(session: Session, bundle: str, rows: Sequence[AlertRow]) -> None:
        assign(session, bundle, rows)
        _set(session, rows, state=AlertState.DELIVERED.value)

    def unmark(session: Session, attempted: outbox.Attempt, rows: Sequence[AlertRow]) -> None:
        _set(session, rows, state=AlertState.PENDING.value)
        record(session, attempted, rows)

    with patch.object(outbox, "assign", mark), patch.object(outbox, "record", unmark):
        yield


@contextmanager
def local_time_as_utc() -> Iterator[None]:
    """When a discharge is due next is stored as the wall clock of Stockholm shows it, and read as UTC."""
    save = discharges.save

    def naive(session: Session, claim: Claim, standing: DischargeStatus, *, now: datetime) -> bool:
        wake = standing.next_wake
        if wake is not None:
            wake = wake.astimezone(STOCKHOLM).replace(tzinfo=UTC)
        return save(session, claim, replace(standing, next_wake=wake), now=now)

    with patch.object(discharges, "save", naive):
        yield


@contextmanager
def unknown_is_delivered() -> Iterator[None]:
    """A message of which nobody knows whether it arrived is not sent again."""

    def trusting(attempts: int, outcome: Outcome, *others: Any, **more: Any) -> Any:
        return next_try(attempts, Outcome.DELIVERED if outcome is Outcome.UNKNOWN else outcome, *others, **more)

    with patch.object(delivering, "next_try", trusting):
        yield


@contextmanager
def no_fence() -> Iterator[None]:
    """A step is saved whatever became of the discharge since it was claimed."""
    save = discharges.save

    def save_anyway(session: Session, claim: Claim, standing: DischargeStatus, *, now: datetime) -> bool:
        query = select(col(DischargeRow.version)).where(col(DischargeRow.episode) == claim.episode)
        version = session.scalar(query)
        return save(session, replace(claim, version=version or 0), standing, now=now)

    with patch.object(discharges, "save", save_anyway):
        yield


@contextmanager
def no_lease() -> Iterator[None]:
    """Nobody is kept from what another has in hand."""

    def nothing(*_: Any, **__: Any) -> None:
        return

    with patch.object(leases, "take", nothing):
        yield


@contextmanager
def lost_wake() -> Iterator[None]:
    """A message that comes to a known discharge does not make it due."""
    wake = discharges.wake

    def sleepy(session: Session, episodes: Sequence[str], *, at: datetime, secret: bytes) -> None:
        query = select(col(DischargeRow.episode), col(DischargeRow.next_wake))
        before = {row[0]: row[1] for row in session.execute(query.where(col(DischargeRow.episode).in_(episodes)))}
        wake(session, episodes, at=at, secret=secret)
        for episode, timer in before.items():
            session.execute(update(DischargeRow).where(col(DischargeRow.episode) == episode).values(next_wake=timer))

    with patch.object(discharges, "wake", sleepy):
        yield


@contextmanager
def rung_without_revision() -> Iterator[None]:
    """A rung that was done for one deadline counts as done for every later one."""
    memories_of = duties.memories_of

    def forgetful(session: Session, episodes: Sequence[str]) -> dict[str, Memory]:
        found = memories_of(session, episodes)
        return {episode: replace(memory, rungs=_of_all(memory.rungs)) for episode, memory in found.items()}

    with patch.object(duties, "memories_of", forgetful):
        yield


@contextmanager
def dropped_when_overtaken() -> Iterator[None]:
    """A discharge whose facts changed while it was stepped is not stepped again."""

    def drop(session: Session, claims: Sequence[Claim]) -> None:
        named = col(DischargeRow.episode).in_([claim.episode for claim in claims])
        session.execute(update(DischargeRow).where(named).values(lease_owner=None, lease_until=None, next_wake=None))

    with patch.object(discharges, "release", drop):
        yield


def _of_all(rungs: Sequence[RungRecord]) -> tuple[RungRecord, ...]:
    return tuple(replace(rung, revision=number) for rung in rungs for number in range(1, REVISIONS))


def _set(session: Session, rows: Sequence[AlertRow], **values: str) -> None:
    session.execute(update(AlertRow).where(col(AlertRow.id).in_([row.id for row in rows])).values(**values))


PLANTS: Mapping[str, Plant] = MappingProxyType(
    {
        "two_transactions": two_transactions,
        "marked_before_sent": marked_before_sent,
        "local_time_as_utc": local_time_as_utc,
        "unknown_is_delivered": unknown_is_delivered,
        "no_fence": no_fence,
        "no_lease": no_lease,
        "lost_wake": lost_wake,
        "rung_without_revision": rung_without_revision,
        "dropped_when_overtaken": dropped_when_overtaken,
    }
)
"""Every planted fault by name."""
