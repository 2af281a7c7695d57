"""Where a run is played: at every boundary of a transaction the work goes over to others, or something fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hemgang.store.database import Database
from tests.faults.simulation.arrivals import Inbox
from tests.faults.simulation.eye import Eye, instant
from tests.faults.simulation.history import Fired, History, Revised, Side
from tests.faults.simulation.weather import Chance, Odds, Weather, chance_of
from tests.faults.simulation.world import Actor, World


def gone(why: str) -> OperationalError:
    """Return the error of a database that does not answer."""
    return OperationalError(why, {}, Exception("server closed the connection unexpectedly"))


@dataclass(frozen=True, slots=True)
class Staged(Database):
    """A database whose transactions hand over to others at both ends."""

    stage: "Stage"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session on one consistent view, after others may have worked."""
        self.stage.before()
        with Database.reading(self) as session:
            yield session
        self.stage.hand_over()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session whose changes are committed together; anything may happen before, at and after the commit."""
        self.stage.before()
        with Database.writing(self) as session:
            yield session
            self.stage.before_commit()
        self.stage.committed()
        self.stage.hand_over()


@dataclass
class Sweep:
    """One sweep of a sender: the `now` it works with, and when it had claimed what it sends."""

    now: datetime
    claimed_at: datetime | None = None


@dataclass
class Stage:
    """One run: its clock, its faults, what was seen; `sweeps` holds what each sender is about."""

    world: World
    weather: Weather
    history: History
    eye: Eye
    inbox: Inbox
    sides: dict[str, Side] = field(default_factory=dict)
    actors: list[Actor] = field(default_factory=list)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    _chances: dict[str, Chance] = field(default_factory=dict)
    _fails_at: dict[str, int] = field(default_factory=dict)

    def database(self, plain: Database) -> Staged:
        """Return the database as the processes of this run see it."""
        event.listen(plain.engine, "before_cursor_execute", self._statement)
        return Staged(plain.url, plain.engine, plain.writer, self)

    @property
    def actor(self) -> Actor:
        """The process that is at work now."""
        return self.world.actor

    @property
    def chance(self) -> Chance:
        """The draws of the process that is at work now."""
        name = self.actor.name
        return self._chances.setdefault(name, chance_of(self.weather.seed, name))

    @property
    def odds(self) -> Odds:
        """How often things fail now."""
        return self.weather.odds_at(self.world.now)

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        self.history.note(self.world.now, self.actor.name, what)

    def hold(self, span: timedelta, why: str) -> None:
        """Note that the process at work cannot go on for a while."""
        actor = self.actor
        self.history.hold(self.sides[actor.name], actor.name, self.world.now, span, why)

    def hand_over(self) -> None:
        """Let others work; now and then this process is slow, stands still beyond its lease, or dies."""
        odds, chance = self.odds, self.chance
        drawn = chance.random()
        span = timedelta(seconds=chance.uniform(0.002, 0.2))
        if drawn < odds.dies:
            self.die()
        elif drawn < odds.dies + odds.stands_still:
            span = timedelta(minutes=chance.uniform(2, 15))
            self.actor.paused_until = self.world.now + span
            self.hold(span, "stands still")
        elif drawn < odds.dies + odds.stands_still + odds.slow:
            span = timedelta(seconds=chance.uniform(2, 60))
            self.hold(span, "is slow")
        self.world.sleep(span)

    def die(self) -> None:
        """Kill the process that is at work; it comes back after seconds, or after half an hour at most."""
        minutes = self.chance.choice((0.2, 0.5, 1, 30)) * self.chance.random()
        self.world.die(down_for=timedelta(minutes=minutes))

    def before(self) -> None:
        """Let others work before a transaction begins; it fails where the database is out."""
        self.hand_over()
        self._fails_at.pop(self.actor.name, None)
        if any(span.holds(self.world.now) for span in self.weather.outages):
            raise gone("the database is out")
        if self.chance.random() < self.odds.fails:
            self._fails_at[self.actor.name] = self.chance.randint(1, 12)

    def before_commit(self) -> None:
        """Fail, at the latest here, a transaction that was to fail."""
        if self._fails_at.pop(self.actor.name, None) is not None:
            self._fail("the commit failed")

    def committed(self) -> None:
        """See what a transaction has left; its answer may be lost."""
        now, eye, history = self.world.now, self.eye, self.history
        for row in eye.fresh("message"):
            history.facts.append((now, row["id"]))
            self.note(f"stored {row['id']}")
        for row in eye.fresh("alert"):
            dues = instant(row["strict_due"]), instant(row["practical_due"])
            history.fired[row["reference"]] = Fired(now, *dues)
            self.inbox.hurry(row["episode"], now, timedelta(seconds=90 * self.chance.random()))
            self.note(f"fired {row['reference']} {row['key']} r{row['revision']} {row['rung']} to {row['recipient']}")
        for row in eye.fresh("duty_revision"):
            revised = Revised(now, instant(row["strict_due"]), row["status"])
            history.revised.setdefault((row["episode"], row["key"]), []).append(revised)
        for row in eye.fresh("attempt"):
            self._recorded(row["bundle"], row["channel"], row["outcome"])
        sweep = self.sweeps.get(self.actor.name)
        if sweep is not None and sweep.claimed_at is None:
            sweep.claimed_at = now
        self.world.something_changed(self.actors)
        if self.chance.random() < self.odds.answer_lost:
            self.hold(timedelta(0), "has no answer to its commit")
            raise gone("the commit's answer was lost")

    def _recorded(self, bundle: str, channel: str, outcome: str) -> None:
        mine = [one for one in self.history.sendings if one.sender == self.actor.owner and one.reference == bundle]
        self.note(f"recorded {bundle} {channel} {outcome}")
        if mine and mine[-1].recorded_at is None:
            mine[-1].recorded_at = self.world.now

    def _statement(self, *_: Any) -> None:
        if self.world.running is None or self.actor.name not in self._fails_at:
            return
        left = self._fails_at[self.actor.name] - 1
        self._fails_at[self.actor.name] = left
        if left <= 0:
            del self._fails_at[self.actor.name]
            self._fail("a statement failed")

    def _fail(self, why: str) -> None:
        if self.chance.random() < 0.3:
            self.die()
        self.hold(timedelta(0), why)
        raise gone(why)
