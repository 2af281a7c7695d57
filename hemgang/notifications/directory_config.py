"""The directory of an installation read from TOML, and refused with every fault, its line and key (specification 3.5).

Each table has a shape; names that lead nowhere are looked for in the tables as they are written, so that a unit with a
fault hides none of its others and brings none upon those that name it. A channel's address is in the file, the
environment or a file beside it, and no fault shows it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from agreements.fields import Text, one_of
from agreements.tomlfile import OF_TABLE, AgreementFileError, Faults, KeyPath, Problem, TableShape, read_toml
from calendars.staffing import ALWAYS
from hemgang.duties.roster import Recipient
from hemgang.errors import ConfigurationError
from hemgang.i18n.language import Language
from hemgang.notifications.channels import SCHEMES, Channel, SecretUrl
from hemgang.notifications.directory import HOURS, OPERATOR, Directory, Hours, Party, Settings, UnitKind, read_hours
from hemgang.notifications.transport import why_unusable

TABLES = ("settings", "unit", "contact", "channel", "operator")
SOURCES = ("url", "url_env", "url_file")
"""Where the address of a channel is: the file itself, a variable of the environment, a file beside it."""

STOCKHOLM_CITY = "0180"

S = TypeVar("S", bound=TableShape)

AddressCheck = Callable[[SecretUrl], str | None]
"""Says why an address cannot be used, in words that do not show it; None if it can."""


class DirectoryError(ConfigurationError):
    """The directory file cannot be used; one line for each of `problems`, in the order of the file."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def load_directory(path: Path, environ: Mapping[str, str], *, check: AddressCheck = why_unusable) -> Directory:
    """Return the directory in a TOML file.

    Addresses named by `url_env` come from `environ`, those named by `url_file` from files beside the directory.
    `check` says why an address cannot be used; shipped is the sender's own.

    Raises:
        DirectoryError: the file cannot be read, or says something that cannot be; `problems` lists every fault.
    """
    try:
        faults = Faults(read_toml(path))
    except AgreementFileError as refused:
        raise DirectoryError(*refused.problems) from None
    faults.allow(TABLES)
    _check_references(faults)
    settings = _single(faults, "settings", SettingsShape)
    operator = _single(faults, "operator", OperatorShape)
    channels = _channels(faults, path.parent, environ, check)
    units = {unit.id: unit.party() for unit in _rows(faults, "unit", UnitShape)}
    contacts = [*_rows(faults, "contact", ContactShape)]
    if faults or operator is None:
        raise DirectoryError(*faults.problems())
    parties = {**units, **{one.id: one.party(units) for one in contacts}}
    return Directory(
        settings.settings() if settings else Settings(),
        MappingProxyType(parties),
        MappingProxyType(channels),
        operator.recipient(parties),
    )


_LINK = r"^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9_]+=)?$"
_LINK_MEANT = "must be a web address that a reference can be put behind, like https://host/ref/"
_MUNICIPALITY = "must be a municipality code of four digits"
_DIGESTS = 'must be local times in order, each once, like ["07:45", "12:45"]'
_ID = "must be 1 to 64 letters, digits, full stops, hyphens or underscores"


def _not_operator(text: str) -> str:
    if text == OPERATOR:
        raise ValueError(f'"{OPERATOR}" is kept for [operator]')
    return text


def _hours(raw: object) -> Hours:
    return read_hours(raw if isinstance(raw, str) else "")


def _digests(raw: object) -> tuple[time, ...]:
    try:
        times = tuple(time.fromisoformat(str(item)) for item in raw) if isinstance(raw, list | tuple) else ()
    except ValueError:
        times = ()
    if not times or any(item.tzinfo for item in times) or list(times) != sorted(set(times)):
        raise ValueError(_DIGESTS)
    return times


def _whole(low: int, high: int) -> Any:
    return Field(ge=low, le=high, description=f"must be a whole number from {low} to {high}")


_Id = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9ÅÄÖåäö][A-Za-z0-9ÅÄÖåäö._-]{0,63}$", description=_ID),
    AfterValidator(_not_operator),
]
_StaffedHours = Annotated[Hours, PlainValidator(_hours), Field(description=HOURS)]
_SHIPPED = Settings()


class SettingsShape(TableShape):
    """`[settings]` as the file writes it."""

    language: Annotated[Language, one_of(Language)] = _SHIPPED.language
    link: Annotated[str, Field(pattern=_LINK, description=_LINK_MEANT)] | None = None
    acknowledged_for_hours: Annotated[int, _whole(1, 200)] = _SHIPPED.acknowledged_for_hours
    bundle_minutes: Annotated[int, _whole(0, 240)] = _SHIPPED.bundle_minutes
    digests: Annotated[tuple[time, ...], PlainValidator(_digests), Field(description=_DIGESTS)] = _SHIPPED.digests

    def settings(self) -> Settings:
        """Return the settings as the rules know them."""
        return Settings(self.language, self.link, self.acknowledged_for_hours, self.bundle_minutes, self.digests)


class _PartyShape(TableShape):
    """What a unit and a contact have in common."""

    id: _Id
    channel: Text | None = None
    urgent_channel: Text | None = None
    backup: Text | None = None
    manager: Text | None = None

    @field_validator("urgent_channel")
    @classmethod
    def _beside_a_channel(cls, urgent: str | None, info: ValidationInfo) -> str | None:
        if urgent is not None and "channel" in info.data and info.data["channel"] is None:
            raise ValueError("needs a channel beside it")
        return urgent


class UnitShape(_PartyShape):
    """One `[[unit]]` as the file writes it; a key is judged by those above it."""

    kind: Annotated[UnitKind, one_of(UnitKind)]
    municipality: Annotated[str, Field(pattern=r"^[0-9]{4}$", description=_MUNICIPALITY)] | None = None
    district: Text | None = None
    hours: _StaffedHours
    contact: Text | None = None

    @field_validator("municipality")
    @classmethod
    def _of_an_intake(cls, code: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind is UnitKind.MUNICIPAL and code is None:
            raise ValueError(f"is missing; {_MUNICIPALITY}")
        if kind not in (UnitKind.MUNICIPAL, None) and code is not None:
            raise ValueError("belongs to a unit of kind municipal")
        return code

    @field_validator("district")
    @classmethod
    def _of_stockholm(cls, district: str | None, info: ValidationInfo) -> str | None:
        if district is None:
            return None
        if info.data.get("kind") not in (UnitKind.MUNICIPAL, None):
            raise ValueError("belongs to a unit of kind municipal")
        if info.data.get("municipality") not in (STOCKHOLM_CITY, None):
            raise ValueError(f"only municipality {STOCKHOLM_CITY} pays by district")
        return district

    @field_validator("contact")
    @classmethod
    def _one_to_reach(cls, contact: str | None, info: ValidationInfo) -> str | None:
        others = [info.data.get(key, "") for key in ("channel", "backup", "manager")]
        if contact is None and others == [None, None, None]:
            reason = "nobody can be reached: it needs a channel, contact, backup or manager"
            raise PydanticCustomError(OF_TABLE, reason)
        return contact

    def party(self) -> Party:
        """Return the unit as the rules know it."""
        return Party(
            id=self.id,
            hours=self.hours,
            kind=self.kind,
            payer=_payer(self.municipality, self.district),
            contact=self.contact,
            channel=self.channel,
            urgent_channel=self.urgent_channel,
            backup=self.backup,
            manager=self.manager,
        )


class ContactShape(_PartyShape):
    """One `[[contact]]` as the file writes it."""

    channel: Text
    unit: Text | None = None
    hours: _StaffedHours | None = None

    @field_validator("hours")
    @classmethod
    def _own_or_of_a_unit(cls, hours: Hours | None, info: ValidationInfo) -> Hours | None:
        if hours is None and "unit" in info.data and info.data["unit"] is None:
            raise PydanticCustomError(OF_TABLE, "needs the key hours, or a unit to take them from")
        return hours

    def party(self, units: Mapping[str, Party]) -> Party:
        """Return the contact as the rules know it, with the hours of its unit if it has none itself."""
        return Party(
            id=self.id,
            hours=self.hours or units[self.unit or ""].hours,
            unit=self.unit,
            channel=self.channel,
            urgent_channel=self.urgent_channel,
            backup=self.backup,
            manager=self.manager,
        )


class OperatorShape(TableShape):
    """`[operator]` as the file writes it: a contact or a channel."""

    contact: Text | None = None
    channel: Text | None = None

    @field_validator("channel")
    @classmethod
    def _instead_of_a_contact(cls, channel: str | None, info: ValidationInfo) -> str | None:
        if "contact" in info.data and (info.data["contact"] is None) is (channel is None):
            raise PydanticCustomError(OF_TABLE, "needs exactly one of contact, channel")
        return channel

    def recipient(self, parties: Mapping[str, Party]) -> Recipient:
        """Return who the operator is; a channel of its own is used around the clock."""
        contact = parties[self.contact] if self.contact else None
        if contact is not None and contact.channel is not None:
            return Recipient(contact.id, contact.hours.rule, contact.channel, contact.urgent_channel or contact.channel)
        channel = self.channel or ""
        return Recipient(OPERATOR, ALWAYS, channel, channel)


class ChannelShape(TableShape):
    """One `[[channel]]` as the file writes it; the address itself is never shown."""

    id: Text
    url: Annotated[Text | None, Field(repr=False)] = None
    url_env: Text | None = None
    url_file: Text | None = None
    fallback: Text | None = None

    @field_validator("url_env", "url_file")
    @classmethod
    def _one_address(cls, source: str | None, info: ValidationInfo) -> str | None:
        reason = f"needs exactly one of {', '.join(SOURCES)}"
        above = [info.data.get(key, "") for key in SOURCES[: SOURCES.index(info.field_name or "")]]
        if source is not None and any(key is not None for key in above):
            raise ValueError(reason)
        if info.field_name == SOURCES[-1] and source is None and above == [None, None]:
            raise PydanticCustomError(OF_TABLE, reason)
        return source


def _payer(municipality: str | None, district: str | None) -> str | None:
    """Return the payer (municipality code, in Stockholm city with the district) that a unit takes in for."""
    return f"{municipality}/{district}" if municipality and district else municipality


def _single(faults: Faults, header: str, shape: type[S]) -> S | None:
    """Return the table `[header]` in its shape; None, and a fault, where it is written otherwise."""
    table = faults.file.content.get(header)
    if table is None:
        return None
    if not isinstance(table, dict):
        faults.note((header,), header, f"must be one table, written [{header}]")
        return None
    return faults.read(shape, table, place=(header,), title=header)


def _rows(faults: Faults, header: str, shape: type[S]) -> Iterator[S]:
    return (row for one in _written(faults, header) if (row := one.read(shape)) is not None)


@dataclass(frozen=True, slots=True)
class _Written:
    """One table as it is written, whether or not it has its shape, and where its faults are noted."""

    faults: Faults
    header: str
    place: KeyPath
    title: str
    table: Mapping[str, object]

    def text(self, key: str) -> str | None:
        """Return a text; None where there is none, or something that is no text."""
        value = self.table.get(key)
        return value if isinstance(value, str) and value.strip() else None

    def read(self, shape: type[S]) -> S | None:
        """Return the table in its shape; None, with every fault noted, where it has another."""
        return self.faults.read(shape, self.table, place=self.place, title=self.title)

    def note(self, key: str, reason: str) -> None:
        """Note a fault of one key; the line is the table's where the key is not there."""
        self.faults.note((*self.place, key), f"{self.title}.{key}", reason)


def _written(faults: Faults, header: str) -> list[_Written]:
    rows = []
    for nth, table in enumerate(faults.tables(header)):
        named = table.get("id")
        title = f'{header} "{named}"' if isinstance(named, str) else f"{header} {nth + 1}"
        rows.append(_Written(faults, header, (header, nth), title, table))
    return rows


def _check_references(faults: Faults) -> None:
    """Note every name that stands twice or leads nowhere, and what the file needs and does not have."""
    channels, units, contacts = (_written(faults, header) for header in ("channel", "unit", "contact"))
    by_channel, parties = _by_id(channels), _by_id([*units, *contacts])
    for one in channels:
        _check_fallback(one, by_channel)
    for one in [*units, *contacts]:
        _check_channels(one, by_channel)
        _check_people(one, parties)
    _check_payers(units)
    if not faults.file.content.get("unit", []):
        faults.note((), "unit", "there is no [[unit]]; nobody would be told anything")
    operator = faults.file.content.get("operator")
    if isinstance(operator, dict):
        one = _Written(faults, "operator", ("operator",), "operator", operator)
        _check_channels(one, by_channel)
        _check_contact(one, parties)
    elif operator is None:
        faults.note((), "operator", "there is no [operator]; alarms about the alerts themselves would reach nobody")


def _by_id(rows: list[_Written]) -> dict[str, _Written]:
    by_id: dict[str, _Written] = {}
    for one in rows:
        if (named := one.text("id")) is None:
            continue
        first = by_id.setdefault(named, one)
        if first is not one:
            one.note("id", f"is already used on line {one.faults.file.line_of(*first.place, 'id')}")
    return by_id


def _check_fallback(one: _Written, channels: Mapping[str, _Written]) -> None:
    seen = [one.text("id")]
    following = one.text("fallback")
    if following is not None and following not in channels:
        one.note("fallback", f'no channel is called "{following}"')
    while following is not None and following in channels:
        if following == seen[0]:
            one.note("fallback", f"goes round in a circle: {', '.join([*filter(None, seen), following])}")
            return
        if following in seen:  # a circle further on is that channel's fault
            return
        seen.append(following)
        following = channels[following].text("fallback")


def _check_channels(one: _Written, channels: Mapping[str, _Written]) -> None:
    for key in ("channel", "urgent_channel"):
        named = one.text(key)
        if named is not None and named not in channels:
            one.note(key, f'no channel is called "{named}"')


def _check_contact(one: _Written, parties: Mapping[str, _Written]) -> None:
    named = one.text("contact")
    if named is not None and (named not in parties or parties[named].header != "contact"):
        one.note("contact", f'no contact is called "{named}"')


def _check_people(one: _Written, parties: Mapping[str, _Written]) -> None:
    for key in ("backup", "manager"):
        if (named := one.text(key)) is None:
            continue
        if named not in parties:
            one.note(key, f'no unit or contact is called "{named}"')
        elif named == one.text("id"):
            one.note(key, "is the same as the one it stands in for")
        elif parties[named].header == "unit" and not {"channel", "contact"} & set(parties[named].table):
            one.note(key, f'"{named}" has no channel and no contact')
    if one.header == "unit":
        _check_contact(one, parties)
        return
    unit = one.text("unit")
    if unit is not None and (unit not in parties or parties[unit].header != "unit"):
        one.note("unit", f'no unit is called "{unit}"')


def _check_payers(units: list[_Written]) -> None:
    first: dict[str, _Written] = {}
    for one in units:
        payer = _payer(one.text("municipality"), one.text("district"))
        if payer is None or one.text("kind") != UnitKind.MUNICIPAL:
            continue
        earlier = first.setdefault(payer, one)
        if earlier is not one:
            one.note("municipality", f"{earlier.title} already takes in for {payer}")


def _channels(faults: Faults, folder: Path, environ: Mapping[str, str], check: AddressCheck) -> dict[str, Channel]:
    channels = {}
    for one in _written(faults, "channel"):
        row, url = one.read(ChannelShape), _url(one, folder, environ, check)
        if row is not None and url is not None:
            channels[row.id] = Channel(row.id, url, row.fallback)
    return channels


def _url(one: _Written, folder: Path, environ: Mapping[str, str], check: AddressCheck) -> SecretUrl | None:
    """Return the address of a channel; None, with a fault that does not show it, where it cannot be used."""
    given = [key for key in SOURCES if key in one.table]
    if len(given) != 1 or (written := one.text(given[0])) is None:
        return None
    try:
        url = SecretUrl(_address(given[0], written, folder, environ))
    except ValueError as refused:
        one.note(given[0], str(refused))
        return None
    wrong = check(url) if url.scheme in SCHEMES else f"the address must begin with one of {', '.join(SCHEMES)} and ://"
    if wrong is not None:
        one.note(given[0], wrong)
    return url


def _address(source: str, written: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return the text of an address; ValueError where its variable or file has none."""
    if source == "url":
        return written
    if source == "url_env":
        text, missing = environ.get(written), f"the environment variable {written} is not set"
    else:
        text, missing = _text_of(folder / written), f"the file {written} cannot be read as text"
    if text is None:
        raise ValueError(missing)
    if not text.strip():
        raise ValueError(f"{written} is empty")
    return text.strip()


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
