"""Properties of any stay under any ladder and roster: what always holds of steps, however often they are taken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendars.timezone import local_date
from hemgang.duties.decide import alert_identity
from hemgang.duties.escalation import Anchor, Counted, Ladder, Level, Rung
from hemgang.duties.escalation_config import shipped_ladder
from hemgang.duties.model import AlertKind, AlertState, Role, Status, Step
from hemgang.duties.rules import duties_of
from hemgang.messages.model import Message, MessageType
from tests.duties.stays import SHIPPED, Engine, People, Stay
from tests.effort import examples

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
PLAIN = (
    MessageType.ADMISSION_NOTICE,
    MessageType.PLANNING_STARTED,
    MessageType.CARE_CONTACT_ASSIGNED,
    MessageType.READY_NOTICE,
    MessageType.READY_WITHDRAWN,
    MessageType.SIP_CALLED,
    MessageType.SIP_ESTABLISHED,
    MessageType.DISCHARGED,
    MessageType.DISCHARGE_CANCELLED,
    MessageType.DISCHARGE_INFORMATION,
    MessageType.DIED,
    MessageType.CANCELLED,
    MessageType.SIP_NEED,
    MessageType.EXPECTED_DISCHARGE_CHANGED,
)
BEGINNINGS = st.sampled_from(
    (
        datetime(2023, 4, 3, 8, tzinfo=UTC),  # into Easter
        datetime(2024, 3, 27, 16, tzinfo=UTC),  # Easter with the night of summer time in it
        datetime(2026, 10, 23, 12, tzinfo=UTC),  # into the autumn night, after the agreement lapsed
        datetime(2023, 3, 6, 9, tzinfo=UTC),  # a plain week
    )
)


@st.composite
def stays(draw: st.DrawFn, *, days: int = 6, grid: timedelta = MINUTE) -> Stay:
    """Any messages in any order over some days, received when sent or up to a day later, on whole steps of a grid."""
    begun = draw(BEGINNINGS)
    messages = [
        Message("m0", "stay", MessageType.ADMITTED, begun, begun, None,
                {"region": "23", "municipality": "2380", "care": "somatic"})
    ]  # fmt: skip
    kinds = draw(st.lists(st.sampled_from(PLAIN), max_size=8))
    for nth, kind in enumerate(kinds, start=1):
        sent = begun + grid * draw(st.integers(0, timedelta(days=days) // grid))
        received = sent + grid * draw(st.sampled_from((0, 0, 0, 7, 40, timedelta(days=1) // grid)))
        messages.append(Message(f"m{nth}", "stay", kind, sent, received, None, _fields(draw, kind, sent)))
    return Stay(tuple(messages))


def _fields(draw: st.DrawFn, kind: MessageType, sent: datetime) -> dict[str, object]:
    expected: date = local_date(sent) + timedelta(days=draw(st.integers(-1, 4)))
    match kind:
        case MessageType.ADMISSION_NOTICE | MessageType.EXPECTED_DISCHARGE_CHANGED:
            return {"expected_discharge": expected}
        case MessageType.READY_NOTICE:
            return {"ready_on": expected}
        case MessageType.SIP_NEED:
            return {"needed": draw(st.sampled_from(("yes", "no", "declined")))}
        case _:
            return {}


ROSTERS = st.builds(People, absent=st.frozensets(st.sampled_from(tuple(Role))))
RUNGS = st.builds(
    Rung,
    name=st.just(""),
    level=st.sampled_from(Level),
    anchor=st.sampled_from((Anchor.STRICT_DUE, Anchor.PRACTICAL_DUE)),
    offset=st.integers(-30, 30).map(lambda hours: timedelta(hours=hours)),
    counted=st.sampled_from(Counted),
    urgent=st.booleans(),
)
LADDERS = st.one_of(
    st.just(shipped_ladder()),
    st.lists(RUNGS, min_size=1, max_size=4).map(
        lambda rungs: Ladder(tuple(replace(rung, name=f"rung {nth}") for nth, rung in enumerate(rungs)))
    ),
)
SLOW = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _span(stay: Stay) -> tuple[datetime, datetime]:
    return stay.messages[0].at, max(message.received_at for message in stay.messages) + timedelta(days=45)


@SLOW
@given(stay=stays(), roster=ROSTERS, ladder=LADDERS)
def test_what_is_done_is_done_once_and_makes_sense(stay: Stay, roster: People, ladder: Ladder) -> None:
    engine = Engine(stay, roster, ladder)
    engine.run(*_span(stay))
    done = [(record.key, record.revision, record.rung) for record in engine.memory.rungs]
    assert len(done) == len(set(done)), "each rung of a revision once"
    new = [alert_identity(alert) for now, each in engine.steps for alert in each.alerts if alert.fired_at == now]
    assert len(new) == len(set(new)) == len(engine.memory.alerts), "each alert decided once"
    wakes = [(now, each.next_wake) for now, each in engine.steps]
    assert all(wake is None or wake > now for now, wake in wakes), "never at once again, which would not end"
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(wakes))


@SLOW
@given(stay=stays(), roster=ROSTERS, ladder=LADDERS)
def test_nobody_is_called_to_act_where_nobody_has_to(stay: Stay, roster: People, ladder: Ladder) -> None:
    engine = Engine(stay, roster, ladder, sends=False)
    engine.run(*_span(stay))
    for now, decided in engine.steps:
        duties = {duty.key: duty for duty in duties_of(stay.episode(now), SHIPPED, roster, now)}
        for alert in decided.alerts:
            if alert.kind in {AlertKind.REMINDER, AlertKind.MISSED} and alert.state is not AlertState.DROPPED:
                status = duties[alert.key].status
                assert status is (Status.MISSED if alert.kind is AlertKind.MISSED else Status.OPEN)
            if alert.kind is AlertKind.RESOLVED and alert.state is AlertState.PENDING:
                found = duties.get(alert.key)
                assert alert.duty_status is (found.status if found else Status.VOID)


@SLOW
@given(stay=stays(), roster=ROSTERS, ladder=LADDERS)
def test_every_duty_left_undone_has_been_spoken_of(stay: Stay, roster: People, ladder: Ladder) -> None:
    engine = Engine(stay, roster, ladder)
    _, until = _span(stay)
    engine.run(*_span(stay))
    revisions = {record.key: record.revision for record in engine.memory.duties}
    for duty in duties_of(stay.episode(until), SHIPPED, roster, until):
        if duty.status.unresolved and duty.strict_due is not None and duty.strict_due <= until - timedelta(days=3):
            done = [r for r in engine.memory.rungs if (r.key, r.revision) == (duty.key, revisions[duty.key])]
            assert done, f"{duty.key} passed in silence"
            told = [a for a in engine.memory.alerts if (a.key, a.revision) == (duty.key, revisions[duty.key])]
            assert told or all(record.outcome == "stale" for record in done)


def _walk_as_you_jump(stay: Stay, roster: People, ladder: Ladder, *, by: timedelta, days: int) -> None:
    start = stay.messages[0].at
    until = max(message.received_at for message in stay.messages) + timedelta(days=days)
    jumping = Engine(stay, roster, ladder).run(start, until)
    walking = Engine(stay, roster, ladder)
    now = start
    while now <= until:
        walking.step(now)
        now += by
    assert jumping.memory == walking.memory


@settings(SLOW, max_examples=examples(5))
@given(stay=stays(days=1), roster=ROSTERS, ladder=LADDERS)
def test_stepping_every_minute_does_what_jumping_to_the_next_wake_does(
    stay: Stay, roster: People, ladder: Ladder
) -> None:
    _walk_as_you_jump(stay, roster, ladder, by=MINUTE, days=1)


@settings(SLOW, max_examples=examples(20))
@given(stay=stays(days=5, grid=QUARTER), roster=ROSTERS, ladder=LADDERS)
def test_stepping_every_quarter_does_what_jumping_to_the_next_wake_does(
    stay: Stay, roster: People, ladder: Ladder
) -> None:
    _walk_as_you_jump(stay, roster, ladder, by=QUARTER, days=7)


@SLOW
@given(stay=stays(), roster=ROSTERS, ladder=LADDERS, late=st.integers(0, 20000))
def test_a_step_at_any_time_twice_decides_nothing(stay: Stay, roster: People, ladder: Ladder, late: int) -> None:
    engine = Engine(stay, roster, ladder, sends=False)
    now = stay.messages[0].at + MINUTE * late
    first = engine.step(now)
    assert engine.step(now) == Step((), (), (), (), first.next_wake)


@SLOW
@given(stay=stays(), late=st.integers(0, 9000))
def test_what_is_dated_after_now_does_not_count_yet(stay: Stay, late: int) -> None:
    kept = stay.without(MessageType.DISCHARGE_CANCELLED).without(MessageType.CANCELLED)  # they undo what came before
    now = stay.messages[0].at + MINUTE * late
    until_now = Stay(tuple(message for message in kept.messages if message.at <= now))
    found = [duties_of(each.episode(), SHIPPED, People(), now) for each in (kept, until_now)]
    assert found[0] == found[1]
