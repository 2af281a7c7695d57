"""Loads the directory for the doctor, and holds the open discharges against it."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars import local_date
from hemgang.alerts.directory import Directory
from hemgang.alerts.loading import load_directory
from hemgang.doctor.directory import DirectoryFacts
from hemgang.duties.model import Role
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.episode.states import OPEN
from hemgang.errors import ConfigurationError
from hemgang.store import messages
from hemgang.store.tables import DischargeRow

MOST = 2_000
AT_ONCE = 250
OWNERS = {
    Role.WARD: "ward",
    Role.OUTPATIENT_UNIT: "outpatient unit",
    Role.FIXED_CARE_CONTACT: "fixed care contact",
    Role.MUNICIPAL_UNIT: "municipal unit",
}


def read_directory(path: Path | None) -> tuple[DirectoryFacts, Directory | None]:
    """Return what the directory is by itself, and the directory if it can be used."""
    if path is None:
        return DirectoryFacts(trouble=None), None
    try:
        directory = load_directory(path, os.environ)
    except ConfigurationError as wrong:
        return DirectoryFacts(trouble=str(wrong)), None
    units = sum(1 for party in directory.parties.values() if party.kind is not None)
    facts = DirectoryFacts(
        trouble="",
        units=units,
        contacts=len(directory.parties) - units,
        channels=len(directory.channels),
        operator=directory.operator is not None,
    )
    return facts, directory


def held_against(facts: DirectoryFacts, directory: Directory, session: Session, *, now: datetime) -> DirectoryFacts:
    """Return the facts with what the open discharges ask of the directory, those looked at last first."""
    is_open = col(DischargeRow.state).in_([state.value for state in OPEN])
    count = int(session.scalar(select(func.count()).select_from(DischargeRow).where(is_open)) or 0)
    query = select(col(DischargeRow.episode)).where(is_open).order_by(col(DischargeRow.stepped_at).desc()).limit(MOST)
    named = list(session.scalars(query))
    unreached, units, payers = Counter[str](), Counter[str](), Counter[str]()
    for episode in _folded(session, named, now):
        unreached.update(_unreached(episode, directory, now))
        units.update(_unknown_units(episode, directory))
        payers.update(_unknown_payer(episode, directory, now))
    return replace(
        facts,
        open_discharges=count,
        looked_at=len(named),
        unreached=unreached,
        unknown_units=units,
        unknown_payers=payers,
    )


def _folded(session: Session, episodes: list[str], now: datetime) -> Iterator[Episode]:
    for start in range(0, len(episodes), AT_ONCE):
        for name, known in messages.of_episodes(session, episodes[start : start + AT_ONCE]).items():
            yield fold(known, episode=name, as_of=now)


def _unreached(episode: Episode, directory: Directory, now: datetime) -> Iterator[str]:
    for owner, name in OWNERS.items():
        if not directory.recipients(owner, owner, episode, now):
            yield name


def _unknown_units(episode: Episode, directory: Directory) -> Iterator[str]:
    patient = episode.patient
    named = {patient.clinic, patient.care_centre} if patient is not None else set()
    return (unit for unit in named if unit and unit not in directory.parties)


def _unknown_payer(episode: Episode, directory: Directory, now: datetime) -> Iterator[str]:
    payer = episode.payer_on(local_date(now))
    if payer is not None and all(party.payer != payer.payer for party in directory.parties.values()):
        yield payer.payer
