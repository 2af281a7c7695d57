"""From a level of the ladder, the operator, or an earlier alert to the people that the roster knows for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from hemgang.duties.ladder import Level
from hemgang.duties.model import Alert, Duty, Role
from hemgang.duties.owners import owners_of_key
from hemgang.duties.roster import Recipient
from hemgang.duties.situation import Situation

UNROUTED_OPERATOR = Recipient(id=Role.OPERATOR.value, hours=ALWAYS, channel="", urgent_channel="")
"""Whom an alarm names when no operator is configured: a row that everyone can see, on no channel."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A recipient and the role in which it is spoken to."""

    role: Role
    recipient: Recipient


def addressed(situation: Situation, duty: Duty, level: Level) -> tuple[Addressed, ...]:
    """Return everyone who holds a level for any owner of the duty, each recipient once; empty if nobody does."""
    found: dict[str, Addressed] = {}
    for owner in duty.owners:
        role = owner if level is Level.OWNER else Role(level.value)
        for recipient in situation.roster.recipients(role, owner, situation.episode, situation.now):
            found.setdefault(recipient.id, Addressed(role, recipient))
    return tuple(found.values())


def operators(situation: Situation, duty: Duty) -> tuple[Addressed, ...]:
    """Return the operators, or a recipient on no channel where none is configured: never nobody."""
    known = situation.roster.recipients(Role.OPERATOR, duty.owners[0], situation.episode, situation.now)
    return tuple(Addressed(Role.OPERATOR, recipient) for recipient in known or (UNROUTED_OPERATOR,))


def addressed_before(situation: Situation, alert: Alert) -> Recipient:
    """Return the recipient of an earlier alert as the roster knows it now.

    One that has left the roster is still told, on the channel of that alert, in the hours of the duty's owner.
    """
    owners = owners_of_key(alert.key)
    for owner in owners:
        for recipient in situation.roster.recipients(alert.role, owner, situation.episode, situation.now):
            if recipient.id == alert.recipient:
                return recipient
    hours = _hours_of(situation, owners)
    return Recipient(id=alert.recipient, hours=hours, channel=alert.channel, urgent_channel=alert.channel)


def _hours_of(situation: Situation, owners: Iterable[Role]) -> StaffingRule:
    for owner in owners:
        if owner is Role.WARD:
            return ALWAYS
        known = situation.roster.hours_of(owner, situation.episode, situation.now)
        if known is not None:
            return known
    return STANDARD
