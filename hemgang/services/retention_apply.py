"""The run of a retention plan: some rows at a time, each transaction whole; what is left waits for the next run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from sqlmodel import Session

from calendars.timezone import local_date
from hemgang.errors import HemgangError
from hemgang.references import reference_of
from hemgang.retention.decide import strip_body
from hemgang.retention.policy import DataKind, PlanSummary, RetentionRule, RetentionRules
from hemgang.services.installation import ReferenceData
from hemgang.services.retention_plan import (
    FIVE_YEARS,
    ExpiredClosing,
    ExpiredEpisode,
    RetentionPlan,
    day_starts_at,
    episodes_of,
    plan_retention,
)
from hemgang.store import access_log, closings, retention
from hemgang.store.database import Database
from hemgang.store.installation import database_now, reference_secret
from hemgang.store.retention import RetentionRun

EPISODES_AT_ONCE = 300
ROWS_AT_ONCE = 5_000
T = TypeVar("T")


class RetentionRefused(HemgangError):
    """What would go now is not what the dry run showed, so nothing goes; look at a new dry run."""


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What a run came to: the plan it went by, how many of each kind went, how many stayed as they had changed."""

    plan: PlanSummary
    gone: dict[str, int]
    changed: int
    anchor: access_log.Anchor | None


@dataclass(frozen=True, slots=True)
class _Work:
    """One run: the database, whose plan it is, who does it, when (UTC), and who is told how much is done."""

    database: Database
    planned: RetentionPlan
    by: str
    now: datetime
    told: Callable[[int], None]

    def run(self, rule: RetentionRule) -> RetentionRun:
        return RetentionRun(self.planned.plan.digest, self.by, self.now, rule)

    def floor(self, rule: RetentionRule) -> datetime:
        return day_starts_at(rule.floor(local_date(self.now)))


def apply_retention(
    database: Database,
    kept_for: RetentionRules,
    rules: ReferenceData,
    *,
    digest: str,
    by: str,
    now: datetime,
    told: Callable[[int], None] | None = None,
) -> RetentionReport:
    """Let go exactly what the dry run with this digest showed; `told` is given how much has gone, now and then.

    A run that breaks off leaves whole episodes only; another dry run shows the rest.

    Raises:
        RetentionRefused: something else would go now.
        AgreementError: an agreement file is wrong.
    """
    planned = plan_retention(database, kept_for, rules, now=now)
    if planned.plan.digest != digest:
        raise RetentionRefused(
            f"what would go now is not what plan {digest} showed (it is {planned.plan.digest}), so nothing goes; "
            "look at it again: hemgang retention"
        )
    work = _Work(database, planned, by, now, told or (lambda _: None))
    gone = {kind.value: 0 for kind in DataKind}
    for batch in _by_rule(planned.episodes, EPISODES_AT_ONCE, lambda going: going.rule):
        gone[DataKind.EPISODES] += _episodes(work, batch)
        work.told(sum(gone.values()))
    for closing in planned.closings:
        gone[DataKind.CLOSINGS] += _closing(work, closing)
    for kind, rows, act in (
        (DataKind.QUARANTINE, planned.lines, _lines),
        (DataKind.FORECASTS, planned.forecasts, _forecasts),
        (DataKind.ACCESS_LOG, planned.readings, _readings),
    ):
        for part in _by_rule(rows, ROWS_AT_ONCE, lambda row: row[0]):
            with database.writing() as session:
                retention.lock_retention(session)
                retention.record_run(session, work.run(part[0][0]), [day for _, _, day in part])
                act(work, session, part[0][0], [number for _, number, _ in part])
            gone[kind] += len(part)
            work.told(sum(gone.values()))
    with database.reading() as session:
        anchor = access_log.last_anchor(session)
    return RetentionReport(planned.plan, gone, planned.plan.count - sum(gone.values()), anchor)


def _episodes(work: _Work, batch: Sequence[ExpiredEpisode]) -> int:
    """Delete some episodes of one rule in a transaction; those that changed since the plan stay."""
    rule = batch[0].rule
    with work.database.writing() as session:
        retention.lock_retention(session)
        staying = _changed(session, batch)
        going = [one for one in batch if one.leaving.episode not in staying]
        if going:
            months = {(of.region, str(of.month), of.payer) for one in going for of in one.months}
            leaving = [one.leaving for one in going]
            retention.delete_episodes(session, leaving, months, work.run(rule), work.floor(rule))
    return len(going)


def _changed(session: Session, batch: Sequence[ExpiredEpisode]) -> frozenset[str]:
    """Return the episodes that are no longer as the plan saw them; the others are locked until the end."""
    ids = [one.leaving.episode for one in batch]
    rows = retention.locked_discharges(session, ids)
    planned = {one.leaving.episode: one.version for one in batch}
    other = {
        episode
        for episode, version in planned.items()
        if episode not in rows or rows[episode].version != version or retention.is_waiting(rows[episode])
    }
    return frozenset(other | retention.with_open_duty(session, ids) | retention.with_waiting_alert(session, ids))


def _closing(work: _Work, old: ExpiredClosing) -> int:
    """Take the rows out of a closing and its restatements in a transaction, unless it was restated since the plan."""
    region, month, payer = old.name
    with work.database.writing() as session:
        retention.lock_retention(session)
        if tuple(closings.versions_of(session, region=region, month=month, payer=payer)) != old.versions:
            return 0
        secret = reference_secret(session)
        named = episodes_of(session, old.versions)
        references = {episode: reference_of(secret, "discharge", episode) for episode in sorted(named)}
        on = local_date(work.now)
        left = [(one, strip_body(one.body, content=one.hash, on=on)) for one in old.versions]
        retention.record_run(session, work.run(old.rule), [old.day])
        retention.replace_bodies(session, left, references, floor=work.floor(old.rule))
    return 1


def _lines(_work: _Work, session: Session, _rule: RetentionRule, numbers: Sequence[int]) -> None:
    retention.delete_lines(session, numbers)


def _forecasts(work: _Work, session: Session, rule: RetentionRule, numbers: Sequence[int]) -> None:
    retention.delete_forecasts(session, numbers, region=rule.controller, floor=work.floor(rule))


def _readings(work: _Work, session: Session, rule: RetentionRule, numbers: Sequence[int]) -> None:
    floor = min(work.floor(rule), database_now(session) - FIVE_YEARS)
    access_log.drop_oldest(session, upto=max(numbers), floor=floor, at=work.now, by=work.by)


def _by_rule(items: Sequence[T], size: int, rule: Callable[[T], RetentionRule]) -> Iterator[list[T]]:
    """Yield the items in parts of at most `size`, each part by one rule, the rules in the order of the file."""
    ordered = sorted(items, key=lambda item: rule(item).line)
    for _, group in groupby(ordered, key=lambda item: rule(item).line):
        whole = list(group)
        for start in range(0, len(whole), size):
            yield whole[start : start + size]
