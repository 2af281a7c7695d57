"""Stored episodes folded for a screen: all of them in one pass, or one by its id."""

from collections.abc import Iterator
from datetime import datetime

from calendars.zone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import shown
from hemgang.cli.progress import counted
from hemgang.engine.rules import Rules
from hemgang.episode.checks import checks
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.findings import Finding
from hemgang.messages.model import Message
from hemgang.store import messages
from hemgang.store.database import Database


def every_stay(database: Database, *, known_at: datetime, region: str | None = None) -> Iterator[Episode]:
    """Yield every episode of which something was received by `known_at`, by id; in one query.

    `region` keeps those that were ever in the county.
    """
    with database.reading() as session:
        stored = messages.by_episode(session, received_by=known_at, region=region)
        for episode, said in counted(stored, "episodes"):
            yield fold(said, episode=episode, as_of=known_at)


def messages_of(database: Database, episode: str) -> list[Message]:
    """Return every message of an episode.

    Raises:
        WrongUse: nothing is stored of it.
    """
    with database.reading() as session:
        found = messages.of_episode(session, episode)
    if not found:
        raise WrongUse(f"nothing is stored of episode {shown(episode)!r}")
    return found


def findings_of(episode: Episode, rules: Rules, *, now: datetime) -> tuple[Finding, ...]:
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
