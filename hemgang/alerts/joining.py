"""Puts the parts of a directory together, and notes every name in it that leads nowhere (specification 3.5)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from calendars.staffing import ALWAYS
from hemgang.alerts.channels import Channel
from hemgang.alerts.directory import OPERATOR, Directory, Party, Settings
from hemgang.alerts.parties import OperatorEntry
from hemgang.alerts.tables import Table
from hemgang.duties.roster import Recipient

T = TypeVar("T", Channel, Party)
Read = tuple[Table, T | None]


def joined(
    settings: Settings,
    channels: Iterable[Read[Channel]],
    parties: Iterable[Read[Party]],
    operator: OperatorEntry | None,
) -> Directory:
    """Return the directory made of what was read; faults are noted in the tables they belong to."""
    known_channels = _by_id([(table, channel) for table, channel in channels if channel])
    known_parties = _by_id([(table, party) for table, party in parties if party])
    channels_by_id = MappingProxyType({name: channel for name, (_, channel) in known_channels.items()})
    parties_by_id = MappingProxyType({name: party for name, (_, party) in known_parties.items()})
    for table, channel in known_channels.values():
        _check_fallback(table, channel, channels_by_id)
    for table, party in known_parties.values():
        _check_channels(table, party, channels_by_id)
        _check_people(table, party, parties_by_id)
    _check_payers(known_parties.values())
    reached = _operator(operator, parties_by_id, channels_by_id)
    return Directory(settings, parties_by_id, channels_by_id, reached)


def _by_id(read: list[tuple[Table, T]]) -> dict[str, tuple[Table, T]]:
    found: dict[str, tuple[Table, T]] = {}
    for table, item in read:
        if item.id in found:
            first = found[item.id][0].lines.of("id")
            table.fault("id", f"is already used on line {first}")
        else:
            found[item.id] = (table, item)
    return found


def _check_fallback(table: Table, channel: Channel, channels: Mapping[str, Channel]) -> None:
    seen = [channel.id]
    following = channel.fallback
    if following is not None and following not in channels:
        table.fault("fallback", f'no channel is called "{following}"')
        return
    while following is not None and following in channels:
        if following == channel.id:
            table.fault("fallback", f"goes round in a circle: {', '.join([*seen, following])}")
            return
        if following in seen:  # a circle further on is that channel's fault
            return
        seen.append(following)
        following = channels[following].fallback


def _check_channels(table: Table, party: Party, channels: Mapping[str, Channel]) -> None:
    for key, named in (("channel", party.channel), ("urgent_channel", party.urgent_channel)):
        if named is not None and named not in channels:
            table.fault(key, f'no channel is called "{named}"')


def _check_people(table: Table, party: Party, parties: Mapping[str, Party]) -> None:
    for key, named in (("backup", party.backup), ("manager", party.manager)):
        if named is None:
            continue
        if named not in parties:
            table.fault(key, f'no unit or contact is called "{named}"')
        elif named == party.id:
            table.fault(key, "is the same as the one it stands in for")
        elif parties[named].kind is not None and not (parties[named].channel or parties[named].contact):
            table.fault(key, f'"{named}" has no channel and no contact')
    if party.contact is not None and (party.contact not in parties or parties[party.contact].kind is not None):
        table.fault("contact", f'no contact is called "{party.contact}"')
    if party.kind is not None and not any((party.channel, party.contact, party.backup, party.manager)):
        table.fault(None, "nobody can be reached: it needs a channel, contact, backup or manager")


def _check_payers(read: Iterable[tuple[Table, Party]]) -> None:
    first: dict[str, Party] = {}
    for table, party in read:
        if party.payer is None:
            continue
        if party.payer in first:
            table.fault("municipality", f'unit "{first[party.payer].id}" already takes in for {party.payer}')
        first.setdefault(party.payer, party)


def _operator(
    entry: OperatorEntry | None, parties: Mapping[str, Party], channels: Mapping[str, Channel]
) -> Recipient | None:
    if entry is None:
        return None
    if entry.channel is not None:
        if entry.channel not in channels:
            entry.table.fault("channel", f'no channel is called "{entry.channel}"')
        return Recipient(OPERATOR, ALWAYS, entry.channel, entry.channel)
    contact = parties.get(entry.contact or "")
    if contact is None or contact.kind is not None or contact.channel is None:
        entry.table.fault("contact", f'no contact is called "{entry.contact}"')
        return None
    return Recipient(contact.id, contact.hours.rule, contact.channel, contact.urgent_channel or contact.channel)
