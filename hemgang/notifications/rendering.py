"""Alerts in words: a neutral sentence from the fixed texts of the catalogue, with nothing about a person (3.3).

Only what a `Notice` holds can be said, and a notice has no room for a name, place, unit, age or free text. What the
operator is told of the engine itself holds no person and no discharge either. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hemgang.duties.model import Alert, AlertKind, DutyKind, Status
from hemgang.duties.rules import RULE_OF_KIND
from hemgang.i18n.catalogue import text
from hemgang.i18n.formats import deadline_text
from hemgang.i18n.language import Language
from hemgang.notifications.channels import SCHEMES, Shape


class Lead(StrEnum):
    """How an alert begins: what it says has become of the duty."""

    REMINDER = "reminder"
    MISSED = "missed"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    CHANGED = "changed"
    OPERATOR = "operator"


class Trouble(StrEnum):
    """What is wrong with the engine, each told at most once an hour."""

    SENDING_HELD = "sending_held"
    CLOCK_WENT_BACK = "clock_went_back"
    STATE_FAILED = "state_failed"
    SET_ASIDE = "set_aside"
    RULES_KEPT = "rules_kept"
    DRAFT_FAILED = "draft_failed"


MAIL = SCHEMES["mailto"]

LONGEST_TITLE = 160

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
class RenderedMessage:
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
) -> RenderedMessage:
    """Return the message for one alert, or for several in one bundle or digest, nearest deadline first.

    `reference` is the message's own; the link is `link` with it put behind. What does not fit the channel's
    `shape` is counted at the end, and is there after logging in.

    Raises:
        ValueError: there is nothing to say.
    """
    if not notices:
        raise ValueError("a message says something; no notices were given")
    ordered = sorted(notices, key=lambda notice: (notice.due is None, notice.due, notice.reference))
    address = f"{link}{reference}" if link else None
    if shape.brief:
        return RenderedMessage("", _brief(language, ordered, reference, address, shape))
    title = _title(language, ordered, reference)
    body = _single(language, ordered[0], reference, address) if len(ordered) == 1 else None
    return RenderedMessage(title[:LONGEST_TITLE], body or _several(language, ordered, reference, address, shape))


def render_alarm(trouble: Trouble, language: Language) -> RenderedMessage:
    """Return what the operator is told of a trouble of the engine."""
    return RenderedMessage(text(language, "alert.trouble.title"), text(language, f"alert.trouble.{trouble}"))


def render_test(language: Language) -> RenderedMessage:
    """Return the message by which an operator sees that a channel carries."""
    return RenderedMessage(text(language, "alert.test.title"), text(language, "alert.test.body"))


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


def _by(language: Language, notice: Notice, *, short: bool) -> str:
    """Return the time of one notice: the practical one where it is short and worth saying, else the strict one."""
    if short and notice.practical_due is not None:
        moment = deadline_text(language, notice.practical_due, included=False, short=True)
    elif notice.due is None:
        return text(language, "alert.no_time")
    else:
        moment = deadline_text(language, notice.due, included=RULE_OF_KIND[notice.duty].due_included, short=short)
    return text(language, "alert.by", moment=moment)


def _line(language: Language, key: str, notice: Notice, *, short: bool = True, reference: str = "") -> str:
    return text(
        language,
        key,
        lead=text(language, f"alert.lead.{notice.lead}"),
        noun=text(language, f"alert.noun.{notice.duty}"),
        by=_by(language, notice, short=short),
        reference=reference,
    )


def _first_moment(language: Language, ordered: Sequence[Notice]) -> str | None:
    """Return the nearest time by which something is still to be done, said briefly; None where there is none."""
    waiting = [notice for notice in ordered if notice.lead not in _SETTLED and notice.due is not None]
    times = [(notice.practical_due or notice.due, notice) for notice in waiting]
    at, first = min(times, key=lambda pair: (pair[0], pair[1].reference), default=(None, None))
    if at is None or first is None:
        return None
    included = first.practical_due is None and RULE_OF_KIND[first.duty].due_included
    return deadline_text(language, at, included=included, short=True)


def _many(language: Language, key: str, ordered: Sequence[Notice], reference: str) -> str:
    moment = _first_moment(language, ordered)
    if moment is None:
        return text(language, f"{key}_no_time", count=len(ordered), reference=reference)
    return text(language, key, count=len(ordered), moment=moment, reference=reference)


def _title(language: Language, ordered: Sequence[Notice], reference: str) -> str:
    if len(ordered) == 1:
        return _line(language, "alert.title", ordered[0], reference=reference)
    return _many(language, "alert.many_title", ordered, reference)


def _brief(language: Language, ordered: Sequence[Notice], reference: str, address: str | None, shape: Shape) -> str:
    if len(ordered) == 1:
        said = _line(language, "alert.brief", ordered[0], reference=reference)
    else:
        said = _many(language, "alert.many_brief", ordered, reference)
    with_address = f"{said} {address}"
    return with_address if address and len(with_address) <= shape.body_max else said[: shape.body_max]


def _ending(language: Language, reference: str, address: str | None) -> list[str]:
    way_in = text(language, "alert.link", link=address) if address else text(language, "alert.log_in")
    return [text(language, "alert.reference", reference=reference), way_in, text(language, "alert.repeated")]


def _single(language: Language, notice: Notice, reference: str, address: str | None) -> str:
    lines = [_line(language, "alert.sentence", notice, short=False)]
    if notice.practical_due is not None:
        moment = deadline_text(language, notice.practical_due, included=False)
        lines.append(text(language, "alert.practical", moment=moment))
    lines.append(text(language, "alert.why", why=text(language, f"alert.because.{notice.duty}")))
    return "\n".join([*lines, "", *_ending(language, reference, address)])


def _several(language: Language, ordered: Sequence[Notice], reference: str, address: str | None, shape: Shape) -> str:
    """Return a list of notices, as many as fit."""
    intro = text(language, "alert.many_intro", count=len(ordered))
    ending = ["", *_ending(language, reference, address)]
    longest_more = text(language, "alert.many_more", count=len(ordered))
    room = shape.body_max - len("\n".join([intro, longest_more, *ending])) - 1
    rows: list[str] = []
    for notice in ordered:
        row = _line(language, "alert.many_row", notice, reference=notice.reference)
        room -= len(row) + 1
        if room < 0:
            rows.append(text(language, "alert.many_more", count=len(ordered) - len(rows)))
            break
        rows.append(row)
    return "\n".join([intro, *rows, *ending])
