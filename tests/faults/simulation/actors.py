"""The processes of a run: those who take in, those who step, those who send, and who pulls the plug.

They do in the same order what tasks/ and flows/ do around the same services, without Prefect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hemgang.services.advance import advance, advance_reference, claim_due
from hemgang.services.deliver import Sender, deliver
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData
from hemgang.services.restore_guard import clock_is_behind
from hemgang.store import leases, monitoring, outbox
from tests.faults.simulation.arrivals import Inbox
from tests.faults.simulation.history import Side
from tests.faults.simulation.stage import Stage, Staged, Sweep
from tests.faults.simulation.world import Actor, Killed
from tests.services.walking import lines

BEATS = timedelta(hours=1)
"""How often an idle scheduler writes down that it has looked: not as often as it looks, to save the run's time."""

BACK_AFTER_ERROR = timedelta(seconds=5)
LONGEST = 300
"""Characters that are kept of an error."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How one process works: how often it looks, how much it claims, whether it steps its claims one by one."""

    tick: timedelta
    limit: int = 20
    by_runs: bool = False
    releases_the_dead: bool = True


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a run with all it works with."""

    stage: Stage
    database: Staged
    rules: ReferenceData
    inbox: Inbox
    actor: Actor
    habits: Habits

    def live(self, work: Callable[["Process"], None]) -> None:
        """Work, fail, die and come back, for ever."""
        stage, actor = self.stage, self.actor
        back = timedelta(0)
        while True:
            try:
                stage.world.sleep(back)
                back = timedelta(0)
                work(self)
            except OperationalError:
                back = timedelta(seconds=5 + 25 * stage.chance.random())
                stage.hold(back, "lost the database")
            except (
                Exception
            ) as error:  # the engine's loops go on after any error; that there was one is found at the end
                stage.history.raised.append(f"{actor.name} raised {type(error).__name__}: {error}"[:LONGEST])
                back = BACK_AFTER_ERROR
                stage.hold(back, "raised an error")
            except Killed:
                back = actor.down_for
                stage.hold(back, "was killed")
                actor.life += 1
            self.inbox.give_back(actor.name)
            stage.sweeps.pop(actor.name, None)

    def begin(self) -> None:
        """Give back what the life before this one held, as a process does that starts on the same machine."""
        actor = self.actor
        before = f"{actor.name}-{actor.life - 1}"
        if actor.life > 1 and self.habits.releases_the_dead:
            with self.database.writing() as session:
                leases.release_all_of(session, before)

    def decision_now(self) -> datetime:
        """Return the instant to decide at, by the clock of the database as this process sees it."""
        with self.database.reading():
            return self.stage.world.now + self.actor.skew

    def clock(self, _: Session) -> datetime:
        """Return the instant by the same clock where alerts are claimed, as the engine's senders read it."""
        now = self.stage.world.now + self.actor.skew
        self.stage.sweeps[self.actor.name].now = now
        return now

    def moment(self) -> datetime | None:
        """Return the instant to decide at, None while the clock stands before the last sweep."""
        with self.database.reading() as session:
            now = self.stage.world.now + self.actor.skew
            return None if clock_is_behind(session, now=now) else now


def ingesting(process: Process) -> None:
    """Take in what has arrived, file by file."""
    stage, inbox, name = process.stage, process.inbox, process.actor.name
    while True:
        file = inbox.take(name, stage.world.now)
        if file is None:
            stage.world.idle(inbox.next, process.habits.tick * stage.chance.random())
            continue
        ingest(process.database, lines(*file.lines), source=file.name, now=process.decision_now())
        file.done, file.taken_by = True, ""
        stage.note(f"took {file.name}")


def scheduling(process: Process) -> None:
    """Step what is due: all claims at once, or each by itself."""
    stage, database, rules, habits = process.stage, process.database, process.rules, process.habits
    owner, beaten = process.actor.owner, stage.weather.begins_at - BEATS
    process.begin()
    while True:
        now = process.moment()
        claims = [] if now is None else claim_due(database, now=now, owner=owner, limit=habits.limit)
        if claims:
            stage.note(f"claimed {len(claims)}")
        elif now is not None and now > beaten + BEATS:
            beaten = now
            with database.writing() as session:
                monitoring.record_heartbeat(session, "watch", now=now, host=process.actor.name)
        if not claims:
            stage.world.idle(stage.eye.next_timer, habits.tick * stage.chance.random())
        elif habits.by_runs:
            for claim in claims:
                advance_reference(database, claim.reference, rules, now=process.decision_now(), owner=owner)
        else:
            advance(database, claims, rules, now=process.decision_now())


def stepping_by_hand(process: Process) -> None:
    """Step a discharge now and then although it is for others to do: somebody starts its flow on the Prefect page."""
    stage, database, owner = process.stage, process.database, process.actor.owner
    while True:
        stage.world.idle(stage.eye.next_timer, timedelta(minutes=2 * stage.chance.random()))
        reference = stage.eye.next_reference()
        if reference is not None:
            stage.note(f"steps {reference} by hand")
            advance_reference(database, reference, process.rules, now=process.decision_now(), owner=owner)


def sending(process: Process) -> None:
    """Send what is due."""
    stage, actor = process.stage, process.actor
    process.begin()
    while True:
        now, sent = process.moment(), 0
        if now is not None and _is_due(process, now):
            stage.sweeps[actor.name] = Sweep(now)
            sender = Sender(actor.owner, clock=process.clock)
            sent = deliver(process.database, process.rules, now=now, sender=sender).alerts
            stage.sweeps.pop(actor.name, None)
        if not sent:
            stage.world.idle(stage.eye.next_attempt, process.habits.tick * (0.1 + stage.chance.random()))


def _is_due(process: Process, now: datetime) -> bool:
    with process.database.reading() as session:
        due = outbox.next_attempt_at(session)
        return due is not None and due <= now


def pulling_the_plug(process: Process) -> None:
    """Kill every process at the start of a downtime; they come back at its end, one after the other."""
    stage = process.stage
    for span in stage.weather.downtimes:
        stage.world.sleep(span.start - stage.world.now)
        for actor in stage.actors:
            stage.world.kill(actor, down_for=span.end - span.start + timedelta(seconds=60 * stage.chance.random()))
    stage.world.wait()


WORK = {Side.INGESTER: ingesting, Side.SCHEDULER: scheduling, Side.SENDER: sending, Side.HAND: stepping_by_hand}
