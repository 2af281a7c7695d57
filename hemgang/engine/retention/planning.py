"""Plans what may go by an installation's retention rules; a dry run shows the plan, and only what it holds may go."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session

from calendars.zone import local_date, plain_utc, start_of_day
from hemgang.engine.retention.closed import OldClosing, old_closings
from hemgang.engine.retention.months import MonthsKept
from hemgang.engine.rules import Rules
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.liability.model import UNKNOWN_PAYER
from hemgang.retention.deciding import (
    PayerMonth,
    Stored,
    Why,
    months_charged,
    over_on,
    payers_of,
    regions_of,
    why_kept,
)
from hemgang.retention.plan import Kept, Plan, digest_of, grouped
from hemgang.retention.rules import Kind, RetentionRules, Rule
from hemgang.store import messages
from hemgang.store import retention_reading as reading
from hemgang.store.database import Database
from hemgang.store.origin import database_now
from hemgang.store.retention import Leaving

AT_ONCE = 1_000
FIVE_YEARS = timedelta(days=1827)


@dataclass(frozen=True, slots=True)
class Going:
    """An episode that may go: its rule, the version of it that was looked at, and the months that lose it."""

    rule: Rule
    leaving: Leaving
    version: int
    months: frozenset[PayerMonth]


@dataclass(slots=True)
class Planned:
    """A plan with what it is about; each list in the order in which it goes.

    `lines`, `forecasts` and `readings` are numbers of rows with the rule they go by and from when their time counts.
    """

    plan: Plan
    episodes: list[Going] = field(default_factory=list)
    lines: list[tuple[Rule, int, date]] = field(default_factory=list)
    forecasts: list[tuple[Rule, int, date]] = field(default_factory=list)
    closings: list[OldClosing] = field(default_factory=list)
    readings: list[tuple[Rule, int, date]] = field(default_factory=list)


def plan(
    database: Database,
    kept_for: RetentionRules,
    rules: Rules,
    *,
    now: datetime,
    told: Callable[[int], None] | None = None,
) -> Planned:
    """Return what may go at an instant: everything whose time was out before its Stockholm date began.

    The same facts give the same plan all that day. `told` is given how many episodes were looked at, now and then.

    Raises:
        AgreementError: an agreement file is wrong.
    """
    today = local_date(now)
    kept: Counter[tuple[str, Kind, Why]] = Counter()
    with database.reading() as session:
        months = MonthsKept(database, session, rules, now=now)
        looking = _Looking(session, kept_for, today, kept, months, told or (lambda _: None))
        found = Planned(
            Plan(today, (), (), ""),
            episodes=list(looking.episodes()),
            lines=list(looking.lines()),
            forecasts=list(looking.forecasts()),
            closings=list(old_closings(session, kept_for, today, kept)),
            readings=looking.readings(database_now(session)),
        )
    found.plan = _summed(found, kept, kept_for, today)
    return found


@dataclass(frozen=True, slots=True)
class _Looking:
    """One look through the store on a date, counting in `kept` what is old and kept all the same."""

    session: Session
    rules: RetentionRules
    today: date
    kept: Counter[tuple[str, Kind, Why]]
    months: MonthsKept
    told: Callable[[int], None]

    def episodes(self) -> Iterator[Going]:
        regions = self.rules.regions(Kind.EPISODES)
        before = self.rules.loosest_floor(Kind.EPISODES, self.today)
        if before is None:
            return
        old = reading.old_discharges(self.session, regions=regions, before=beginning(before))
        for start in range(0, len(old), AT_ONCE):
            yield from self._part(old[start : start + AT_ONCE], before)
            self.told(min(len(old), start + AT_ONCE))

    def _part(self, part: Sequence[reading.Old], before: date) -> Iterator[Going]:
        ids = [one.episode for one in part]
        said = messages.of_episodes(self.session, ids)
        due = reading.with_open_duty(self.session, ids)
        waiting = reading.with_waiting_alert(self.session, ids)
        for one in part:
            stay = fold(said[one.episode], episode=one.episode)
            stored = Stored(one.waits, one.episode in due, one.episode in waiting)
            going = self._judged(one, stay, stored, before)
            if going is not None:
                yield going

    def _judged(self, one: reading.Old, stay: Episode, stored: Stored, before: date) -> Going | None:
        """Return the episode if it may go; count it if it is old and may not."""
        day = over_on(stay, local_date(one.last_at))
        regions = regions_of(stay)
        if regions.isdisjoint(self.rules.regions(Kind.EPISODES)) and regions:
            return None
        rule = self.rules.longest(Kind.EPISODES, regions=regions, payers=payers_of(stay), today=self.today)
        if day >= (before if rule is None else rule.floor(self.today)):
            return None
        charged = months_charged(stay)
        why = why_kept(stay, stored, charged, self.months.why)
        if why is None and rule is None:
            why = Why.NO_RULE
        if why is not None or rule is None:
            self.kept[stay.region or "", Kind.EPISODES, why or Why.NO_RULE] += 1
            return None
        payer = stay.payer_on(day)
        leaving = Leaving(one.episode, one.reference, stay.region or "", payer.payer if payer else UNKNOWN_PAYER, day)
        return Going(rule, leaving, one.version, charged)

    def lines(self) -> Iterator[tuple[Rule, int, date]]:
        rule = self._of_nobody(Kind.QUARANTINE)
        if rule is not None:
            old = reading.old_lines(self.session, before=beginning(rule.floor(self.today)))
            yield from ((rule, number, local_date(at)) for number, at in old)

    def forecasts(self) -> Iterator[tuple[Rule, int, date]]:
        for region in sorted(self.rules.regions(Kind.FORECASTS)):
            rule = self.rules.longest(Kind.FORECASTS, regions=(region,), today=self.today)
            if rule is not None:
                old = reading.old_forecasts(self.session, region=region, before=beginning(rule.floor(self.today)))
                yield from ((rule, number, local_date(at)) for number, at in old)

    def readings(self, real_now: datetime) -> list[tuple[Rule, int, date]]:
        """Return the log's oldest rows that may go: five years by the database's own clock at least, never the last."""
        rule = self._of_nobody(Kind.ACCESS_LOG)
        if rule is None:
            return []
        before = min(beginning(rule.floor(self.today)), real_now - FIVE_YEARS)
        last = reading.last_reading(self.session)
        old = list(reading.old_readings(self.session, before=before))
        if old and old[-1][0] == last:
            old.pop()
            self.kept["", Kind.ACCESS_LOG, Why.LAST_ROW] += 1
        return [(rule, number, local_date(at)) for number, at in old]

    def _of_nobody(self, kind: Kind) -> Rule | None:
        """Return the rule for what may be any region's: the longest, if every region there is has one."""
        every = self.rules.regions(kind) | reading.regions_stored(self.session)
        return self.rules.longest(kind, regions=every, today=self.today)


def beginning(day: date) -> datetime:
    """Return the instant (UTC) at which a date begins in Stockholm."""
    return plain_utc(start_of_day(day))


def _summed(found: Planned, kept: Counter[tuple[str, Kind, Why]], rules: RetentionRules, today: date) -> Plan:
    of_rows = (("quarantine", found.lines), ("forecasts", found.forecasts), ("access_log", found.readings))
    named: list[tuple[str, ...]] = [
        ("episodes", going.leaving.reference, str(going.version)) for going in found.episodes
    ]
    named += [("closings", *one.name, *(version.hash for version in one.versions)) for one in found.closings]
    named += [(kind, str(number)) for kind, rows in of_rows for _, number, _ in rows]
    dated = [(going.rule, going.leaving.over_on) for going in found.episodes]
    dated += [(one.rule, one.day) for one in found.closings]
    dated += [(rule, day) for _, rows in of_rows for rule, _, day in rows]
    counted = (Kept(region, kind, why, count) for (region, kind, why), count in kept.items())
    return Plan(today, grouped(dated), tuple(sorted(counted)), digest_of(rules.digest, named))
