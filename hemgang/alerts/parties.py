"""Reads the units, contacts and the operator of the directory (specification 3.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from calendars.staffing import STANDARD
from hemgang.alerts.directory import OPERATOR, Party, UnitKind
from hemgang.alerts.hours import Hours, read_hours
from hemgang.alerts.tables import Problem, Table

UNIT_KEYS = (
    "id",
    "kind",
    "municipality",
    "district",
    "hours",
    "contact",
    "backup",
    "manager",
    "channel",
    "urgent_channel",
)
CONTACT_KEYS = ("id", "unit", "hours", "backup", "manager", "channel", "urgent_channel")
OPERATOR_KEYS = ("contact", "channel")

STOCKHOLM_CITY = "0180"

_ID = re.compile(r"[A-Za-z0-9ÅÄÖåäö][A-Za-z0-9ÅÄÖåäö._-]{0,63}")
_MUNICIPALITY = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """What `[operator]` names: a contact or a channel, with the table for faults."""

    table: Table
    contact: str | None
    channel: str | None


def read_unit(table: Table) -> Party | None:
    """Return the unit of a `[[unit]]` table, None where it has no id; what else it refers to is checked later."""
    table.only(UNIT_KEYS)
    named = _named(table)
    kind = _kind(table)
    if "hours" not in table.content:
        table.fault(None, "needs the key hours")
    channel, urgent = table.text("channel"), table.text("urgent_channel")
    if urgent is not None and channel is None:
        table.fault("urgent_channel", "needs a channel beside it")
    if named is None:
        return None
    return Party(
        id=named,
        hours=table.read("hours", read_hours) or Hours(STANDARD),
        kind=kind,
        payer=_payer(table, kind),
        contact=table.text("contact"),
        channel=channel,
        urgent_channel=urgent,
        backup=table.text("backup"),
        manager=table.text("manager"),
    )


def read_contact(table: Table, units: Mapping[str, Party]) -> Party | None:
    """Return the contact of a `[[contact]]` table, with its unit's hours if it has none itself; None without an id."""
    table.only(CONTACT_KEYS)
    named = _named(table)
    unit = table.text("unit")
    home = units.get(unit) if unit else None
    if unit is not None and home is None:
        table.fault("unit", f'no unit is called "{unit}"')
    if "hours" not in table.content and unit is None:
        table.fault(None, "needs the key hours, or a unit to take them from")
    hours = table.read("hours", read_hours) or (home.hours if home else Hours(STANDARD))
    channel = table.text("channel", required=True)
    if named is None:
        return None
    return Party(
        id=named,
        hours=hours,
        unit=unit,
        channel=channel,
        urgent_channel=table.text("urgent_channel"),
        backup=table.text("backup"),
        manager=table.text("manager"),
    )


def read_operator(tables: list[Table], problems: list[Problem]) -> OperatorEntry | None:
    """Return what `[operator]` names; without one, alarms about the alerts themselves would reach nobody."""
    if not tables:
        problems.append(Problem(1, "there is no [operator]; alarms about the alerts themselves would reach nobody"))
        return None
    table = tables[0]
    table.only(OPERATOR_KEYS)
    contact, channel = table.text("contact"), table.text("channel")
    if ("contact" in table.content) is ("channel" in table.content):
        table.fault(None, "needs exactly one of contact, channel")
    if contact is None and channel is None:
        return None
    return OperatorEntry(table, contact, channel)


def _named(table: Table) -> str | None:
    return table.read("id", _id) if "id" in table.content else table.text("id", required=True)


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise ValueError("must be 1 to 64 letters, digits, full stops, hyphens or underscores")
    if text == OPERATOR:
        raise ValueError(f'"{OPERATOR}" is kept for [operator]')
    return text


def _kind(table: Table) -> UnitKind | None:
    written = table.text("kind", required=True)
    if written is None or written in set(UnitKind):
        return UnitKind(written) if written else None
    table.fault("kind", f"must be one of {', '.join(UnitKind)}")
    return None


def _payer(table: Table, kind: UnitKind | None) -> str | None:
    """Return the payer (municipality code, in Stockholm city with the district) that a municipal unit takes in for."""
    municipal = kind is UnitKind.MUNICIPAL
    municipality = table.text("municipality", required=municipal)
    district = table.text("district")
    if kind is not None and not municipal:
        for key in ("municipality", "district"):
            if key in table.content:
                table.fault(key, "belongs to a unit of kind municipal")
        return None
    if municipality is None:
        return None
    if _MUNICIPALITY.fullmatch(municipality) is None:
        table.fault("municipality", "must be a municipality code of four digits")
    if district is not None and municipality != STOCKHOLM_CITY:
        table.fault("district", f"only municipality {STOCKHOLM_CITY} pays by district")
    return f"{municipality}/{district}" if district else municipality
