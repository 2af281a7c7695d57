"""Checks of what was decided: no call lost, none early, none that nothing called for, every rung once."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from hemgang.duties.model import kind_of_key
from tests.faults.simulation.case import Case
from tests.faults.simulation.ideal import CALLS, Call, Named, Standing
from tests.faults.simulation.tables import AlertSeen

LOOKED_BACK = timedelta(minutes=20)
"""How long a process may stand still between its look and its save, with facts that did not change."""


def wrong_decisions(case: Case) -> Iterator[str]:
    """Yield what was decided wrongly."""
    fired: dict[Named, list[AlertSeen]] = {}
    for alert in case.alerts.values():
        if alert.kind in CALLS:
            fired.setdefault((alert.episode, alert.key), []).append(alert)
    for call in case.course.calls:
        if (problem := _not_made(case, call, fired.get(call.about, []))) is not None:
            yield problem
    for about, alerts in fired.items():
        for alert in alerts:
            if not _called_for(case, about, alert):
                yield f"called without need or early: {_name(case, alert)}"
        yield from _too_often(case, about, alerts)


def _not_made(case: Case, call: Call, fired: list[AlertSeen]) -> str | None:
    """Say so where a call that stayed true for long enough was not made in time, nor a later rung in its place."""
    by = case.stepping.over_by(call.at)
    if by > case.ends_at or _over_by(case, call, by):
        return None
    since = _could_not_tell_since(case, call) - case.skew
    made = [
        case.played.history.fired[alert.reference].at
        for alert in fired
        if _speaks_of(case, alert, call) and (alert.rung == call.rung or _is_due(case, call, alert.rung, by))
    ]
    if any(since <= at <= by for at in made):
        return None
    said = f"{call.about[1]} r{call.revision} {call.rung} of {call.about[0]}, due {call.at}"
    later = [at for at in made if at > by]
    return f"called too late: {said}, by {by}, but {later[0]}" if later else f"not called: {said}, by {by}"


def _over_by(case: Case, call: Call, by: datetime) -> bool:
    """Whether nobody had to act by these deadlines any more, at some instant before a look was sure."""
    return any(
        not one.speaks_of(call.strict_due, call.practical_due) or one.revision != call.revision
        for one in case.course.between(call.about, call.at, by)
    )


def _could_not_tell_since(case: Case, call: Call) -> datetime:
    """Return since when a worker that looks now and then saw no other deadline: from then on a call counts."""
    known = case.course.standings[call.about]
    place = max(nth for nth, one in enumerate(known) if one.since <= call.at)
    while place and _went_unseen(case, known, place - 1, call):
        place -= 1
    return known[place].since


def _went_unseen(case: Case, known: list[Standing], place: int, call: Call) -> bool:
    before = known[place]
    if before.speaks_of(call.strict_due, call.practical_due):
        return True
    return case.stepping.over_by(before.since) >= known[place + 1].since


def _speaks_of(case: Case, alert: AlertSeen, call: Call) -> bool:
    fired = case.played.history.fired[alert.reference]
    return (fired.strict_due, fired.practical_due) == (call.strict_due, call.practical_due)


def _is_due(case: Case, call: Call, rung: str, by: datetime) -> bool:
    """Whether a rung is a later one of the same ladder and due by an instant, so that it speaks in its place."""
    rungs = case.played.rules.ladder.rungs_of(kind_of_key(call.about[1]))
    names = [one.name for one in rungs]
    if names.index(rung) < names.index(call.rung):
        return False
    standings = case.course.between(call.about, call.at, by)
    due_at = [rungs[names.index(rung)].due_at(one.duty) for one in standings if one.duty is not None]
    return any(at is not None and at <= by + case.skew for at in due_at)


def _called_for(case: Case, about: Named, alert: AlertSeen) -> bool:
    """Whether someone had to act by these deadlines a moment ago, and the rung was due."""
    fired = case.played.history.fired[alert.reference]
    rung = next(one for one in case.played.rules.ladder.rungs_of(kind_of_key(alert.key)) if one.name == alert.rung)
    for standing in case.course.between(about, fired.at - LOOKED_BACK - case.skew, fired.at):
        if standing.duty is not None and standing.speaks_of(fired.strict_due, fired.practical_due):
            due_at = rung.due_at(standing.duty)
            if due_at is not None and due_at <= fired.at + case.skew:
                return True
    return False


def _too_often(case: Case, about: Named, alerts: list[AlertSeen]) -> Iterator[str]:
    """Yield rungs that spoke to one recipient more often than their deadlines came up."""
    spoken = Counter((_dues(case, alert), alert.rung, alert.recipient) for alert in alerts)
    for (dues, rung, recipient), times in spoken.items():
        revisions = {one.revision for one in case.course.standings.get(about, []) if one.speaks_of(*dues)}
        if times > len(revisions):
            yield f"called {times} times for {len(revisions)}: {about[1]} {rung} of {about[0]} to {recipient}"
    instants: dict[tuple[int, str], set[datetime]] = {}
    for alert in alerts:
        instants.setdefault((alert.revision, alert.rung), set()).add(case.played.history.fired[alert.reference].at)
    for (revision, rung), at in instants.items():
        if len(at) > 1:
            yield f"a rung spoke twice: {about[1]} r{revision} {rung} of {about[0]}"


def _dues(case: Case, alert: AlertSeen) -> tuple[datetime | None, datetime | None]:
    fired = case.played.history.fired[alert.reference]
    return fired.strict_due, fired.practical_due


def _name(case: Case, alert: AlertSeen) -> str:
    at = case.played.history.fired[alert.reference].at
    return f"{alert.reference} {alert.key} r{alert.revision} {alert.rung} of {alert.episode} at {at}"
