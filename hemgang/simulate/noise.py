"""The noise on simulated messages: copies, late ones, mistakes and lines that cannot be read (specification 1.4, 6).

One maker for each fault, each every so many messages, so that a month of a small county shows every one; what is broken
is sent again, mended, some hours later. The identity number is 19121212-1212 of Tolvan Tolvansson, who does not exist
and stands in every Swedish test.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from hemgang.findings import Code
from hemgang.messages.model import MessageType as M
from hemgang.simulate.story import Chance, Draft, day_of, line_of, written

TEST_IDENTITY_NUMBER = "19121212-1212"

_Sent = tuple[Draft, str | None]
"""A message, and the text that stands in its place where there is one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrives at an instant (UTC): a message as it should be, or a text that stands in its place."""

    at: datetime
    draft: Draft
    text: str | None = None

    def line(self) -> str:
        """Return the line that arrives."""
        return line_of(self.draft.content()) if self.text is None else self.text


class Noise:
    """Spoils messages here and there; remembers how many have gone by, so that every fault has its turn."""

    def __init__(self, chance: Chance, scale: float) -> None:
        self._chance = chance
        self._scale = scale
        self._seen = 0
        self._turns = (
            [(chance.uniform(0, every) / scale, fault) for fault, every in _MEAN_GAPS.items()] if scale else []
        )
        heapify(self._turns)

    def over(self, drafts: Sequence[Draft]) -> Iterator[Arrival]:
        """Yield what arrives of a stay's messages; nothing arrives earlier than the message that it stands for."""
        for draft in drafts:
            self._seen += 1
            fault = self._fault()
            if fault is None:
                yield Arrival(draft.arrives, draft)
            else:
                yield from self._faulty(draft, fault)

    def _fault(self) -> str | None:
        """Return the fault whose turn it is, if any; its next turn comes some messages later."""
        if not self._turns or self._turns[0][0] >= self._seen:
            return None
        due, fault = heappop(self._turns)
        gap = _MEAN_GAPS[fault] / self._scale * self._chance.uniform(0.3, 1.7)
        heappush(self._turns, (max(due + gap, float(self._seen)), fault))
        return fault

    def _faulty(self, draft: Draft, fault: str) -> Iterator[Arrival]:
        if fault in LINE_FAULTS:
            yield Arrival(draft.arrives, draft, broken_line(fault, draft))
            yield self._sent(draft, hours=self._chance.uniform(0.2, 8))
        elif fault in _HOURS_LATE:
            yield self._sent(draft, hours=self._chance.triangular(*_HOURS_LATE[fault]))
        elif fault == "unknown_field":
            yield Arrival(draft.arrives, draft, line_of({**draft.content(), "source_system": "link"}))
        elif fault != "lost" or draft.type is M.ADMITTED:  # without its admission there would be no stay
            yield Arrival(draft.arrives, draft)
            yield from self._afterwards(draft, fault)

    def _afterwards(self, draft: Draft, fault: str) -> Iterator[Arrival]:
        """Yield what comes after a message that arrived as it should."""
        match fault:
            case "copy":
                yield Arrival(self._later(draft, hours=30), draft)
            case "conflict":
                yield self._conflicting(draft)
            case "retraction":
                yield from self._retracted(draft)
            case _ if fault in STRAY_FAULTS:
                at = self._later(draft, hours=6)
                yield from (Arrival(one.arrives, one, text) for one, text in _stray_messages(fault, draft, at))

    def _sent(self, draft: Draft, *, hours: float) -> Arrival:
        """Return the message as it arrives some hours later than it should."""
        at = (draft.arrives + timedelta(hours=hours)).replace(microsecond=0)
        return Arrival(at, draft._replace(arrives=at))

    def _later(self, draft: Draft, *, hours: float) -> datetime:
        return (draft.arrives + timedelta(hours=self._chance.uniform(0.01, hours))).replace(microsecond=0)

    def _conflicting(self, draft: Draft) -> Arrival:
        """Return a message with the same id that says another time."""
        at = self._later(draft, hours=24)
        content = {**draft.content(), "at": written(draft.at - timedelta(minutes=self._chance.randint(1, 59)))}
        return Arrival(at, draft, line_of(content))

    def _retracted(self, draft: Draft) -> Iterator[Arrival]:
        """Yield a message that was meant for another patient, and the retraction that follows within hours."""
        kind = self._chance.choice((M.READY_NOTICE, M.SIP_CALLED, M.DISCHARGED))
        at = self._later(draft, hours=2)
        wrong = Draft(f"{draft.id}-wrong", draft.episode, kind, at, at, draft.sender, {})
        yield Arrival(at, wrong)
        back = self._later(wrong, hours=18)
        retracted = {"message": wrong.id}
        yield Arrival(back, Draft(f"{draft.id}-back", draft.episode, M.RETRACTED, back, back, draft.sender, retracted))


def broken_line(fault: str, draft: Draft) -> str:
    """Return the line of a message with a fault, one of `LINE_FAULTS`."""
    return _LINE_MAKERS[fault][1](draft)


def last_spring_change(day: date) -> date:
    """Return the last date up to `day` on which summer time began: the last Sunday of March."""
    return _last_sunday(day, of_month=3)


def last_autumn_change(day: date) -> date:
    """Return the last date up to `day` on which summer time ended: the last Sunday of October."""
    return _last_sunday(day, of_month=10)


def _last_sunday(day: date, *, of_month: int) -> date:
    for year in (day.year, day.year - 1):
        last = date(year, of_month, 31)
        change = last - timedelta(days=(last.weekday() + 1) % 7)
        if change <= day:
            return change
    raise AssertionError("unreachable: last year's change lies before every day of this year")


def _cut_short(draft: Draft) -> str:
    line = line_of(draft.content())
    return line[: len(line) * 2 // 3]


def _wrong_type(draft: Draft) -> str:
    return line_of({**draft.content(), "sender": 7})


def _impossible_date(draft: Draft) -> str:
    return line_of({**draft.content(), "at": f"{day_of(draft.at).year}-02-30T10:15:00+01:00"})


def _without_time(draft: Draft) -> str:
    content = draft.content()
    del content["at"]
    return line_of(content)


def _unknown_type(draft: Draft) -> str:
    return line_of({**draft.content(), "type": "bed_changed"})


def _hour_that_is_not(draft: Draft) -> str:
    day = last_spring_change(day_of(draft.at))
    return line_of({**draft.content(), "at": f"{day}T02:30:00"})


def _next_year(draft: Draft) -> str:
    return line_of({**draft.content(), "at": written(draft.at + timedelta(days=365))})


def _number_as_episode(draft: Draft) -> str:
    return line_of({**draft.content(), "episode": TEST_IDENTITY_NUMBER})


def _number_in_note(draft: Draft) -> str:
    return line_of({**draft.content(), "note": f"concerns {TEST_IDENTITY_NUMBER}"})


def _stray_messages(fault: str, draft: Draft, at: datetime) -> Iterator[_Sent]:
    """Yield the stray messages of a fault, one of `STRAY_FAULTS`, from an instant on; maybe none."""
    return _STRAY_MAKERS[fault][1](draft, at)


def _unknown_contact(draft: Draft, at: datetime) -> Iterator[_Sent]:
    """Name a contact that the directory does not have, where one is named at all; the true one follows again."""
    if draft.type is M.CARE_CONTACT_ASSIGNED:
        yield _beside(draft, "left", M.CARE_CONTACT_ASSIGNED, at, contact="contact-who-left"), None
        later = at + timedelta(minutes=20)
        yield _beside(draft, "stays", M.CARE_CONTACT_ASSIGNED, later, **draft.fields), None


def _out_of_place(draft: Draft, at: datetime) -> Iterator[_Sent]:
    """End a leave an hour before the patient is admitted."""
    if draft.type is M.ADMITTED:
        early = draft.at - timedelta(hours=1)
        yield _beside(draft, "early", M.LEAVE_ENDED, early)._replace(arrives=at), None


def _old_clock(draft: Draft, at: datetime) -> Iterator[_Sent]:
    """Send from a clock that hangs in the hour that comes twice, without offset; it is taken back."""
    wrong_time = _beside(draft, "clock", M.ADMISSION_NOTICE_ACKNOWLEDGED, at)
    reading = f"{last_autumn_change(day_of(draft.at) - timedelta(days=1))}T02:30:00"
    yield wrong_time, line_of({**wrong_time.content(), "at": reading})
    yield _beside(draft, "back", M.RETRACTED, at + timedelta(minutes=50), message=wrong_time.id), None


def _unknown_payer(draft: Draft, at: datetime) -> Iterator[_Sent]:
    """Name a municipality that does not exist when the patient is admitted, and the right one at once."""
    if draft.type is M.ADMITTED:
        places = {name: draft.fields[name] for name in ("municipality", "district") if name in draft.fields}
        wrong = draft.at + timedelta(seconds=1)
        yield _beside(draft, "nowhere", M.PAYER_CHANGED, wrong, municipality="0000")._replace(arrives=at), None
        yield _beside(draft, "right", M.PAYER_CHANGED, wrong, **places)._replace(arrives=at), None


def _unknown_episode(draft: Draft, at: datetime) -> Iterator[_Sent]:
    """Say something of a stay that nobody has opened."""
    stray = _beside(draft, "stray", M.DISCHARGE_INFORMATION, at)
    yield stray._replace(episode=f"{draft.episode}-elsewhere"), None


def _beside(draft: Draft, name: str, kind: M, at: datetime, **fields: object) -> Draft:
    return Draft(f"{draft.id}-{name}", draft.episode, kind, at, at, draft.sender, fields)


_LINE_MAKERS: Mapping[str, tuple[Code, Callable[[Draft], str]]] = MappingProxyType(
    {
        "cut_short": (Code.INVALID_JSON, _cut_short),
        "wrong_type": (Code.INVALID_FIELD, _wrong_type),
        "impossible_date": (Code.INVALID_FIELD, _impossible_date),
        "without_time": (Code.INVALID_FIELD, _without_time),
        "unknown_type": (Code.UNKNOWN_TYPE, _unknown_type),
        "hour_that_is_not": (Code.NONEXISTENT_TIME, _hour_that_is_not),
        "next_year": (Code.FUTURE_MESSAGE, _next_year),
        "number_as_episode": (Code.IDENTITY_NUMBER, _number_as_episode),
        "number_in_note": (Code.IDENTITY_NUMBER, _number_in_note),
    }
)

LINE_FAULTS: Mapping[str, Code] = MappingProxyType({fault: code for fault, (code, _) in _LINE_MAKERS.items()})
"""Every fault with the code that it is quarantined under; `future_message` only where there is a clock."""

_STRAY_MAKERS: Mapping[str, tuple[Code, Callable[[Draft, datetime], Iterator[_Sent]]]] = MappingProxyType(
    {
        "unknown_contact": (Code.UNKNOWN_CONTACT, _unknown_contact),
        "out_of_place": (Code.OUT_OF_ORDER, _out_of_place),
        "old_clock": (Code.AMBIGUOUS_TIME, _old_clock),
        "unknown_payer": (Code.UNKNOWN_PAYER, _unknown_payer),
        "unknown_episode": (Code.UNKNOWN_EPISODE, _unknown_episode),
    }
)

STRAY_FAULTS: Mapping[str, Code] = MappingProxyType({fault: code for fault, (code, _) in _STRAY_MAKERS.items()})
"""Every fault with the code of the finding that it comes to."""

_MEAN_GAPS: dict[str, int] = {
    "late": 60,
    "overtaken": 90,
    "copy": 120,
    "unknown_field": 300,
    "retraction": 350,
    "conflict": 400,
    "lost": 700,
    "old_clock": 3000,
    "unknown_episode": 15000,
    # These take a message of one kind, as about one in thirteen is; the others let their turn pass.
    "unknown_contact": 350,
    "out_of_place": 350,
    "unknown_payer": 1200,
    **dict.fromkeys(LINE_FAULTS, 1500),
}
"""Messages between two faults of a kind, on average, at dirt 1."""

_HOURS_LATE = {"late": (2, 96, 6), "overtaken": (0.3, 6, 1)}  # least, most, commonest
