"""A virtual clock and the processes that live by it: one thread, one at a time, woken in the order that is due.

A process (`Actor`) has one strand of work and while it sends some more beside it; each strand is a greenlet, which runs
until it says how long it waits. Nothing here draws anything: who waits how long is the caller's matter.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]


class Killed(BaseException):
    """The process died here, as by `kill -9`: what was not committed is gone."""


@dataclass(eq=False)
class Strand:
    """One line of work of a process; `ticket` tells the waiting that holds from those that are over."""

    actor: "Actor"
    work: Any = None
    ticket: int = 0
    error: BaseException | None = None


@dataclass(eq=False)
class Idle:
    """A process with nothing to do: when the store may have something for it, how often it looks, when it wakes."""

    due: Callable[[], datetime | None]
    within: timedelta
    wakes_at: datetime | None = None


@dataclass(eq=False)
class Actor:
    """One process: its clock is off by `skew`, its name as a holder of claims changes with every life."""

    name: str
    skew: timedelta = timedelta(0)
    life: int = 1
    down_for: timedelta = timedelta(0)
    main: Strand | None = None
    idle: Idle | None = None
    paused_until: datetime | None = None

    @property
    def owner(self) -> str:
        """The name under which this life holds claims."""
        return f"{self.name}-{self.life}"


@dataclass
class World:
    """What time it is, who waits for when, who is at work now."""

    now: datetime
    running: Strand | None = None
    _queue: list[tuple[datetime, int, Strand, int]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _strands: list[Strand] = field(default_factory=list)
    _hub: Any = None

    @property
    def actor(self) -> Actor:
        """The process that is at work now."""
        assert self.running is not None
        return self.running.actor

    def start(self, actor: Actor, body: Callable[[], None]) -> Strand:
        """Let a process begin a line of work now, its first one being what it is killed by."""
        strand = Strand(actor)
        strand.work = greenlet(body, self._hub or getcurrent())
        self._strands.append(strand)
        actor.main = actor.main or strand
        self._push(strand, self.now)
        return strand

    def run(self, until: datetime) -> None:
        """Let everybody work up to an instant, included."""
        self._hub = getcurrent()
        while self._queue and self._queue[0][0] <= until:
            at, _, strand, ticket = heapq.heappop(self._queue)
            if ticket != strand.ticket or strand.work.dead:
                continue
            paused = strand.actor.paused_until
            if paused is not None and paused > at:
                self._push(strand, paused)
                continue
            self.now = max(self.now, at)
            self.running = strand
            strand.work.switch()
            self.running = None
        self.now = max(self.now, until)

    def close(self) -> None:
        """End every line of work where it stands, so that it gives back what it holds."""
        self._hub = getcurrent()
        for strand in self._strands:
            if not strand.work.dead:
                self.running = strand
                strand.work.throw()
        self.running = None

    def sleep(self, span: timedelta) -> None:
        """Wait; others work meanwhile."""
        assert self.running is not None
        self._push(self.running, self.now + span)
        self._suspend()

    def wait(self) -> None:
        """Wait until somebody wakes this line of work."""
        self._suspend()

    def wake(self, strand: Strand, error: BaseException | None = None) -> None:
        """Let a line of work go on now, with an error where there is one."""
        strand.error = error or strand.error
        self._push(strand, self.now)

    def kill(self, actor: Actor, *, down_for: timedelta) -> None:
        """Kill a process where it stands; it is started again after a while."""
        actor.down_for = down_for
        actor.paused_until = None
        assert actor.main is not None
        self.wake(actor.main, Killed())

    def die(self, *, down_for: timedelta) -> None:
        """Kill the process that is at work.

        Raises:
            Killed: always.
        """
        assert self.running is not None
        actor = self.running.actor
        actor.down_for = down_for
        if self.running is not actor.main and actor.main is not None:
            self.wake(actor.main, Killed())
        raise Killed

    def idle(self, due: Callable[[], datetime | None], within: timedelta) -> None:
        """Wait until some time `within` after the store has something to do; `due` is asked again after each commit.

        What another has done meanwhile wakes nobody.
        """
        actor = self.actor
        while True:
            actor.idle = Idle(due, within)
            try:
                self._settle(actor)
                self._suspend()
            finally:
                actor.idle = None
            coming = due()
            if coming is not None and coming <= self.now:
                return

    def something_changed(self, actors: Iterable[Actor]) -> None:
        """Let idle processes look whether they have something to do earlier."""
        for actor in actors:
            if actor.idle is not None:
                self._settle(actor)

    def _settle(self, actor: Actor) -> None:
        idle, strand = actor.idle, actor.main
        assert idle is not None
        assert strand is not None
        due = idle.due()
        if due is None:
            return
        at = max(due, self.now) + idle.within
        if idle.wakes_at is None or at < idle.wakes_at:
            idle.wakes_at = at
            self._push(strand, at)

    def _push(self, strand: Strand, at: datetime) -> None:
        strand.ticket += 1
        heapq.heappush(self._queue, (at, next(self._numbers), strand, strand.ticket))

    def _suspend(self) -> None:
        strand = self.running
        assert strand is not None
        self._hub.switch()
        if strand.error is not None:
            error, strand.error = strand.error, None
            raise error
