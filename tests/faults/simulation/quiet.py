"""When something must have happened at the latest: at the end of the first stretch of peace that is long enough.

How long is long enough follows from the engine's own leases, waits and windows, and from how often its loops look.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hemgang.notifications.retry import SHIPPED
from hemgang.services.deliver import SEND_TIMEOUT_S
from hemgang.services.installation import ReferenceData
from hemgang.store import leases
from tests.faults.simulation.history import Held, History, Side
from tests.faults.simulation.weather import Span, Weather

A_MOMENT = timedelta(microseconds=1)
WORK = timedelta(minutes=1)
"""What looking, saving and sending themselves may take in a run, with nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Peace:
    """Stretches in which no stretch of peace can begin, merged and in order; a stretch is `length` long."""

    blocked: tuple[Span, ...]
    length: timedelta

    def over_by(self, instant: datetime) -> datetime:
        """Return the end of the first stretch of peace that begins at or after an instant."""
        start = instant
        place = bisect_right(self.blocked, start, key=lambda span: span.start)
        if place and self.blocked[place - 1].holds(start):
            start = self.blocked[place - 1].end
        return start + self.length


@dataclass(frozen=True, slots=True)
class Quiet:
    """The deadlines of one run, by what it suffered."""

    history: History
    weather: Weather
    rules: ReferenceData
    ticks: dict[Side, timedelta]

    @property
    def step_within(self) -> timedelta:
        """How long after it is due a discharge is stepped in peace: a lease, two looks, the clocks' difference."""
        return leases.LEASE + 2 * self.ticks[Side.SCHEDULER] + 2 * self.weather.skew + WORK

    @property
    def send_within(self) -> timedelta:
        """How long after it is released an alert is received in peace: a lease, a pause, a channel's wait."""
        directory = self.rules.directory
        assert directory is not None
        pause = timedelta(minutes=directory.settings.bundle_minutes)
        wait = SHIPPED.longest * (1 + SHIPPED.spread)
        return leases.LEASE + pause + wait + 3 * self.ticks[Side.SENDER] + timedelta(seconds=SEND_TIMEOUT_S) + WORK

    def stepping(self) -> Peace:
        """Return the peace that the schedulers need."""
        return Peace(_merged(self._of(Side.SCHEDULER, self.step_within)), self.step_within)

    def receiving(self, sites: Iterable[int]) -> Peace:
        """Return the peace that it needs to reach a box at some servers."""
        length = self.send_within + self.step_within
        wanted = set(sites)
        troubled = [Span(at, at + A_MOMENT) for site, at in self.history.sites if site in wanted]
        troubled += [span for site, span, _ in self.weather.sites if site in wanted]
        both = [*self._of(Side.SCHEDULER, length), *self._of(Side.SENDER, length), *_before(troubled, length)]
        return Peace(_merged(both), length)

    def _of(self, side: Side, length: timedelta) -> list[Span]:
        held = [one for one in self.history.held if one.side is side]
        begun = [*held, *(one for one in self.history.held if one.side is Side.HAND)]
        beginnings = [Span(one.span.start, one.span.start + A_MOMENT) for one in begun]
        return [*_before(beginnings, length), *_before(self.weather.outages, length), *_all_held(held, length)]


def _before(spans: Iterable[Span], length: timedelta) -> list[Span]:
    """Return when a stretch would meet one of the spans if it began then."""
    return [Span(span.start - length, span.end) for span in spans]


def _all_held(held: Sequence[Held], length: timedelta) -> list[Span]:
    """Return when a stretch would not have one process that works all the while."""
    names = sorted({one.name for one in held})
    each = [_merged(_before([one.span for one in held if one.name == name], length)) for name in names]
    common = list(each[0]) if each else []
    for spans in each[1:]:
        common = [
            Span(max(one.start, other.start), min(one.end, other.end))
            for one in common
            for other in spans
            if one.meets(other)
        ]
    return common


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
