"""Discharges in the store: wake them when facts come, claim those whose timer is due, save what a step decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, true, update
from sqlmodel import Session, SQLModel, col

from hemgang.references import reference_of
from hemgang.store import leases
from hemgang.store.tables import AT_ONCE, DischargeRow, MessageRow

SET_ASIDE_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A discharge that `owner` may step until its lease runs out; `version` fences off whoever held it before."""

    episode: str
    reference: str
    version: int
    due_at: datetime
    region: str = ""
    state: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class DischargeStatus:
    """Where a discharge stands after a step."""

    region: str
    payer: str
    state: str
    standing: str
    next_wake: datetime | None


def wake(session: Session, episodes: Iterable[str], *, at: datetime, secret: bytes) -> None:
    """Let each episode's discharge be due at `at` at the latest; discharges that are not there yet are made."""
    wanted = sorted(set(episodes))
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        locked = select(col(DischargeRow.episode)).where(col(DischargeRow.episode).in_(part))
        # Everyone who writes several discharges locks them in order of episode, so that no two wait for each other.
        known = set(session.scalars(locked.order_by(col(DischargeRow.episode)).with_for_update()))
        later = or_(col(DischargeRow.next_wake).is_(None), col(DischargeRow.next_wake) > at)
        woken = case((later, at), else_=col(DischargeRow.next_wake))
        if known:
            session.execute(
                update(DischargeRow)
                .where(col(DischargeRow.episode).in_(sorted(known)))
                .values(next_wake=woken, version=col(DischargeRow.version) + 1)
                .execution_options(synchronize_session=False)
            )
        made = [
            {"episode": episode, "reference": reference_of(secret, "discharge", episode), "next_wake": at}
            for episode in part
            if episode not in known
        ]
        if made:
            session.connection().execute(_TABLE.insert(), [_DEFAULTS | row for row in made])


_TABLE = SQLModel.metadata.tables[str(DischargeRow.__tablename__)]
_SAVE = update(_TABLE).where(
    _TABLE.c.episode == bindparam("of_episode"),
    _TABLE.c.version == bindparam("of_version"),
    or_(_TABLE.c.stepped_at.is_(None), _TABLE.c.stepped_at <= bindparam("of_now", type_=_TABLE.c.stepped_at.type)),
)
_DEFAULTS = {"region": "", "payer": "", "state": "unopened", "standing": "", "version": 0, "failures": 0}


def claim(
    session: Session,
    *,
    now: datetime,
    real_now: datetime,
    owner: str,
    limit: int,
    regions: frozenset[str] = frozenset(),
) -> list[Claim]:
    """Take the discharges that have waited longest past their timer, for a lease of real time.

    `regions` narrows to some county codes and to discharges whose county is not known yet; empty = all. Needs a writing
    session. Two workers never hold the same one: PostgreSQL skips rows another has locked, SQLite has one writer at a
    time.
    """
    free = leases.is_free(DischargeRow, real_now=real_now)
    due = and_(col(DischargeRow.next_wake).is_not(None), col(DischargeRow.next_wake) <= now, _not_before_last(now))
    query = (
        select(DischargeRow)
        .where(due, free, of_regions(regions))
        .order_by(col(DischargeRow.next_wake), col(DischargeRow.episode))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claims = [_claimed(row, row.next_wake or now, owner) for row in session.scalars(query)]
    leases.take(session, DischargeRow, [claim.episode for claim in claims], owner=owner, real_now=real_now)
    return claims


def _not_before_last(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a discharge was not stepped later than `now`: what was decided then would be undone."""
    return or_(col(DischargeRow.stepped_at).is_(None), col(DischargeRow.stepped_at) <= now)


def of_regions(regions: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that a discharge is of some counties, or of none known yet; empty = any."""
    return col(DischargeRow.region).in_([*sorted(regions), ""]) if regions else true()


def claim_one(session: Session, reference: str, *, real_now: datetime, owner: str) -> Claim | None:
    """Take one discharge by its reference, due or not; None if it is unknown or another worker holds it."""
    row = session.scalars(
        select(DischargeRow).where(col(DischargeRow.reference) == reference).with_for_update()
    ).first()
    if row is None:
        return None
    if row.lease_until is not None and row.lease_until >= real_now and row.lease_owner != owner:
        return None
    leases.take(session, DischargeRow, [row.episode], owner=owner, real_now=real_now)
    return _claimed(row, row.next_wake or real_now, owner)


def save(session: Session, claim: Claim, standing: DischargeStatus, *, now: datetime) -> bool:
    """Write where the discharge stands and give the claim back.

    False if facts came or another took it meanwhile, or if it was stepped at a later instant than `now` already.

    On False nothing of the step may be kept: the caller rolls back and the discharge stays due.
    """
    result = session.connection().execute(
        _SAVE,
        {
            "of_episode": claim.episode,
            "of_version": claim.version,
            "of_now": now,
            "region": standing.region,
            "payer": standing.payer,
            "state": standing.state,
            "standing": standing.standing,
            "next_wake": standing.next_wake,
            "stepped_at": now,
            "version": claim.version + 1,
            "lease_owner": None,
            "lease_until": None,
            "failures": 0,
        },
    )
    return int(result.rowcount) == 1


def set_aside(session: Session, claim: Claim, *, now: datetime) -> int:
    """Set a discharge aside for an hour after a step that failed; return how often it has failed in a row.

    What another holds by now is left to that one.
    """
    row = session.get(DischargeRow, claim.episode, with_for_update=True)
    if row is None or row.lease_owner != claim.owner:
        return 0 if row is None else row.failures
    row.failures += 1
    if row.version == claim.version:  # facts that came meanwhile may be what makes the step work again
        row.next_wake = now + SET_ASIDE_FOR
    row.lease_owner, row.lease_until = None, None
    return row.failures


def release(session: Session, claims: Sequence[Claim]) -> None:
    """Give claims of one worker back unstepped, so that another need not wait for the lease to run out."""
    if claims:
        leases.release(session, DischargeRow, [claim.episode for claim in claims], owner=claims[0].owner)


def owners(session: Session, *, due_at: datetime | None = None) -> list[str]:
    """Return every worker that holds a claim; with `due_at` a claim on what is due then, which is quickly found."""
    return leases.owners(session, DischargeRow, true() if due_at is None else col(DischargeRow.next_wake) <= due_at)


def held_by(session: Session, owner: str, *, due_at: datetime) -> dict[str, str]:
    """Return what a worker holds of what is due then: the episode by the discharge's reference."""
    mine = (leases.is_held_by(DischargeRow, owner), col(DischargeRow.next_wake) <= due_at)
    query = select(col(DischargeRow.reference), col(DischargeRow.episode)).where(*mine)
    return {str(reference): str(episode) for reference, episode in session.execute(query)}


def next_timer(session: Session, *, after: datetime | None = None) -> datetime | None:
    """Return the earliest instant, later than `after` if given, at which any discharge is due; None = none ever is."""
    later = true() if after is None else col(DischargeRow.next_wake) > after
    found: datetime | None = session.scalar(select(func.min(DischargeRow.next_wake)).where(later))
    return found


def due_count(session: Session, *, now: datetime, at_most: int | None = None) -> int:
    """Return how many discharges are due at `now`, held or not; counting stops at `at_most` (None = counts all)."""
    due = select(col(DischargeRow.episode)).where(col(DischargeRow.next_wake) <= now).limit(at_most)
    return int(session.scalar(select(func.count()).select_from(due.subquery())) or 0)


def _claimed(row: DischargeRow, due_at: datetime, owner: str) -> Claim:
    return Claim(row.episode, row.reference, row.version, due_at, row.region, row.state, owner)


def regions_with_discharges(session: Session) -> list[str]:
    """Return the county codes that any message names, sorted."""
    query = select(col(MessageRow.region)).where(col(MessageRow.region).is_not(None)).distinct()
    return sorted(str(region) for region in session.scalars(query))
