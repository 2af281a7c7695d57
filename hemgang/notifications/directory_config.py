"""The directory of an installation read from TOML, and refused with every fault, its line and key (specification 3.5).

Units, contacts, channels and the operator are read into typed values and put together; a name that leads nowhere is a
fault too. A channel's address is in the file, the environment or a file beside it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from agreements.tomlfile import KeyPath, places_in
from calendars.staffing import ALWAYS, STANDARD
from hemgang.duties.roster import Recipient
from hemgang.errors import ConfigurationError
from hemgang.i18n.language import Language
from hemgang.notifications.channels import SCHEMES, Channel, SecretUrl
from hemgang.notifications.directory import OPERATOR, Directory, Hours, Party, Settings, UnitKind, read_hours
from hemgang.notifications.transport import why_unusable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a directory file: its line (from 1) and one sentence that names the table and the key."""

    line: int
    text: str


NO_LINE = 0
"""Where a fault is of the file as a whole."""


class DirectoryError(ConfigurationError):
    """The directory file cannot be used; one line for each of `problems`, in the order of the file."""

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        places = ((path if one.line == NO_LINE else f"{path}:{one.line}", one.text) for one in self.problems)
        super().__init__("\n".join(f"{place}: {text}" for place, text in places))


@dataclass(frozen=True, slots=True)
class TableLines:
    """The lines (from 1) of one table: `place` is the way to it in the file's `places`."""

    places: Mapping[KeyPath, int]
    place: KeyPath

    def of(self, key: str | None) -> int:
        """Return the line of a key, the table's own line for a key that is not there."""
        return self.places.get((*self.place, key), self.places[self.place]) if key else self.places[self.place]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file: what it says, where, and the list that its faults are added to."""

    name: str
    content: Mapping[str, object]
    lines: TableLines
    problems: list[Problem]

    @property
    def label(self) -> str:
        """What the table is called in an error: `unit "vc-1"`, or `settings`."""
        named = self.content.get("id")
        return f'{self.name} "{named}"' if isinstance(named, str) else self.name

    def fault(self, key: str | None, text: str) -> None:
        """Note a fault of a key, or of the table where no key is named."""
        where = f"{self.label}: {key}" if key else self.label
        self.problems.append(Problem(self.lines.of(key), one_line(f"{where}: {text}")))

    def only(self, allowed: Iterable[str]) -> None:
        """Note every key that is not one of `allowed`."""
        known = tuple(allowed)
        for key in self.content:
            if key not in known:
                self.fault(key, f"unknown key; known are {', '.join(known)}")

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a text, None (and a fault if it is required) where there is none."""
        value = self.content.get(key)
        if value is None:
            if required:
                self.fault(None, f"needs the key {key}")
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(key, "must be a text in quotes that is not empty")
            return None
        return value

    def read(self, key: str, reader: Callable[[str], T]) -> T | None:
        """Return a text as `reader` understands it; what the reader refuses (ValueError) becomes a fault."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return reader(value)
        except ValueError as refused:
            self.fault(key, str(refused))
            return None

    def number(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included; the default where it is missing or wrong."""
        value = self.content.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, f"must be a whole number from {low} to {high}")
        return default


SETTINGS_KEYS = ("language", "link", "acknowledged_for_hours", "bundle_minutes", "digests")
TABLES = ("settings", "unit", "contact", "channel", "operator")

_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9_]+=)?")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")

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


Entry = TypeVar("Entry", Channel, Party)
Read = tuple[Table, Entry | None]

CHANNEL_KEYS = ("id", "url", "url_env", "url_file", "fallback")

_SOURCES = ("url", "url_env", "url_file")


def one_line(text: str) -> str:
    """Return a sentence in which what is quoted from the file takes no line of its own."""
    return "".join(char if char.isprintable() else " " for char in text)


def load_directory(
    path: Path, environ: Mapping[str, str], *, check: Callable[[SecretUrl], str | None] = why_unusable
) -> Directory:
    """Return the directory in a TOML file.

    Addresses named by `url_env` come from `environ`, those named by `url_file` from files beside the directory.
    `check` says why an address cannot be used; shipped is the sender's own.

    Raises:
        DirectoryError: the file cannot be read, or says something that cannot be; `problems` lists every fault.
    """
    text = _read(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise DirectoryError(path, [_syntax_problem(str(fault), text)]) from None
    problems: list[Problem] = []
    tables = _tables(content, places_in(text), problems)
    channels = [(table, read_channel(table, path.parent, environ, check)) for table in tables["channel"]]
    units = [(table, read_unit(table)) for table in tables["unit"]]
    by_id = {unit.id: unit for _, unit in units if unit}
    contacts = [(table, read_contact(table, by_id)) for table in tables["contact"]]
    settings = _settings(tables["settings"])
    operator = read_operator(tables["operator"], problems)
    directory = assemble(settings, channels, [*units, *contacts], operator)
    if not tables["unit"]:
        problems.append(Problem(1, "there is no [[unit]]; nobody would be told anything"))
    if problems:
        raise DirectoryError(path, problems)
    return directory


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


def assemble(
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


def read_channel(
    table: Table, folder: Path, environ: Mapping[str, str], check: Callable[[SecretUrl], str | None]
) -> Channel | None:
    """Return the channel of a `[[channel]]` table, None where it has no id; faults never show the address."""
    table.only(CHANNEL_KEYS)
    named = table.text("id", required=True)
    fallback = table.text("fallback")
    given = [key for key in _SOURCES if key in table.content]
    url = SecretUrl("")
    if len(given) != 1:
        table.fault(given[1] if given else None, f"needs exactly one of {', '.join(_SOURCES)}")
    elif (text := _address(table, given[0], folder, environ)) is not None:
        url = SecretUrl(text)
        if url.scheme not in SCHEMES:
            table.fault(given[0], f"the address must begin with one of {', '.join(SCHEMES)} and ://")
        elif (why := check(url)) is not None:
            table.fault(given[0], why)
    return Channel(named, url, fallback) if named else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise DirectoryError(path, [Problem(NO_LINE, f"cannot be read: {fault.strerror}")]) from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise DirectoryError(path, [Problem(line, "is not UTF-8; save the file with that encoding")]) from None


def _syntax_problem(message: str, text: str) -> Problem:
    """Return a fault of the TOML itself; what the reader says never quotes a value."""
    at = _AT_LINE.search(message)
    line = int(at[1]) if at else len(text.splitlines()) or 1
    return Problem(line, f"is not TOML: {_AT_LINE.sub('', message)}")


def _tables(
    content: Mapping[str, object], places: Mapping[KeyPath, int], problems: list[Problem]
) -> dict[str, list[Table]]:
    """Return the tables by name, in the order of the file; a single table is a list of one."""
    found: dict[str, list[Table]] = {name: [] for name in TABLES}
    for name, value in content.items():
        line = places[(name,)]
        if name not in TABLES:
            known = ", ".join(TABLES)
            problems.append(Problem(line, one_line(f"[{name}]: unknown table; known are {known}")))
            continue
        rows = value if isinstance(value, list) else [value]
        single = name in {"settings", "operator"}
        if single is isinstance(value, list) or not all(isinstance(row, dict) for row in rows):
            wanted = f"[{name}]" if single else f"[[{name}]]"
            problems.append(Problem(line, f"{name}: is written {wanted}"))
            continue
        for number, row in enumerate(rows):
            place: KeyPath = (name,) if single else (name, number)
            found[name].append(Table(name, row, TableLines(places, place), problems))
    return found


def _settings(tables: list[Table]) -> Settings:
    shipped = Settings()
    if not tables:
        return shipped
    table = tables[0]
    table.only(SETTINGS_KEYS)
    return Settings(
        language=table.read("language", _language) or shipped.language,
        link=table.read("link", _link),
        acknowledged_for_hours=table.number("acknowledged_for_hours", shipped.acknowledged_for_hours, low=1, high=200),
        bundle_minutes=table.number("bundle_minutes", shipped.bundle_minutes, low=0, high=240),
        digests=_digests(table, shipped.digests),
    )


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(Language)}") from None


def _link(text: str) -> str:
    if _LINK.fullmatch(text) is None:
        raise ValueError("must be a web address that a reference can be put behind, like https://host/ref/")
    return text


def _digests(table: Table, shipped: tuple[time, ...]) -> tuple[time, ...]:
    value = table.content.get("digests")
    if value is None:
        return shipped
    try:
        times = tuple(time.fromisoformat(str(item)) for item in value) if isinstance(value, list) else ()
    except ValueError:
        times = ()
    if not times or list(times) != sorted(set(times)) or any(item.tzinfo for item in times):
        table.fault("digests", 'must be local times in order, each once, like ["07:45", "12:45"]')
        return shipped
    return times


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


def _by_id(read: list[tuple[Table, Entry]]) -> dict[str, tuple[Table, Entry]]:
    found: dict[str, tuple[Table, Entry]] = {}
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


def _address(table: Table, source: str, folder: Path, environ: Mapping[str, str]) -> str | None:
    """Return the text of the address; None, and a fault, where there is none."""
    value = table.text(source)
    if value is None or source == "url":
        return value
    if source == "url_env":
        text = environ.get(value)
        missing = f"the environment variable {value} is not set"
    else:
        text = _text_of(folder / value)
        missing = f"the file {value} cannot be read as text"
    if text is None:
        table.fault(source, missing)
        return None
    if not text.strip():
        table.fault(source, f"{value} is empty")
        return None
    return text.strip()


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
