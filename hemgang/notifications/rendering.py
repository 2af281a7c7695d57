"""The fixed texts of alerts in each language, read once from wording.toml beside this file (specification 3.3).

What an alert says: a neutral sentence from fixed texts, with nothing about a person in it (specification 3.3).

Only what a `Notice` holds can be said, and a notice has no room for a name, place, unit, age or free text.

Deadlines as people read them: weekday, date and clock of Stockholm, in the alert's language.

What the operator is told of the engine itself, in words that hold no person and no discharge; pure (3.3).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from calendars.timezone import local, read_local
from hemgang.duties.model import Alert, AlertKind, DutyKind, Status
from hemgang.notifications.channels import SCHEMES, Shape
from hemgang.notifications.directory import Language


class Lead(StrEnum):
    """How an alert begins: what it says has become of the duty."""

    REMINDER = "reminder"
    MISSED = "missed"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    CHANGED = "changed"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language: `phrases` by name, and the nouns and reasons of the duties."""

    phrases: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    leads: Mapping[Lead, str]
    nouns: Mapping[DutyKind, str]
    whys: Mapping[DutyKind, str]

    def say(self, phrase: str, **values: str | int) -> str:
        """Return a phrase with its values put in; values are never read as phrases themselves.

        Raises:
            KeyError: there is no such phrase, or it asks for a value that was not given.
        """
        return self.phrases[phrase].format(**values)


@cache
def texts_in(language: Language) -> Texts:
    """Return the texts of a language; a duty or lead without its text is an error at the first use."""
    written: dict[str, Any] = tomllib.loads(
        files("hemgang.notifications").joinpath("wording.toml").read_text(encoding="utf-8")
    )[language.value]
    duties: dict[str, dict[str, str]] = written["duties"]
    return Texts(
        phrases={name: text for name, text in written.items() if isinstance(text, str)},
        weekdays=tuple(written["weekdays"]),
        months=tuple(written["months"]),
        leads={lead: written["leads"][lead.value] for lead in Lead},
        nouns={kind: duties[kind.value]["noun"] for kind in DutyKind},
        whys={kind: duties[kind.value]["why"] for kind in DutyKind},
    )


MAIL = SCHEMES["mailto"]

LONGEST_TITLE = 160

_INCLUDED = frozenset({DutyKind.ADMISSION_NOTICE, DutyKind.PLANNING_START})
"""Deadlines counted in hours: acting at the very instant is in time. All others are ends of dates."""

_SETTLED = frozenset({Lead.DONE, Lead.NOT_NEEDED})


@dataclass(frozen=True, slots=True)
class Notice:
    """All that may be said of one alert; instants in UTC.

    `practical_due` is there only where it is worth saying: before `due`, and not over when the alert was decided.
    """

    lead: Lead
    duty: DutyKind
    due: datetime | None
    practical_due: datetime | None
    reference: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A message as it is sent: a title of one line ("" on a brief channel) and a body."""

    title: str
    body: str


def notice_of(alert: Alert, *, strict_due: datetime | None, practical_due: datetime | None, reference: str) -> Notice:
    """Return what may be said of an alert, by the duty's deadlines and the alert's own reference."""
    ahead = strict_due is not None and practical_due is not None and alert.fired_at < practical_due < strict_due
    return Notice(
        lead=_lead(alert),
        duty=alert.duty,
        due=strict_due,
        practical_due=practical_due if ahead else None,
        reference=reference,
    )


def render(
    notices: Sequence[Notice],
    *,
    language: Language,
    reference: str,
    link: str | None = None,
    shape: Shape = MAIL,
) -> Wording:
    """Return the message for one alert, or for several in one bundle or digest, nearest deadline first.

    `reference` is the message's own; the link is `link` with it put behind. What does not fit the channel's
    `shape` is counted at the end, and is there after logging in.

    Raises:
        ValueError: there is nothing to say.
    """
    if not notices:
        raise ValueError("a message says something; no notices were given")
    texts = texts_in(language)
    ordered = sorted(notices, key=lambda notice: (notice.due is None, notice.due, notice.reference))
    address = f"{link}{reference}" if link else None
    if shape.brief:
        return Wording("", _brief(texts, ordered, reference, address, shape))
    title = _title(texts, ordered, reference)
    body = _single(texts, ordered[0], reference, address) if len(ordered) == 1 else None
    return Wording(title[:LONGEST_TITLE], body or _several(texts, ordered, reference, address, shape))


def _lead(alert: Alert) -> Lead:
    match alert.kind:
        case AlertKind.REMINDER:
            return Lead.REMINDER
        case AlertKind.MISSED:
            return Lead.MISSED
        case AlertKind.OPERATOR:
            return Lead.OPERATOR
        case AlertKind.RESOLVED:
            return _resolved(alert.duty_status)


def _resolved(status: Status) -> Lead:
    match status:
        case Status.MET | Status.MET_LATE:
            return Lead.DONE
        case Status.VOID:
            return Lead.NOT_NEEDED
        case Status.OPEN | Status.MISSED:
            return Lead.CHANGED


def _by(texts: Texts, notice: Notice, *, short: bool) -> str:
    """Return the time of one notice: the practical one where it is short and worth saying, else the strict one."""
    if short and notice.practical_due is not None:
        return texts.say("by", moment=said_deadline(texts, notice.practical_due, included=False, short=True))
    if notice.due is None:
        return texts.say("no_time")
    included = notice.duty in _INCLUDED
    return texts.say("by", moment=said_deadline(texts, notice.due, included=included, short=short))


def _line(texts: Texts, phrase: str, notice: Notice, *, short: bool = True, reference: str = "") -> str:
    lead, noun = texts.leads[notice.lead], texts.nouns[notice.duty]
    return texts.say(phrase, lead=lead, noun=noun, by=_by(texts, notice, short=short), reference=reference)


def _first_moment(texts: Texts, ordered: Sequence[Notice]) -> str | None:
    """Return the nearest time by which something is still to be done, said briefly; None where there is none."""
    waiting = [notice for notice in ordered if notice.lead not in _SETTLED and notice.due is not None]
    times = [(notice.practical_due or notice.due, notice) for notice in waiting]
    at, first = min(times, key=lambda pair: (pair[0], pair[1].reference), default=(None, None))
    if at is None or first is None:
        return None
    included = first.practical_due is None and first.duty in _INCLUDED
    return said_deadline(texts, at, included=included, short=True)


def _many(texts: Texts, phrase: str, ordered: Sequence[Notice], reference: str) -> str:
    moment = _first_moment(texts, ordered)
    if moment is None:
        return texts.say(f"{phrase}_no_time", count=len(ordered), reference=reference)
    return texts.say(phrase, count=len(ordered), moment=moment, reference=reference)


def _title(texts: Texts, ordered: Sequence[Notice], reference: str) -> str:
    if len(ordered) == 1:
        return _line(texts, "title", ordered[0], reference=reference)
    return _many(texts, "many_title", ordered, reference)


def _brief(texts: Texts, ordered: Sequence[Notice], reference: str, address: str | None, shape: Shape) -> str:
    if len(ordered) == 1:
        said = _line(texts, "brief", ordered[0], reference=reference)
    else:
        said = _many(texts, "many_brief", ordered, reference)
    with_address = f"{said} {address}"
    return with_address if address and len(with_address) <= shape.body_max else said[: shape.body_max]


def _ending(texts: Texts, reference: str, address: str | None) -> list[str]:
    way_in = texts.say("link", link=address) if address else texts.say("log_in")
    return [texts.say("reference", reference=reference), way_in, texts.say("repeated")]


def _single(texts: Texts, notice: Notice, reference: str, address: str | None) -> str:
    lines = [_line(texts, "sentence", notice, short=False)]
    if notice.practical_due is not None:
        moment = said_deadline(texts, notice.practical_due, included=False)
        lines.append(texts.say("practical", moment=moment))
    lines.append(texts.say("why", why=texts.whys[notice.duty]))
    return "\n".join([*lines, "", *_ending(texts, reference, address)])


def _several(texts: Texts, ordered: Sequence[Notice], reference: str, address: str | None, shape: Shape) -> str:
    """Return a list of notices, as many as fit."""
    intro = texts.say("many_intro", count=len(ordered))
    ending = ["", *_ending(texts, reference, address)]
    longest_more = texts.say("many_more", count=len(ordered))
    room = shape.body_max - len("\n".join([intro, longest_more, *ending])) - 1
    rows: list[str] = []
    for notice in ordered:
        row = _line(texts, "many_row", notice, reference=notice.reference)
        room -= len(row) + 1
        if room < 0:
            rows.append(texts.say("many_more", count=len(ordered) - len(rows)))
            break
        rows.append(row)
    return "\n".join([intro, *rows, *ending])


_LEAST = timedelta(microseconds=1)


def said_deadline(texts: Texts, due: datetime, *, included: bool, short: bool = False) -> str:
    """Return a deadline in local time, to the minute, rounded down.

    A deadline that is not `included` and falls on midnight is the end of a date and is said as that date: acting
    during it is in time. In the hour that comes twice the reading says which of the two it is.

    Raises:
        ValueError: the instant has no time zone.
    """
    at = local(due)
    if not included and at.time() == time(0):
        return _said(texts, "short_day" if short else "day", local(due - _LEAST).date(), "")
    return _said(texts, "short_instant" if short else "instant", at.date(), _clock(texts, due))


def _clock(texts: Texts, instant: datetime) -> str:
    at = local(instant)
    clock = texts.say("clock", hour=at.hour, minute=at.minute)
    reading = read_local(at.replace(tzinfo=None, fold=0))
    if not reading.ambiguous:
        return clock
    return texts.say("first_of_two" if reading.instant == instant else "second_of_two", clock=clock)


def _said(texts: Texts, phrase: str, day: date, clock: str) -> str:
    weekday, month = texts.weekdays[day.weekday()], texts.months[day.month - 1]
    return texts.say(phrase, weekday=weekday, day=day.day, month=month, year=day.year, clock=clock)


class Trouble(StrEnum):
    """What is wrong with the engine, each told at most once an hour."""

    SENDING_HELD = "sending_held"
    CLOCK_WENT_BACK = "clock_went_back"
    STATE_FAILED = "state_failed"
    SET_ASIDE = "set_aside"
    RULES_KEPT = "rules_kept"
    DRAFT_FAILED = "draft_failed"


TITLES = {Language.SWEDISH: "hemgang: driftlarm", Language.ENGLISH: "hemgang: the engine needs you"}

TEXTS = {
    Trouble.SENDING_HELD: {
        Language.SWEDISH: "Inga aviseringar skickas: databasen ser ut att vara återställd från en säkerhetskopia. "
        "Kontrollera läget och släpp sedan med: hemgang sending release --by NAMN",
        Language.ENGLISH: "No alerts are sent: the database looks restored from a backup. "
        "Look at it, then let them go with: hemgang sending release --by NAME",
    },
    Trouble.CLOCK_WENT_BACK: {
        Language.SWEDISH: "Inget beslutas och inga aviseringar skickas: klockan har gått bakåt mer än fem minuter. "
        "Ställ klockan; var den fel förut, släpp med: hemgang sending release --by NAMN",
        Language.ENGLISH: "Nothing is decided and no alerts are sent: the clock went back by more than five minutes. "
        "Set the clock; if it was wrong before, let go with: hemgang sending release --by NAME",
    },
    Trouble.STATE_FAILED: {
        Language.SWEDISH: "En fil i hemgangs tillståndsmapp kan inte läsas eller skrivas. Aviseringar skickas, men om "
        "databasen återställs märks det kanske inte. Se loggen och: hemgang doctor",
        Language.ENGLISH: "A file in hemgang's state folder cannot be read or written. Alerts go out, but a restore of "
        "the database may go unnoticed. See the log, and: hemgang doctor",
    },
    Trouble.SET_ASIDE: {
        Language.SWEDISH: "Ärenden har lagts åt sidan eftersom de inte kunde behandlas. De prövas igen om en timme. "
        "Se loggen och: hemgang doctor",
        Language.ENGLISH: "Discharges were set aside because their step failed. They are tried again in an hour. "
        "See the log, and: hemgang doctor",
    },
    Trouble.DRAFT_FAILED: {
        Language.SWEDISH: "Månadens underlag kunde inte tas fram för ett eller flera län. De andra är klara. "
        "Det prövas igen i morgon. Se loggen och: hemgang close",
        Language.ENGLISH: "The month could not be drafted for one or more counties. The others are done. "
        "It is tried again tomorrow. See the log, and: hemgang close",
    },
    Trouble.RULES_KEPT: {
        Language.SWEDISH: "En fil med mottagare, påminnelsesteg eller belopp är borta eller felaktig. Den senaste "
        "giltiga gäller tills filen är rättad; en ny start misslyckas. Se: hemgang doctor",
        Language.ENGLISH: "A file of recipients, rungs or amounts is gone or wrong. The last good one holds until it "
        "is mended; a restart would fail. See: hemgang doctor",
    },
}


def told(trouble: Trouble, language: Language) -> tuple[str, str]:
    """Return the title and the text of an alarm."""
    return TITLES[language], TEXTS[trouble][language]
