import re
from pathlib import Path

import pytest

from agreements.payers import municipalities
from hemgang.duties.model import DutyKind, Role
from hemgang.duties.rules import RULE_OF_KIND
from hemgang.messages.model import MessageType
from hemgang.notifications.directory import UnitKind
from hemgang.notifications.directory_config import load_directory
from hemgang.simulate import county_of, demo_directory, directory_text
from hemgang.simulate.county import County
from hemgang.simulate.story import LENGTH, LETTERS, episode_id
from tests.simulate.readings import april, episodes, messages

REGIONS = sorted({one.county for one in municipalities().values()})
ID = re.compile(r"[a-z0-9-]{1,64}")


def units(county: County) -> list[str]:
    return [
        *(ward.id for ward in county.wards),
        *(area.intake for area in county.areas),
        *(centre.id for centre in county.care_centres),
        *(contact for centre in county.care_centres for contact in centre.contacts),
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_a_plan_with_all_its_payers_and_names_of_its_own(region: str) -> None:
    county = county_of(region)
    codes = {one.code for one in municipalities().values() if one.county == region}
    assert {area.municipality for area in county.areas} == codes
    payers = [(area.municipality, area.district) for area in county.areas]
    assert len(set(payers)) == len(payers)
    assert all((area.district is not None) is (area.municipality == "0180") for area in county.areas)
    named = units(county)
    assert len(set(named)) == len(named)
    assert all(ID.fullmatch(name) for name in named)
    assert {ward.care for ward in county.wards} == {"somatic", "psychiatric"}
    assert all(0 < share < 1 for area in county.areas for share in (area.quick, area.at_once))


@pytest.mark.parametrize("region", ["01", "09", "14", "23"])
def test_the_directory_of_a_plan_loads_and_names_every_unit(region: str, tmp_path: Path) -> None:
    county = county_of(region)
    path = tmp_path / "directory.toml"
    path.write_text(directory_text(county, mail_host="127.0.0.1", mail_port=2525), encoding="utf-8")
    directory = load_directory(path, {}, check=lambda url: None)
    assert set(units(county)) <= set(directory.parties)
    assert {party.payer for party in directory.parties.values() if party.payer} == {
        f"{area.municipality}/{area.district}" if area.district else area.municipality for area in county.areas
    }
    channels = [party.channel for party in directory.parties.values()]
    assert len(set(channels)) == len(channels) == len(directory.channels), "one mailbox each"
    assert directory.operator is not None


def test_the_demo_directory_loads_with_addresses_that_can_be_sent_to(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(demo_directory("127.0.0.1", 2525), encoding="utf-8")
    directory = load_directory(path, {})
    urls = [channel.url.reveal() for channel in directory.channels.values()]
    assert all(
        re.fullmatch(r"mailto://127\.0\.0\.1:2525\?from=hemgang@example\.invalid&to=[a-z0-9-]+@example\.invalid", url)
        for url in urls
    )


def test_every_unit_and_contact_that_messages_name_is_in_the_demo_directory(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(demo_directory("127.0.0.1", 2525), encoding="utf-8")
    directory = load_directory(path, {}, check=lambda url: None)
    kinds = {"clinic": UnitKind.WARD, "care_centre": UnitKind.OUTPATIENT}
    for message in messages(april(discharges=2000)):
        assert message.sender in directory.parties
        for name, kind in kinds.items():
            if name in message.fields:
                assert directory.parties[message.fields[name]].kind is kind
        if message.type in {MessageType.ADMISSION_NOTICE, MessageType.READY_NOTICE}:
            assert all(unit in directory.parties for unit in message.fields["to"])
        for name in ("contact", "by"):
            assert name not in message.fields or directory.knows_contact(message.fields[name])


@pytest.mark.parametrize("kind", list(DutyKind))
def test_every_duty_reaches_its_owners_a_backup_and_a_manager(kind: DutyKind, tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(demo_directory("127.0.0.1", 2525), encoding="utf-8")
    directory = load_directory(path, {}, check=lambda url: None)
    for stay in episodes(april()):
        assert stay.opened is not None
        for owner in RULE_OF_KIND[kind].owners:
            for role in (owner, Role.BACKUP, Role.MANAGER):
                assert directory.recipients(role, owner, stay, stay.opened.at), (role, owner)


def test_ids_are_letters_and_differ_for_every_number_and_offset() -> None:
    found = {episode_id(offset=offset, number=number) for offset in (0, 10**17) for number in range(20_000)}
    assert len(found) == 40_000
    assert all(len(name) == LENGTH and set(name) <= set(LETTERS) for name in found)
