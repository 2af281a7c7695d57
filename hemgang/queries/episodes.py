"""Stored episodes folded for a screen, those in a scope only: all of them in one pass, or one by its id.

What `hemgang episode` shows, as values: the episode with everything that follows from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from calendars.timezone import local_date
from hemgang.duties.model import Duty
from hemgang.episode.checks import checks
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode, State
from hemgang.errors import HemgangError
from hemgang.findings import Finding
from hemgang.liability.model import Month, Row
from hemgang.messages.identity_numbers import redacted
from hemgang.messages.model import Message
from hemgang.references import as_references_are_written
from hemgang.scope import Scope
from hemgang.services.installation import ReferenceData
from hemgang.store import messages
from hemgang.store.database import Database
from hemgang.store.outbox import OutboxAlert, episodes_with_reference
from hemgang.store.retention import tombstone_of


class NothingStored(HemgangError):
    """Nothing that the reader may see is stored under what they asked for; the same words where it is outside."""


def every_stay(database: Database, scope: Scope, *, known_at: datetime, region: str | None = None) -> Iterator[Episode]:
    """Yield every episode in the scope of which something was received by `known_at`, by id; in one query.

    `region` keeps those that were ever in the county.
    """
    with database.reading() as session:
        stored = messages.by_episode(session, received_by=known_at, region=region)
        stays = (fold(said, episode=episode, as_of=known_at) for episode, said in stored)
        yield from (stay for stay in stays if _in(scope, stay))


def stays_named(database: Database, scope: Scope, reference: str, *, known_at: datetime) -> list[Episode]:
    """Return the episodes in the scope whose discharge, alert or bundle has a reference, as known at `known_at`, by id.

    Raises:
        NothingStored: there is none; in the same words where it is outside the scope, or was not known yet.
    """
    with database.reading() as session:
        said = [
            messages.of_episode(session, one)
            for one in episodes_with_reference(session, as_references_are_written(reference))
        ]
    known = [one for one in said if any(message.received_at <= known_at for message in one)]
    found = [fold(one, episode=one[0].episode, as_of=known_at) for one in known]
    shows = [stay for stay in found if _in(scope, stay)]
    if not shows:
        raise NothingStored(f"no discharge and no alert has the reference {redacted(reference)!r}")
    return shows


def one_stay(database: Database, scope: Scope, episode: str, *, known_at: datetime) -> tuple[Episode, list[Message]]:
    """Return an episode as known at `known_at`, with every message that is stored of it.

    Raises:
        NothingStored: nothing is stored of it, in the same words where it is outside the scope; or its details went.
    """
    with database.reading() as session:
        found = messages.of_episode(session, episode)
        gone = tombstone_of(session, episode) if not found else None
    if gone is not None and scope.shows(gone.region, (gone.payer,)):
        raise NothingStored(
            f"the details of episode {redacted(episode)!r} went on {local_date(gone.at)} by the retention rule of "
            f"{gone.region} ({gone.basis}); what was closed of it stands in hemgang closings show"
        )
    stay = fold(found, episode=episode, as_of=known_at)
    if not found or not _in(scope, stay):
        raise NothingStored(f"nothing is stored of episode {redacted(episode)!r}")
    return stay, found


def _in(scope: Scope, stay: Episode) -> bool:
    return scope.shows(stay.region, (held.payer for held in stay.payers))


def findings_of(episode: Episode, rules: ReferenceData, *, now: datetime) -> tuple[Finding, ...]:
    """Return the findings of the fold with those that need the agreement, the payers, the directory and the time."""
    hours = None
    if (
        episode.end is not None
        and episode.region is not None
        and rules.agreements.named("lus").in_force(on := local_date(episode.end.at))
    ):
        payer = episode.payer_on(on)
        agreed = rules.agreements.terms(episode.region, on, payer.payer if payer else None).discharge_hours
        hours = agreed.value if agreed else None
    contacts = None
    if rules.directory is not None:
        contacts = {party.id for party in rules.directory.parties.values() if party.kind is None}
    later = checks(episode, now=now, payers=rules.municipalities, discharge_hours=hours, contacts=contacts)
    return (*episode.findings, *later)


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the state of the episode once it and all before it in message order are known."""

    message: Message
    state: State


@dataclass(frozen=True, slots=True)
class Ledger:
    """The episode's rows of the months that can be computed, and why the others cannot."""

    rows: tuple[Row, ...]
    missing: tuple[tuple[Month, str], ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """An episode with everything that follows from it."""

    episode: Episode
    said: tuple[Said, ...]
    duties: tuple[Duty, ...]
    alerts: tuple[OutboxAlert, ...]
    findings: tuple[Finding, ...]
    ledger: Ledger
