"""What an alert says: a neutral sentence from fixed texts, with nothing about a person in it (specification 3.3).

Only what a `Notice` holds can be said, and a notice has no room for a name, place, unit, age or free text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hemgang.alerts.channels import SCHEMES, Shape
from hemgang.alerts.directory import Language
from hemgang.alerts.moments import said_deadline
from hemgang.alerts.texts import Lead, Texts, texts_in
from hemgang.duties.model import Alert, AlertKind, DutyKind, Status

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
