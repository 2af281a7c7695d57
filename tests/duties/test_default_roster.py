"""The roster without a directory: every role is its own recipient."""

import pytest

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from hemgang.duties.model import Role
from hemgang.duties.roster import DefaultRoster, Roster
from hemgang.messages.model import MessageType as M
from tests.duties.stays import SHIPPED, Stay, admitted, at

ROSTER: Roster = DefaultRoster(SHIPPED)
NOW = at("2023-03-01 10:00")
WHO = [
    (Role.WARD, Role.WARD, ALWAYS),
    (Role.BACKUP, Role.WARD, ALWAYS),
    (Role.MANAGER, Role.WARD, ALWAYS),
    (Role.OUTPATIENT_UNIT, Role.OUTPATIENT_UNIT, STANDARD),
    (Role.BACKUP, Role.MUNICIPAL_UNIT, STANDARD),
    (Role.FIXED_CARE_CONTACT, Role.FIXED_CARE_CONTACT, STANDARD),
    (Role.OPERATOR, Role.MUNICIPAL_UNIT, ALWAYS),
]


@pytest.mark.parametrize(("role", "owner", "hours"), WHO)
def test_every_role_is_its_own_recipient(role: Role, owner: Role, hours: StaffingRule) -> None:
    (found,) = ROSTER.recipients(role, owner, admitted("2023-03-01 09:00").episode(), NOW)
    assert (found.id, found.channel, found.urgent_channel, found.hours) == (role.value, "unrouted", "unrouted", hours)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_ward_has_hours_of_its_own(role: Role) -> None:
    expected = ALWAYS if role is Role.WARD else None
    assert ROSTER.hours_of(role, admitted("2023-03-01 09:00").episode(), NOW) == expected


def test_a_stay_that_nothing_opened_has_standard_hours() -> None:
    episode = Stay().say(M.SIP_CALLED, "2023-03-01 09:00").episode()
    (found,) = ROSTER.recipients(Role.MUNICIPAL_UNIT, Role.MUNICIPAL_UNIT, episode, NOW)
    assert found.hours == STANDARD
