"""The retention plan: what may go by an installation's rules on a date, and why what is old is kept.

A dry run shows the plan, and only what it holds may go.

An episode may go when its time is out, nothing of it is under way, and every month it may be charged in is closed,
undisputed and not to be restated (`RetainedMonths`). A closed month loses its rows when no episode of it is stored.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlmodel import Session

from agreements.tomlfile import AgreementError
from calendars.timezone import local_date, plain_utc, start_of_day
from hemgang.closing.review import Act, Event, fold_review
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.liability.model import FIRST_DATE, UNKNOWN_PAYER, Month
from hemgang.retention.decide import (
    KeepReason,
    PayerMonth,
    PendingWork,
    ended_on,
    is_stripped,
    months_charged,
    payers_of,
    reason_to_keep,
    regions_of,
)
from hemgang.retention.policy import (
    DataKind,
    KeptCount,
    PlanSummary,
    RetentionRule,
    RetentionRules,
    group_by_rule,
    plan_digest,
)
from hemgang.services.closing import looked_back_to, review_acts, stored_until
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restatements_of
from hemgang.store import closings, messages
from hemgang.store import retention as reading
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from hemgang.store.installation import database_now
from hemgang.store.messages import later_messages
from hemgang.store.retention import ClosingHead, EpisodeDeletion, closing_heads, named_in_review, still_stored


@dataclass(frozen=True, slots=True)
class ExpiredClosing:
    """A closing with all its restatements whose rows may go, by which rule; `day` is that of its last act."""

    rule: RetentionRule
    day: date
    versions: tuple[Closing, ...]

    @property
    def name(self) -> tuple[str, str, str]:
        """Region, month and payer."""
        first = self.versions[0]
        return first.region, first.month, first.payer


def expired_closings(
    database: Database, rules: RetentionRules, today: date, kept: Counter[tuple[str, DataKind, KeepReason]]
) -> Iterator[ExpiredClosing]:
    """Yield the closings whose rows may go, by region, month and payer; count in `kept` those that are old only."""
    for region in sorted(rules.regions(DataKind.CLOSINGS)):
        own = rules.longest(DataKind.CLOSINGS, regions=(region,), today=today)
        with database.reading() as session:
            heads = closing_heads(session, region)
        for (month, payer), group in groupby(heads, key=lambda one: (one.month, one.payer)):
            if own is None or local_date(max(one.closed_at for one in group)) >= own.floor(today):
                continue
            with database.reading() as session:
                versions = closings.versions_of(session, region=region, month=month, payer=payer)
                events = closings.review_events(session, region=region, month=month)
            found = _expired(rules, today, tuple(versions), events)
            if found is None:
                continue
            with database.reading() as session:
                details_remain = still_stored(session, episodes_of(session, found.versions))
            if details_remain:
                kept[region, DataKind.CLOSINGS, KeepReason.DETAILS_REMAIN] += 1
            else:
                yield found


def episodes_of(session: Session, versions: tuple[Closing, ...]) -> frozenset[str]:
    """Return every episode that a closing, its restatements and its review name."""
    named = {row["episode"] for version in versions for row in _rows(json.loads(version.body)) if row.get("episode")}
    return frozenset(named) | named_in_review(session, versions[0])


def _expired(
    rules: RetentionRules, today: date, versions: tuple[Closing, ...], events: Sequence[Event]
) -> ExpiredClosing | None:
    first = versions[0]
    bodies = [json.loads(version.body) for version in versions]
    if all(is_stripped(body) for body in bodies):
        return None
    day = max(local_date(at) for at in (*(one.closed_at for one in versions), *(one.at for one in events)))
    payers = {first.payer} if first.payer else {str(payer["payer"]) for payer in bodies[0].get("payers", ())}
    rule = rules.longest(DataKind.CLOSINGS, regions=(first.region,), payers=payers, today=today)
    return ExpiredClosing(rule, day, versions) if rule is not None and day < rule.floor(today) else None


def _rows(body: dict[str, list[dict[str, str]]]) -> Iterator[dict[str, str]]:
    for name in ("ledger", "review", "findings", "differences"):
        yield from body.get(name, ())


STANDS = frozenset({Act.UPHELD, Act.WITHDRAWN})
"""Settlements after which the charge stands, and the next restatement charges it."""


class RetainedMonths:
    """Why payers' months must keep their details; each is asked for once, in a snapshot of its own."""

    def __init__(self, database: Database, rules: ReferenceData, *, now: datetime) -> None:
        """Take what the reasons are found in: the store, and the rules as known at `now`."""
        self._database, self._rules, self._now = database, rules, now
        self._agreements = rules.agreements.as_known_on(local_date(now))
        self._months: dict[PayerMonth, KeepReason | None] = {}
        self._closings: dict[tuple[str, str, str], KeepReason | None] = {}
        self._latest: dict[str, Mapping[tuple[str, str], ClosingHead]] = {}
        self._needing: dict[tuple[str, Month], tuple[Month, ...]] = {}

    def why(self, of: PayerMonth) -> KeepReason | None:
        """Return why a payer's month must keep its details, None if it need not."""
        if of not in self._months:
            self._months[of] = self._why(of)
        return self._months[of]

    def _why(self, of: PayerMonth) -> KeepReason | None:
        head = self._closing(of.region, of.month, of.payer)
        if head is None:
            return KeepReason.MONTH_OPEN
        key = (head.region, head.month, head.payer)
        if key not in self._closings:
            with self._database.reading() as session:
                closing = closings.latest(session, region=head.region, month=head.month, payer=head.payer)
            self._closings[key] = KeepReason.MONTH_OPEN if closing is None else self._of_closing(closing)
        if (why := self._closings[key]) is not None:
            return why
        looking_back = self._looking_back(of.region, of.month)
        open_ones = (month for month in looking_back if self._closing(of.region, month, of.payer) is None)
        return KeepReason.LOOKED_BACK_TO if next(open_ones, None) is not None else None

    def _closing(self, region: str, month: Month, payer: str) -> ClosingHead | None:
        """Return the latest version of the closing that holds a payer's month."""
        if region not in self._latest:
            with self._database.reading() as session:
                stored = closing_heads(session, region)
            self._latest[region] = {(one.month, one.payer): one for one in stored}
        of = self._latest[region]
        return of.get((str(month), payer)) or of.get((str(month), ""))

    def _of_closing(self, closing: Closing) -> KeepReason | None:
        with self._database.reading() as session:
            events = closings.review_events(session, region=closing.region, month=closing.month)
        disputes = [one for one in fold_review(events).disputes if closing.payer in ("", one.subject.payer)]
        if any(one.settled is None for one in disputes):
            return KeepReason.DISPUTED
        if not (self._settled_since(closing, events) or self._touched(closing)):
            return None
        return KeepReason.RESTATEMENT_DUE if self._differs(closing) else None

    def _settled_since(self, closing: Closing, events: list[Event]) -> bool:
        acts = review_acts(closing)
        later = events[acts:] if acts is not None else [one for one in events if one.at > closing.closed_at]
        return any(one.act in STANDS for one in later)

    def _touched(self, closing: Closing) -> bool:
        """Whether messages that the closing could not know belong to episodes that began before its month was over."""
        ends_at = Month.parse(closing.month).ends_at
        with self._database.reading() as session:
            later = later_messages(
                session,
                region=closing.region,
                received_after=closing.as_of,
                stored_after=stored_until(closing),
                until=self._now,
                before=ends_at,
            )
            began = reading.first_messages(session, later.keys())
        return any(at < ends_at for at in began.values())

    def _differs(self, closing: Closing) -> bool:
        """Whether the month would come out otherwise now; what cannot be computed may."""
        month = Month.parse(closing.month)
        try:
            found = restatements_of(
                self._database, region=closing.region, month=month, rules=self._rules, now=self._now
            )
        except AgreementError:
            return True
        return any(one.found for one in found if one.payer == closing.payer)

    def _looking_back(self, region: str, month: Month) -> tuple[Month, ...]:
        """Return the months, up to the present one, whose clauses look at an earlier month."""
        if (region, month) not in self._needing:
            found: dict[Month, list[Month]] = {}
            for later in _months(self._now):
                for needed in looked_back_to(self._agreements, region, later):
                    found.setdefault(needed, []).append(later)
            for needed in {month, *found}:
                self._needing[region, needed] = tuple(found.get(needed, ()))
        return self._needing[region, month]


def _months(now: datetime) -> Iterator[Month]:
    month, last = Month.of(FIRST_DATE), Month.of(max(FIRST_DATE, local_date(now)))
    while month <= last:
        yield month
        month = month.following()


AT_ONCE = 1_000
FIVE_YEARS = timedelta(days=1827)


@dataclass(frozen=True, slots=True)
class ExpiredEpisode:
    """An episode that may go: its rule, the version of it that was looked at, and the months that lose it."""

    rule: RetentionRule
    leaving: EpisodeDeletion
    version: int
    months: frozenset[PayerMonth]


@dataclass(slots=True)
class RetentionPlan:
    """A plan with what it is about; each list in the order in which it goes.

    `lines`, `forecasts` and `readings` are numbers of rows with the rule they go by and from when their time counts.
    """

    plan: PlanSummary
    episodes: list[ExpiredEpisode] = field(default_factory=list)
    lines: list[tuple[RetentionRule, int, date]] = field(default_factory=list)
    forecasts: list[tuple[RetentionRule, int, date]] = field(default_factory=list)
    closings: list[ExpiredClosing] = field(default_factory=list)
    readings: list[tuple[RetentionRule, int, date]] = field(default_factory=list)


def plan_retention(
    database: Database,
    kept_for: RetentionRules,
    rules: ReferenceData,
    *,
    now: datetime,
    told: Callable[[int], None] | None = None,
) -> RetentionPlan:
    """Return what may go at an instant: everything whose time was out before its Stockholm date began.

    It is read some at a time and judged after each reading; what changes meanwhile stays when the plan is applied.

    The same facts give the same plan all that day. `told` is given how many episodes were looked at, now and then.

    Raises:
        AgreementError: an agreement file is wrong.
    """
    today = local_date(now)
    kept: Counter[tuple[str, DataKind, KeepReason]] = Counter()
    months = RetainedMonths(database, rules, now=now)
    search = _Search(database, kept_for, today, kept, months, told or (lambda _: None))
    found = RetentionPlan(
        PlanSummary(today, (), (), ""),
        episodes=list(search.episodes()),
        lines=list(search.lines()),
        forecasts=list(search.forecasts()),
        closings=list(expired_closings(database, kept_for, today, kept)),
        readings=search.readings(),
    )
    found.plan = _summed(found, kept, kept_for, today)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for what may go on a date, counting in `kept` what is old and kept all the same."""

    database: Database
    rules: RetentionRules
    today: date
    kept: Counter[tuple[str, DataKind, KeepReason]]
    months: RetainedMonths
    told: Callable[[int], None]

    def episodes(self) -> Iterator[ExpiredEpisode]:
        regions = self.rules.regions(DataKind.EPISODES)
        before = self.rules.loosest_floor(DataKind.EPISODES, self.today)
        if before is None:
            return
        with self.database.reading() as session:
            old = reading.old_discharges(session, regions=regions, before=day_starts_at(before))
        for start in range(0, len(old), AT_ONCE):
            yield from self._part(old[start : start + AT_ONCE], before)
            self.told(min(len(old), start + AT_ONCE))

    def _part(self, part: Sequence[reading.OldDischarge], before: date) -> Iterator[ExpiredEpisode]:
        ids = [one.episode for one in part]
        with self.database.reading() as session:
            said = messages.of_episodes(session, ids)
            due = reading.with_open_duty(session, ids)
            waiting = reading.with_waiting_alert(session, ids)
        for one in part:
            stay = fold(said[one.episode], episode=one.episode)
            stored = PendingWork(one.waits, one.episode in due, one.episode in waiting)
            going = self._judged(one, stay, stored, before)
            if going is not None:
                yield going

    def _judged(
        self, one: reading.OldDischarge, stay: Episode, stored: PendingWork, before: date
    ) -> ExpiredEpisode | None:
        """Return the episode if it may go; count it if it is old and may not."""
        day = ended_on(stay, local_date(one.last_at))
        regions = regions_of(stay)
        if regions.isdisjoint(self.rules.regions(DataKind.EPISODES)) and regions:
            return None
        rule = self.rules.longest(DataKind.EPISODES, regions=regions, payers=payers_of(stay), today=self.today)
        if day >= (before if rule is None else rule.floor(self.today)):
            return None
        charged = months_charged(stay)
        why = reason_to_keep(stay, stored, charged, self.months.why)
        if why is None and rule is None:
            why = KeepReason.NO_RULE
        if why is not None or rule is None:
            self.kept[stay.region or "", DataKind.EPISODES, why or KeepReason.NO_RULE] += 1
            return None
        payer = stay.payer_on(day)
        leaving = EpisodeDeletion(
            one.episode, one.reference, stay.region or "", payer.payer if payer else UNKNOWN_PAYER, day
        )
        return ExpiredEpisode(rule, leaving, one.version, charged)

    def lines(self) -> Iterator[tuple[RetentionRule, int, date]]:
        rule = self._of_nobody(DataKind.QUARANTINE)
        if rule is not None:
            with self.database.reading() as session:
                old = reading.old_lines(session, before=day_starts_at(rule.floor(self.today)))
            yield from ((rule, number, local_date(at)) for number, at in old)

    def forecasts(self) -> Iterator[tuple[RetentionRule, int, date]]:
        for region in sorted(self.rules.regions(DataKind.FORECASTS)):
            rule = self.rules.longest(DataKind.FORECASTS, regions=(region,), today=self.today)
            if rule is not None:
                with self.database.reading() as session:
                    old = reading.old_forecasts(session, region=region, before=day_starts_at(rule.floor(self.today)))
                yield from ((rule, number, local_date(at)) for number, at in old)

    def readings(self) -> list[tuple[RetentionRule, int, date]]:
        """Return the log's oldest rows that may go: five years by the database's own clock at least, never the last."""
        rule = self._of_nobody(DataKind.ACCESS_LOG)
        if rule is None:
            return []
        with self.database.reading() as session:
            before = min(day_starts_at(rule.floor(self.today)), database_now(session) - FIVE_YEARS)
            last = reading.last_reading(session)
            old = list(reading.old_readings(session, before=before))
        if old and old[-1][0] == last:
            old.pop()
            self.kept["", DataKind.ACCESS_LOG, KeepReason.LAST_ROW] += 1
        return [(rule, number, local_date(at)) for number, at in old]

    def _of_nobody(self, kind: DataKind) -> RetentionRule | None:
        """Return the rule for what may be any region's: the longest, if every region there is has one."""
        with self.database.reading() as session:
            every = self.rules.regions(kind) | reading.regions_stored(session)
        return self.rules.longest(kind, regions=every, today=self.today)


def day_starts_at(day: date) -> datetime:
    """Return the instant (UTC) at which a date begins in Stockholm."""
    return plain_utc(start_of_day(day))


def _summed(
    found: RetentionPlan, kept: Counter[tuple[str, DataKind, KeepReason]], rules: RetentionRules, today: date
) -> PlanSummary:
    of_rows = (("quarantine", found.lines), ("forecasts", found.forecasts), ("access_log", found.readings))
    named: list[tuple[str, ...]] = [
        ("episodes", going.leaving.reference, str(going.version)) for going in found.episodes
    ]
    named += [("closings", *one.name, *(version.hash for version in one.versions)) for one in found.closings]
    named += [(kind, str(number)) for kind, rows in of_rows for _, number, _ in rows]
    dated = [(going.rule, going.leaving.over_on) for going in found.episodes]
    dated += [(one.rule, one.day) for one in found.closings]
    dated += [(rule, day) for _, rows in of_rows for rule, _, day in rows]
    counted = (KeptCount(region, kind, why, count) for (region, kind, why), count in kept.items())
    return PlanSummary(today, group_by_rule(dated), tuple(sorted(counted)), plan_digest(rules.digest, named))
