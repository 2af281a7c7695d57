"""The oracle: a worker who never sleeps, with no database. It looks at the very instant at which a fact is committed.

It knows the facts in the order in which the run stored them, so that every difference is the engine's, and takes the
same pure look (`hemgang.services.advance`), which has tests of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hemgang.duties.decide import apply
from hemgang.duties.model import Alert, AlertKind, AlertState, Duty, Memory, Step
from hemgang.messages.model import Message
from hemgang.services.advance import Evaluation, evaluate_discharge
from hemgang.services.installation import ReferenceData

Named = tuple[str, str]
"""A duty: episode and key."""
CALLS = (AlertKind.REMINDER, AlertKind.MISSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a duty stands from an instant on; `duty` None = there is none."""

    since: datetime
    revision: int
    duty: Duty | None

    @property
    def unresolved(self) -> bool:
        """Whether someone has to act."""
        return self.duty is not None and self.duty.status.unresolved

    def speaks_of(self, strict_due: datetime | None, practical_due: datetime | None) -> bool:
        """Whether someone has to act by these deadlines."""
        duty = self.duty
        return (
            self.unresolved
            and duty is not None
            and (duty.strict_due, duty.practical_due)
            == (
                strict_due,
                practical_due,
            )
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A rung that speaks: about which duty and revision, by which deadlines, when."""

    about: Named
    revision: int
    strict_due: datetime | None
    practical_due: datetime | None
    rung: str
    at: datetime


@dataclass
class Course:
    """How everything would have gone: every duty's standings in order, and every rung that spoke."""

    standings: dict[Named, list[Standing]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def at(self, about: Named, instant: datetime) -> Standing | None:
        """Return where a duty stood at an instant, None before it was first there."""
        known = self.standings.get(about, [])
        place = bisect_right(known, instant, key=lambda one: one.since)
        return known[place - 1] if place else None

    def between(self, about: Named, start: datetime, end: datetime) -> Iterator[Standing]:
        """Yield every standing that held at some instant of a span, both ends included."""
        first = self.at(about, start)
        if first is not None:
            yield first
        yield from (one for one in self.standings.get(about, []) if start < one.since <= end)


def course_of(facts: Sequence[tuple[datetime, Message]], rules: ReferenceData, *, until: datetime) -> Course:
    """Return how everything goes when each fact is known at its instant and looked at at once."""
    course = Course()
    by_episode: dict[str, list[tuple[datetime, Message]]] = {}
    for at, message in facts:
        by_episode.setdefault(message.episode, []).append((at, message))
    for episode, coming in by_episode.items():
        _follow(course, episode, coming, rules, until)
    course.calls.sort(key=lambda call: call.at)
    return course


def _follow(
    course: Course, episode: str, coming: list[tuple[datetime, Message]], rules: ReferenceData, until: datetime
) -> None:
    memory, known = Memory(), list[Message]()
    now: datetime | None = coming[0][0]
    while now is not None and now <= until:
        known += [message for at, message in coming if at <= now]
        coming = [one for one in coming if one[0] > now]
        found = evaluate_discharge(episode, known, memory, rules, now=now)
        memory = apply(memory, _told_at_once(found.step))
        _note_standings(course, episode, found, memory, now)
        course.calls += _calls(episode, found, now)
        later = [one for one in (found.next_wake, *(at for at, _ in coming[:1])) if one is not None]
        now = min(later, default=None)


def _note_standings(course: Course, episode: str, found: Evaluation, memory: Memory, now: datetime) -> None:
    revisions = {record.key: record.revision for record in memory.duties}
    there = {duty.key: duty for duty in found.duties}
    gone = {key for of, key in course.standings if of == episode} - there.keys()
    for key in sorted({*there, *gone}):
        duty = there.get(key)
        known = course.standings.setdefault((episode, key), [])
        last = known[-1] if known else None
        revision = revisions[key] if duty is not None else (last.revision if last else 0)
        if last is None or _said(last.duty) != _said(duty) or last.revision != revision:
            known.append(Standing(now, revision, duty))


def _said(duty: Duty | None) -> tuple[object, ...]:
    return () if duty is None else (duty.strict_due, duty.practical_due, duty.status, duty.miss_at)


def _calls(episode: str, found: Evaluation, now: datetime) -> Iterator[Call]:
    duties = {duty.key: duty for duty in found.duties}
    for alert in _once(found.step.alerts):
        duty = duties[alert.key]
        yield Call((episode, alert.key), alert.revision, duty.strict_due, duty.practical_due, alert.rung, now)


def _once(alerts: Iterable[Alert]) -> Iterator[Alert]:
    """Yield one alert of each rung that speaks now."""
    seen: set[tuple[str, int, str]] = set()
    for alert in alerts:
        name = (alert.key, alert.revision, alert.rung)
        if alert.kind in CALLS and alert.state is not AlertState.DROPPED and name not in seen:
            seen.add(name)
            yield alert


def _told_at_once(step: Step) -> Step:
    alerts = (
        replace(alert, state=AlertState.DELIVERED) if alert.state is AlertState.PENDING else alert
        for alert in step.alerts
    )
    return replace(step, alerts=tuple(alerts))
