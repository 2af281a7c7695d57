"""Checks of where everything ended: facts kept, closed rows untouched, duties as they should be, the told told."""

from collections.abc import Iterator

from hemgang.duties.model import AlertKind, Status
from tests.faults.simulation.case import Case
from tests.faults.simulation.ideal import CALLS


def wrong_end(case: Case) -> Iterator[str]:
    """Yield what is not as it should be at the end."""
    yield from sorted(set(case.played.history.raised))
    yield from _facts(case)
    yield from (f"changed when closed: {one}" for one in case.played.tables.reopened)
    yield from (f"set aside: {one}" for one in case.played.tables.failures)
    yield from _timers(case)
    yield from _duties(case)
    yield from _unseen(case)
    yield from _untold(case)


def _facts(case: Case) -> Iterator[str]:
    """Every file was taken, every message in it that can be read is stored as it came, and nothing else is."""
    yield from (f"never taken in: {file.name}" for file in case.played.inbox.files if not file.done)
    stored = case.played.tables.messages
    yield from (f"acknowledged and not stored: {one}" for one in sorted(case.sent_in.keys() - stored.keys()))
    yield from (f"stored and never sent in: {one}" for one in sorted(stored.keys() - case.sent_in.keys()))
    for one in sorted(stored.keys() & case.sent_in.keys()):
        if stored[one] not in case.sent_in[one]:
            yield f"stored otherwise than it came: {one}"


def _timers(case: Case) -> Iterator[str]:
    for episode, timer in case.played.tables.timers.items():
        if timer is not None and case.stepping.over_by(timer) <= case.ends_at:
            yield f"still due at the end: {episode} since {timer}"


def _duties(case: Case) -> Iterator[str]:
    """Every duty stands where a single look at all facts would leave it."""
    stored = {(one.episode, one.key): one for one in case.played.tables.duties}
    for about in sorted({*stored, *case.course.standings}):
        standings = case.course.standings.get(about, [])
        if not standings:
            yield f"a duty that there is not: {about[1]} of {about[0]}"
            continue
        last, found = standings[-1], stored.get(about)
        if case.stepping.over_by(last.since) > case.ends_at:
            continue
        wanted = None if last.duty is None else (last.duty.strict_due, last.duty.practical_due, last.duty.status)
        known = None if found is None else (found.strict_due, found.practical_due, Status(found.status))
        if wanted != known:
            yield f"ended otherwise: {about[1]} of {about[0]}: {known}, not {wanted}"


def _unseen(case: Case) -> Iterator[str]:
    """Yield duties whose change was not stored in time: every change that lasts is seen, not only what calls."""
    for about, standings in case.course.standings.items():
        for standing, after in zip(standings, [*standings[1:], None], strict=True):
            by = case.stepping.over_by(standing.since)
            duty = standing.duty
            if duty is None or by > case.ends_at or (after is not None and after.since <= by):
                continue
            known = [one for one in case.played.history.revised.get(about, []) if one.at <= by]
            if not known or (known[-1].strict_due, known[-1].status) != (duty.strict_due, duty.status):
                yield f"not seen in time: {about[1]} of {about[0]} {duty.status} since {standing.since}, by {by}"


def _untold(case: Case) -> Iterator[str]:
    """Yield those who were called to act and never hear that it is over."""
    duties = {(one.episode, one.key): one for one in case.played.tables.duties}
    noted = {
        (one.episode, one.key, one.revision, one.recipient)
        for one in case.alerts.values()
        if one.kind == AlertKind.RESOLVED
    }
    for alert in case.alerts.values():
        duty = duties.get((alert.episode, alert.key))
        over = duty is None or not Status(duty.status).unresolved or duty.revision > alert.revision
        told = alert.kind in CALLS and case.got_at(alert.reference) is not None
        if told and over and (alert.episode, alert.key, alert.revision, alert.recipient) not in noted:
            yield f"told to act and never that it is over: {alert.reference} {alert.key} to {alert.recipient}"
