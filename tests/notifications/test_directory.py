"""Who the worked example's directory sends to, for each role, unit, date and assignment."""

import copy
import re
from dataclasses import replace
from datetime import UTC, datetime, time
from importlib.resources import files
from pathlib import Path

import pytest

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from hemgang.duties.model import Role
from hemgang.duties.roster import Roster
from hemgang.episode.model import Episode, Fact, Patient
from hemgang.i18n.language import Language
from hemgang.notifications.channels import SCHEMES
from hemgang.notifications.directory import Directory, UnitKind, read_hours
from hemgang.notifications.directory_config import load_directory

EXAMPLE = Path(str(files("hemgang.notifications").joinpath("example-directory.toml")))
AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
AGREEMENT = read_hours("agreement")
SECRET = "smseagle://hunter2@sms.example.invalid/+46700000000"
TEAMS = "workflows://host.example.invalid/hunter2/hunter2"


def example_environment() -> dict[str, str]:
    named = re.findall(r'^url_env = "(.+)"$', EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: TEAMS if "TEAMS" in name else SECRET for name in named}


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_directory(EXAMPLE, example_environment())


def ids(directory: Roster, role: Role, owner: Role, episode: Episode, at: datetime = AT) -> list[str]:
    return [recipient.id for recipient in directory.recipients(role, owner, episode, at)]


def admitted(episode: Episode, *, sender: str | None, clinic: str | None, care_centre: str | None) -> Episode:
    patient = Patient("somatic", "voluntary", "unknown", None, clinic, care_centre)
    return replace(episode, opened=Fact("m1", AT, sender=sender), patient=patient)


def test_the_example_says_what_it_shows(directory: Directory) -> None:
    assert directory.settings.language is Language.SWEDISH
    assert directory.settings.link == "https://hemgang.example.invalid/ref/"
    assert (directory.acknowledged_for_hours, directory.settings.bundle_minutes) == (8, 15)
    assert directory.digests == (time(7, 45), time(12, 45))
    municipal = {party.payer for party in directory.parties.values() if party.kind is UnitKind.MUNICIPAL}
    assert municipal == {"2303", "2305", "2309", "2313", "2321", "2326", "2361", "2380"}


def test_the_example_reaches_nobody() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    hosts = re.findall(r"(?:://|@)([a-z0-9.-]+)", text)
    assert hosts
    assert all(host.endswith("example.invalid") for host in hosts)


@pytest.mark.parametrize(
    ("role", "owner", "expected"),
    [
        (Role.WARD, Role.WARD, ["ward-medicine"]),
        (Role.BACKUP, Role.WARD, ["ward-coordination"]),
        (Role.MANAGER, Role.WARD, ["manager-hospital"]),
        (Role.OUTPATIENT_UNIT, Role.OUTPATIENT_UNIT, ["care-centre-north"]),
        (Role.BACKUP, Role.OUTPATIENT_UNIT, ["care-centre-backup"]),
        (Role.MANAGER, Role.OUTPATIENT_UNIT, ["manager-primary-care"]),
        (Role.FIXED_CARE_CONTACT, Role.FIXED_CARE_CONTACT, ["coordinator-north-1"]),
        (Role.BACKUP, Role.FIXED_CARE_CONTACT, ["coordinator-north-2"]),
        (Role.MANAGER, Role.FIXED_CARE_CONTACT, ["manager-primary-care"]),  # her unit's
        (Role.MUNICIPAL_UNIT, Role.MUNICIPAL_UNIT, ["intake-krokom"]),
        (Role.BACKUP, Role.MUNICIPAL_UNIT, ["intake-backup"]),
        (Role.MANAGER, Role.MUNICIPAL_UNIT, ["manager-social-services"]),
        (Role.OPERATOR, Role.WARD, ["operator-on-duty"]),
        (Role.WARD, Role.MUNICIPAL_UNIT, ["ward-medicine"]),  # a rung may speak to another than the owner
    ],
)
def test_each_role_has_its_recipient(
    directory: Directory, episode: Episode, role: Role, owner: Role, expected: list[str]
) -> None:
    assert ids(directory, role, owner, episode) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "care-centre-north"),  # nobody assigned yet: the unit answers
        (datetime(2026, 3, 3, 9, tzinfo=UTC), "coordinator-north-1"),
        (datetime(2026, 3, 5, 9, tzinfo=UTC), "coordinator-south-1"),  # the latest assignment
    ],
)
def test_the_contact_is_the_one_assigned_at_the_instant(
    directory: Directory, episode: Episode, at: datetime, expected: str
) -> None:
    assert ids(directory, Role.FIXED_CARE_CONTACT, Role.FIXED_CARE_CONTACT, episode, at) == [expected]


@pytest.mark.parametrize("contact", ["nobody-we-know", "care-centre-north", None])
def test_an_unknown_contact_leaves_it_to_the_unit(directory: Directory, episode: Episode, contact: str | None) -> None:
    # A unit's id is not a contact's: naming one assigns nobody.
    assigned = replace(episode, care_contacts=(Fact("m2", AT, contact),))
    assert ids(directory, Role.FIXED_CARE_CONTACT, Role.FIXED_CARE_CONTACT, assigned) == ["care-centre-north"]
    assert not directory.knows_contact(contact or "")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 9, 22, 59, tzinfo=UTC), ["intake-krokom"]),  # 23:59 the day before
        (datetime(2026, 3, 9, 23, tzinfo=UTC), ["intake-ostersund"]),  # the local date of the change
        (datetime(2026, 2, 1, tzinfo=UTC), ["intake-krokom"]),
    ],
)
def test_the_municipal_unit_is_the_payers_on_the_local_date(
    directory: Directory, episode: Episode, at: datetime, expected: list[str]
) -> None:
    assert ids(directory, Role.MUNICIPAL_UNIT, Role.MUNICIPAL_UNIT, episode, at) == expected


@pytest.mark.parametrize(
    ("sender", "clinic", "expected"),
    [
        ("ward-medicine", None, ["ward-medicine"]),
        ("ward-medicine", "an unknown clinic", ["ward-medicine"]),
        (None, "ward-surgery", ["ward-surgery"]),
        ("ward-medicine", "ward-surgery", ["ward-surgery"]),  # a transfer moves the clinic, not the first sender
        ("care-centre-north", None, []),  # not a ward
        ("nobody", "nowhere", []),
        (None, None, []),
    ],
)
def test_the_ward_is_known_by_clinic_or_sender(
    directory: Directory, episode: Episode, sender: str | None, clinic: str | None, expected: list[str]
) -> None:
    at_ward = admitted(episode, sender=sender, clinic=clinic, care_centre=None)
    assert ids(directory, Role.WARD, Role.WARD, at_ward) == expected


def test_nobody_known_means_nobody(directory: Directory, episode: Episode) -> None:
    # The duty then goes on to the next rung, and in the end to the operator.
    unknown = replace(
        admitted(episode, sender=None, clinic=None, care_centre="ward-medicine"), payers=(), care_contacts=()
    )
    owners = [Role.WARD, Role.OUTPATIENT_UNIT, Role.FIXED_CARE_CONTACT, Role.MUNICIPAL_UNIT]
    for owner in owners:
        assert directory.hours_of(owner, unknown, AT) is None
        for role in (owner, Role.BACKUP, Role.MANAGER):
            assert directory.recipients(role, owner, unknown, AT) == ()
    assert ids(directory, Role.OPERATOR, Role.WARD, unknown) == ["operator-on-duty"]
    unopened = replace(unknown, opened=None, patient=None)
    assert all(directory.recipients(owner, owner, unopened, AT) == () for owner in owners)


def test_a_unit_without_a_channel_answers_through_its_contact(directory: Directory, episode: Episode) -> None:
    mental = admitted(episode, sender=None, clinic=None, care_centre="psychiatry-outpatient")
    owner = Role.OUTPATIENT_UNIT
    assert ids(directory, owner, owner, mental) == ["coordinator-psychiatry"]
    assert ids(directory, Role.BACKUP, owner, mental) == ["care-centre-backup"]  # the contact's
    assert ids(directory, Role.MANAGER, owner, mental) == ["manager-psychiatry"]


def test_nobody_stands_in_for_themselves(directory: Directory, episode: Episode) -> None:
    # The unit's backup is assigned as the contact: the backup rung has then nobody new to tell.
    parties = dict(directory.parties)
    parties["care-centre-north"] = replace(parties["care-centre-north"], backup="coordinator-north-1")
    parties["coordinator-north-1"] = replace(parties["coordinator-north-1"], backup=None)
    changed = replace(directory, parties=parties)
    assert ids(changed, Role.BACKUP, Role.FIXED_CARE_CONTACT, episode) == []
    assert ids(changed, Role.BACKUP, Role.OUTPATIENT_UNIT, episode) == ["coordinator-north-1"]


@pytest.mark.parametrize(
    ("owner", "care_centre", "expected"),
    [
        (Role.WARD, None, ALWAYS),
        (Role.OUTPATIENT_UNIT, "care-centre-north", None),  # the agreement's own hours
        (Role.OUTPATIENT_UNIT, "psychiatry-outpatient", StaffingRule(time(8), time(16, 30), third_day=False)),
        (Role.FIXED_CARE_CONTACT, None, None),  # the hours of her unit
        (Role.MUNICIPAL_UNIT, None, None),
        (Role.MANAGER, None, None),
    ],
)
def test_the_hours_of_who_owns_a_duty(
    directory: Directory, episode: Episode, owner: Role, care_centre: str | None, expected: StaffingRule | None
) -> None:
    routed = admitted(episode, sender="ward-medicine", clinic=None, care_centre=care_centre)
    assert directory.hours_of(owner, routed, AT) == expected


def test_a_ward_on_the_agreements_hours_keeps_them_and_is_not_taken_for_always(
    directory: Directory, episode: Episode
) -> None:
    # For a ward "not known" would mean around the clock.
    parties = {**directory.parties, "ward-medicine": replace(directory.parties["ward-medicine"], hours=AGREEMENT)}
    assert replace(directory, parties=parties).hours_of(Role.WARD, episode, AT) == STANDARD


def test_a_deadline_keeps_the_units_hours_and_a_digest_the_persons(directory: Directory, episode: Episode) -> None:
    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    part_time = StaffingRule(time(8), time(12), third_day=False)
    (recipient,) = directory.recipients(Role.FIXED_CARE_CONTACT, Role.FIXED_CARE_CONTACT, episode, at)
    assert recipient.hours == part_time
    assert directory.hours_of(Role.FIXED_CARE_CONTACT, episode, at) is None


def test_the_hours_of_a_municipal_unit_follow_the_payer(directory: Directory, episode: Episode) -> None:
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    expected = StaffingRule(time(7, 30), time(16, 30), third_day=True)
    assert directory.hours_of(Role.MUNICIPAL_UNIT, episode, at) == expected


def test_urgent_alerts_take_the_urgent_channel_where_there_is_one(directory: Directory, episode: Episode) -> None:
    (unit,) = directory.recipients(Role.OUTPATIENT_UNIT, Role.OUTPATIENT_UNIT, episode, AT)
    (ward,) = directory.recipients(Role.WARD, Role.WARD, episode, AT)
    assert (unit.channel, unit.urgent_channel) == ("mail-care-centre-north", "sms-care-centre-north")
    assert (ward.channel, ward.urgent_channel) == ("mail-ward-medicine", "mail-ward-medicine")
    assert unit.hours == STANDARD


def test_a_channel_knows_its_shape_and_its_fallback(directory: Directory) -> None:
    assert directory.channels["sms-operator"].shape == SCHEMES["smseagle"]
    assert directory.fallback_of("sms-operator") == "mail-operator"
    assert directory.fallback_of("mail-operator") is None
    assert directory.fallback_of("") is None


def test_no_secret_shows(directory: Directory) -> None:
    assert "hunter2" not in repr(directory)
    assert "hunter2" not in repr(copy.deepcopy(directory.channels["sms-operator"]))
    assert directory.channels["sms-operator"].url.reveal() == SECRET
