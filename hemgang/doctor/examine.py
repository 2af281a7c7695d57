"""The examination of an installation: every check in turn; one that fails is itself a finding."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from calendars import local_date
from hemgang import clock
from hemgang.doctor.database import judge_database, open_read_only
from hemgang.doctor.directory import check_channels, compare_with_episodes, judge_directory, read_directory, send_test
from hemgang.doctor.engine import gather_state, judge_state
from hemgang.doctor.environment import (
    DATABASE,
    STATE,
    gather_folders,
    judge_folders,
    judge_variables,
    named_variables,
    wrong_values,
)
from hemgang.doctor.finding import Finding, error
from hemgang.doctor.prefect import gather_prefect, judge_prefect
from hemgang.doctor.reference_data import gather_rules, gather_times, judge_rules, judge_times
from hemgang.errors import ConfigurationError
from hemgang.i18n.catalogue import phrase
from hemgang.settings import Examined, Settings, examine_settings, variable
from hemgang.store.database import Database

Check = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Examination:
    """What to look at: database and directory if not those of the environment, and what is looked at on request.

    `reach`: whether the channels' servers answer; `test`: send the operator a message; `backups`: a folder of backups.
    """

    url: str | None = None
    directory: Path | None = None
    reach: bool = False
    test: bool = False
    backups: Path | None = None


def examine(asked: Examination, environment: Mapping[str, str] = os.environ, *, now: datetime) -> Iterator[Finding]:
    """Yield every finding; nothing is changed, and only `test` sends something.

    `now` (UTC) is what ages are reckoned from; a check that goes wrong by itself is an error among the findings, by the
    kind of its fault only.
    """
    examined = examine_settings(environment)
    if asked.url is None and (fault := examined.faults.get(variable("database"))):
        raise ConfigurationError(fault)
    settings = examined.settings.at(asked.url, asked.directory)
    url, directory = settings.database, settings.directory
    with open_read_only(url) as (facts, database):
        yield from _guarded("database", lambda: judge_database(facts))
        yield from _guarded("time", lambda: judge_times(gather_times(local_date(now))))
        yield from _guarded("rules", lambda: judge_rules(gather_rules(local_date(now), ladder=settings.ladder)))
        yield from _guarded("directory", lambda: _directory(asked, directory, database, now))
        yield from _guarded("folders", lambda: _folders(asked, settings))
        yield from _guarded("variables", lambda: _variables(environment, examined, directory))
        if database is not None:
            yield from _guarded("state", lambda: _state(database, now, inbox=settings.inbox is not None))
        yield from _guarded("prefect", lambda: judge_prefect(gather_prefect(environment, now=clock.machine_now())))


def _guarded(name: str, look: Check) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as failed:  # the other checks still say what they found; the text may hold anything
        found = phrase("doctor.found.check_failed", kind=type(failed).__name__)
        yield error(name, found, phrase("doctor.do.report"))


def _directory(asked: Examination, path: Path | None, database: Database | None, now: datetime) -> Iterator[Finding]:
    facts, directory = read_directory(path)
    if directory is not None and database is not None:
        with database.reading() as session:
            facts = compare_with_episodes(facts, directory, session, now=now)
    yield from judge_directory(facts)
    if directory is not None and asked.reach:
        yield from check_channels(directory.channels)
    if directory is not None and asked.test:
        yield send_test(directory, now=clock.machine_now().isoformat())


def _folders(asked: Examination, settings: Settings) -> Iterator[Finding]:
    places = {STATE: settings.state}
    if (file := _sqlite_file(settings.database)) is not None:
        places = {DATABASE: file} | places
    if settings.inbox is not None:
        places["the inbox"] = settings.inbox
    facts = gather_folders(
        inbox=settings.inbox,
        places=places,
        directory=settings.directory,
        backups=asked.backups,
        now=clock.machine_now(),
    )
    yield from judge_folders(facts)


def _variables(environment: Mapping[str, str], examined: Examined, directory: Path | None) -> Iterator[Finding]:
    yield from judge_variables(
        environment, named_variables(directory), wrong_values(examined, but=frozenset({"inbox"}))
    )


def _state(database: Database, now: datetime, *, inbox: bool) -> Iterator[Finding]:
    with database.reading() as session:
        facts = gather_state(session, now=now, inbox=inbox)
    yield from judge_state(facts)


def _sqlite_file(url: str) -> Path | None:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
