"""Advances discharges: claim, look, save. One discharge or some thousand take the same way; twice changes nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hemgang.duties.model import Step
from hemgang.engine.look import Look, look
from hemgang.engine.rules import Rules
from hemgang.logs import Event, event
from hemgang.store import discharges, duties, messages
from hemgang.store.database import Database
from hemgang.store.discharges import Claim, Standing
from hemgang.store.origin import database_now
from hemgang.store.saving import save_steps
from hemgang.store.settings import reference_secret

AT_ONCE = 250

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What became of one discharge: named by reference only; `late_s` is how long after its timer it was stepped."""

    reference: str
    region: str
    state: str
    standing: str
    alerts: int
    late_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a list of claims: those stepped, those whose facts changed meanwhile, those that failed."""

    advanced: tuple[Advanced, ...] = ()
    overtaken: int = 0
    parked: tuple[str, ...] = ()

    def and_also(self, other: "Outcome") -> "Outcome":
        """Return both outcomes together."""
        return Outcome(self.advanced + other.advanced, self.overtaken + other.overtaken, self.parked + other.parked)


def claim_due(
    database: Database, *, now: datetime, owner: str, limit: int, regions: frozenset[str] = frozenset()
) -> list[Claim]:
    """Claim up to `limit` discharges whose timer is due at `now`, the longest waiting first; `regions` empty = all."""
    with database.writing() as session:
        real_now = database_now(session)
        return discharges.claim(session, now=now, real_now=real_now, owner=owner, limit=limit, regions=regions)


def advance_reference(database: Database, reference: str, rules: Rules, *, now: datetime, owner: str) -> Outcome:
    """Step one discharge by its reference, due or not; nothing happens while another worker holds it."""
    with database.writing() as session:
        claim = discharges.claim_one(session, reference, real_now=database_now(session), owner=owner)
    return Outcome() if claim is None else advance(database, [claim], rules, now=now)


def advance(database: Database, claims: Sequence[Claim], rules: Rules, *, now: datetime) -> Outcome:
    """Step every claimed discharge and save what follows, some hundred in each transaction.

    A discharge whose facts changed since it was claimed stays due. One whose step fails is set aside for an hour
    and named in the outcome; the others go on.
    """
    total = Outcome()
    for start in range(0, len(claims), AT_ONCE):
        total = total.and_also(_advance_part(database, claims[start : start + AT_ONCE], rules, now))
    return total


def _advance_part(database: Database, claims: Sequence[Claim], rules: Rules, now: datetime) -> Outcome:
    looks = _look_at(database, claims, rules, now)
    try:
        with database.writing() as session:
            return _save(session, list(zip(claims, looks, strict=True)), now)
    except IntegrityError as error:
        if len(claims) > 1:
            total = Outcome()
            for claim in claims:
                total = total.and_also(_advance_part(database, [claim], rules, now))
            return total
        event(log, Event.DISCHARGE_SET_ASIDE, reference=claims[0].reference, error=error)
        with database.writing() as session:
            return _save(session, [(claims[0], None)], now)


def _save(session: Session, found: Sequence[tuple[Claim, Look | None]], now: datetime) -> Outcome:
    advanced: list[Advanced] = []
    parked: list[str] = []
    overtaken: list[Claim] = []
    steps: list[tuple[str, Step]] = []
    for claim, seen in sorted(found, key=lambda one: one[0].episode):  # the order in which `wake` locks them too
        if seen is None:
            discharges.park(session, claim, now=now)
            parked.append(claim.reference)
        elif discharges.save(session, claim, _standing(seen), now=now):
            steps.append((claim.episode, seen.step))
            advanced.append(_advanced(claim, seen, now))
        else:
            overtaken.append(claim)
    save_steps(session, steps, now=now, secret=reference_secret(session))
    discharges.release(session, overtaken)
    return Outcome(tuple(advanced), len(overtaken), tuple(parked))


def _look_at(database: Database, claims: Sequence[Claim], rules: Rules, now: datetime) -> list[Look | None]:
    episodes = [claim.episode for claim in claims]
    with database.reading() as session:
        known = messages.of_episodes(session, episodes)
        memories = duties.memories_of(session, episodes)
    found: list[Look | None] = []
    for claim in claims:
        try:
            found.append(look(claim.episode, known[claim.episode], memories[claim.episode], rules, now=now))
        except Exception as error:  # one discharge must not stop the others; its text may name a person
            event(log, Event.DISCHARGE_SET_ASIDE, reference=claim.reference, error=error)
            found.append(None)
    return found


def _standing(found: Look) -> Standing:
    return Standing(
        region=found.episode.region or "",
        payer=found.payer,
        state=found.episode.state.value,
        standing=found.standing,
        next_wake=found.next_wake,
    )


def _advanced(claim: Claim, found: Look, now: datetime) -> Advanced:
    return Advanced(
        reference=claim.reference,
        region=found.episode.region or "",
        state=found.episode.state.value,
        standing=found.standing,
        alerts=len(found.step.alerts),
        late_s=max(0.0, (now - claim.due_at).total_seconds()),
    )
