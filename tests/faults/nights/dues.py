"""Every duty of a discharge whose messages all come at one instant, and its rungs, beside the second opinion.

The numbers (hours, days, cut-offs) are taken from the agreement in force; what they mean in time is reckoned anew.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from agreements.model import ChargeKind, Clause, DayUnit, GateKind, Terms
from calendars import StaffingRule
from hemgang.duties.decide import next_digest
from hemgang.duties.escalation import Rung
from hemgang.duties.escalation_config import shipped_ladder
from hemgang.duties.model import Duty, DutyKind
from hemgang.duties.roster import DefaultRoster, Recipient
from hemgang.duties.rules import duties_of
from hemgang.episode.fold import fold
from hemgang.messages.model import Message, MessageType
from tests.duties.stays import SHIPPED
from tests.faults.nights.calendar_rules import Pair, at, day_at, seconds_of
from tests.faults.nights.eu_clock import HOUR, on_the_wall
from tests.faults.nights.oracle import Hours, midnight, next_weekday, nth_weekday_after

REGIONS: Mapping[str, str] = {"23": "2380", "01": "0180", "19": "1980", "14": "1480"}
DIGESTS = (7 * HOUR + 45 * 60, 12 * HOUR + 45 * 60)
ROSTER = DefaultRoster(SHIPPED)
RUNGS = shipped_ladder().default
Answer = tuple[str, object, object]


def of_duties(instant: int, region: str, pairs: Mapping[StaffingRule, Pair]) -> Iterator[Answer]:
    """Yield strict, extended and practical due of every duty, and the instants of its rungs, in seconds."""
    episode = fold(_messages(at(instant), region, instant), episode="e")
    duties = duties_of(episode, SHIPPED, ROSTER, at(instant))
    expected = dict(_expected(instant, region, pairs))
    yield "which duties", sorted(duty.key for duty in duties), sorted(expected)
    for duty in duties:
        strict, extended, hours = expected.get(duty.key, (None, None, pairs[duty.hours].hours))
        yield f"{duty.key} strict", _seconds(duty.strict_due), strict
        yield f"{duty.key} extended", _seconds(duty.extended_due), extended
        if strict is not None:
            practical = hours.last(strict)
            yield f"{duty.key} practical", _seconds(duty.practical_due), practical
            for rung in RUNGS:
                yield f"{duty.key} {rung.name}", _seconds(rung.due_at(duty)), _rung(rung, duty, hours, practical)


def of_digests(instant: int, pair: Pair) -> Answer:
    """Return the next digest of someone with these hours."""
    recipient = Recipient("someone", pair.rule, "mail", "mail")
    return "next digest", seconds_of(next_digest(ROSTER, recipient, at(instant))), pair.hours.digest(instant, DIGESTS)


def _messages(instant: datetime, region: str, seconds: int) -> list[Message]:
    number, _ = on_the_wall(seconds)
    told: list[tuple[MessageType, dict[str, object]]] = [
        (MessageType.ADMITTED, {"region": region, "municipality": REGIONS[region], "care": "somatic", "age": 80}),
        (MessageType.ADMISSION_NOTICE, {"expected_discharge": day_at(number + 3)}),
        (MessageType.READY_NOTICE, {}),
        (MessageType.SIP_CALLED, {}),
        (MessageType.DISCHARGED, {}),
    ]
    return [Message(f"m{n}", "e", kind, instant, instant, None, fields) for n, (kind, fields) in enumerate(told)]


Expected = tuple[int | None, int | None, Hours]
"""Strict and extended due in seconds, and the hours of who has to act."""


def _expected(instant: int, region: str, pairs: Mapping[StaffingRule, Pair]) -> Iterator[tuple[str, Expected]]:
    number, clock = on_the_wall(instant)
    terms = SHIPPED.terms(region, day_at(number), REGIONS[region])
    staffed = pairs[terms.planning.value].hours
    ward = next(pair for pair in pairs.values() if pair.name == "always").hours
    notice = instant + terms.admission_notice_within_hours.value * HOUR
    yield f"{DutyKind.ADMISSION_NOTICE}/0/", (notice, None, ward)
    start = staffed.later(staffed.next(instant), terms.planning_response_hours.value * HOUR)
    yield f"{DutyKind.PLANNING_START}/0/", (start, None, staffed)
    yield f"{DutyKind.CARE_CONTACT}/0/", (midnight(number + 3), None, staffed)
    yield f"{DutyKind.SIP_CALL}/1/", (*_ends(number + terms.sip_call_within_days.value), staffed)
    yield f"{DutyKind.SIP_ESTABLISHED}/0/", (*_ends(number + terms.sip_established_within_days.value), staffed)
    yield f"{DutyKind.DISCHARGE_INFORMATION}/0/", (*_ends(number), ward)
    yield from _of_clauses(terms, number, clock, staffed)


def _of_clauses(terms: Terms, number: int, clock: int, staffed: Hours) -> Iterator[tuple[str, Expected]]:
    for clause in terms.clauses:
        if not clause.covers("somatic", 80):
            continue
        gate = clause.gate
        if gate.kind is GateKind.SHARE_BELOW and gate.within_days is not None:
            last = _day0(number, clock, gate.cutoff) + gate.within_days
            yield f"{DutyKind.DISCHARGE_TARGET}/1/{clause.id}", (midnight(last + 1), None, staffed)
        if clause.charge.kind is ChargeKind.INDIVIDUAL:
            last = _last_free(_day0(number, clock, clause.cutoff), clause)
            yield f"{DutyKind.LAST_FREE_DAY}/1/{clause.id}", (midnight(last + 1), None, staffed)


def _last_free(day0: int, clause: Clause) -> int:
    free = clause.charge.free_care_days
    return nth_weekday_after(day0, free) if clause.charge.unit is DayUnit.WEEKDAY and free else day0 + free


def _day0(number: int, clock: int, cutoff: time | None) -> int:
    return number + (cutoff is not None and clock > cutoff.hour * HOUR + cutoff.minute * 60)


def _ends(number: int) -> tuple[int, int]:
    return midnight(number + 1), midnight(next_weekday(number) + 1)


def _rung(rung: Rung, duty: Duty, hours: Hours, practical: int) -> int | None:
    before = -rung.offset // timedelta(seconds=1)
    if before > 0:
        return hours.earlier(practical, before)
    if duty.kind is DutyKind.CARE_CONTACT:
        return _seconds(duty.miss_at)
    return _seconds(duty.strict_due)


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else seconds_of(instant)
