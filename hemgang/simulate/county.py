"""Invented counties as data: wards, care centres, municipalities and who pays; and their directory (specification 3.5).

A county is made from its municipalities in the official list; those whose code ends in 80 or more count as larger, and
how quickly each takes patients home follows from the digits of its code. Stockholm city pays by district board. The
demo's county has the eight municipalities of Jämtland Härjedalen around one hospital; its values lie between Examples 1
and 2 of the county's agreement (001). `shares` weighs all counties by population in thousands about 2023. Every address
ends in example.invalid.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from agreements.loader import load_payers
from agreements.payers import Municipality, Payer, municipalities
from hemgang.errors import HemgangError
from hemgang.simulate.parameters import EVERYWHERE, CountyParameters, parameters_of

COUNTRY = "all"
"""Stands for every county at once."""

REGION = "23"
"""The demo's county."""

STOCKHOLM_CITY = "0180"

POPULATION: Mapping[str, int] = MappingProxyType(
    {
        "01": 2455,
        "03": 405,
        "04": 302,
        "05": 472,
        "06": 369,
        "07": 204,
        "08": 247,
        "09": 61,
        "10": 158,
        "12": 1422,
        "13": 343,
        "14": 1767,
        "17": 283,
        "18": 308,
        "19": 281,
        "20": 288,
        "21": 286,
        "22": 241,
        "23": 132,
        "24": 279,
        "25": 248,
    }
)
"""Thousands of inhabitants by county code, about 2023."""

_Row = dict[str, str]


class SimulationError(HemgangError):
    """A region, span or share that the simulation cannot work with; the message says what it can take."""


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward of the hospital, by its unit id; `weight` is its part of the admissions of its kind of care."""

    id: str
    care: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class CareCentre:
    """A unit of the region's outpatient care (vårdcentral), with the fixed care contacts that it can name."""

    id: str
    contacts: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """A payer: a municipality, or in Stockholm city a district, with its intake and its care centres.

    `weight` is its part of the county's stays. `quick` is the share of its patients that it means to receive on day
    0 or 1, and `at_once` the share of those on day 0; both before weekends get in the way. `valid_from` and `valid_to`
    are the payer's first and last day.
    """

    municipality: str
    name: str
    intake: str
    care_centres: tuple[CareCentre, ...]
    weight: float
    quick: float
    at_once: float
    district: str | None = None
    valid_from: date = date.min
    valid_to: date = date.max

    def exists(self, on: date) -> bool:
        """Whether the payer exists on a day; both its first and its last day are included."""
        return self.valid_from <= on <= self.valid_to


@dataclass(frozen=True, slots=True)
class County:
    """A region with its payers, its wards by kind of care and its psychiatric outpatient units."""

    region: str
    areas: tuple[Area, ...]
    wards: tuple[Ward, ...]
    psychiatry: tuple[CareCentre, ...]
    parameters: CountyParameters = EVERYWHERE

    def areas_on(self, day: date) -> tuple[Area, ...]:
        """Return the payers that exist on a day: all of them, but in Stockholm city, whose boards merge."""
        return tuple(area for area in self.areas if area.exists(day)) if self.changes else self.areas

    @property
    def changes(self) -> bool:
        """Whether any payer begins or ends."""
        return any(area.district is not None for area in self.areas)

    @property
    def care_centres(self) -> tuple[CareCentre, ...]:
        """Every unit of outpatient care, each once, the psychiatric ones last."""
        return (*(centre for area in self.areas for centre in area.care_centres), *self.psychiatry)


def county_of(region: str) -> County:
    """Return the plan of a region by its two-digit county code.

    Raises:
        SimulationError: no municipality lies in such a county.
    """
    if region == REGION:
        return jamtland()
    found = [one for one in municipalities().values() if one.county == region]
    if not found:
        known = ", ".join(sorted({one.county for one in municipalities().values()}))
        raise SimulationError(f"there is no region {region!r} to simulate; known are {known}")
    seat = slug(max(found, key=_weight).name)
    areas = tuple(area for one in found for area in _areas(one))
    return County(region, areas, _wards(seat, len(areas)), (psychiatric_unit(seat),), parameters_of(region))


def jamtland() -> County:
    """Return the county of the demo."""
    return County(
        region=REGION,
        areas=_AREAS,
        wards=(
            Ward("ward-medicine", "somatic", 5),
            Ward("ward-geriatrics", "somatic", 4),
            Ward("ward-orthopaedics", "somatic", 4),
            Ward("ward-surgery", "somatic", 3),
            Ward("ward-stroke", "somatic", 2),
            Ward("ward-psychiatry", "psychiatric"),
        ),
        psychiatry=(psychiatric_unit("ostersund"),),
    )


def shares(discharges: int) -> dict[str, int]:
    """Return how many of the discharges fall to each county; together exactly `discharges`."""
    total, before = sum(POPULATION.values()), 0
    found: dict[str, int] = {}
    for region, size in POPULATION.items():
        found[region] = (before + size) * discharges // total - before * discharges // total
        before += size
    return found


def demo_directory(mail_host: str, mail_port: int) -> str:
    """Return the directory of the demo's county, Jämtland Härjedalen, with mail going to this server."""
    return directory_text(jamtland(), mail_host=mail_host, mail_port=mail_port)


def directory_text(county: County, *, mail_host: str, mail_port: int) -> str:
    """Return the directory of a county's plan as TOML, with mail going to this server."""
    units = [*_ward_rows(county), *_outpatient_rows(county), *_municipal_rows(county)]
    contacts = [*_contact_rows(county), *_deputy_rows(county)]
    boxes = [row["channel"].removeprefix("mail-") for row in (*units, *contacts)]
    server = f"{mail_host}:{mail_port}"
    channels = [
        {"id": f"mail-{box}", "url": f"mailto://{server}?from=hemgang@example.invalid&to={box}@example.invalid"}
        for box in boxes
    ]
    tables = (("unit", units), ("contact", contacts), ("channel", channels))
    return _HEAD + "".join(_table(name, row) for name, rows in tables for row in rows)


def care_centre(place: str, *, weight: float = 1.0, contacts: int = 2) -> CareCentre:
    """Return a care centre of a place with numbered contacts: `care-centre-sveg`, `contact-sveg-1` and so on."""
    named = tuple(f"contact-{place}-{number}" for number in range(1, contacts + 1))
    return CareCentre(f"care-centre-{place}", named, weight)


def psychiatric_unit(place: str) -> CareCentre:
    """Return a psychiatric outpatient unit of a place, with two contacts."""
    return CareCentre(f"psychiatry-{place}", (f"contact-psychiatry-{place}-1", f"contact-psychiatry-{place}-2"))


def slug(name: str) -> str:
    """Return a name as a part of an id: lower case, without accents, hyphens for spaces."""
    return name.lower().translate(_PLAIN)


def _areas(one: Municipality) -> tuple[Area, ...]:
    if one.code == STOCKHOLM_CITY:
        boards = [board for board in load_payers().listed if board.code.startswith(f"{STOCKHOLM_CITY}/")]
        return tuple(_board(one, board, number) for number, board in enumerate(boards))
    return (_area(one, None, 0),)


def _board(one: Municipality, board: Payer, number: int) -> Area:
    area = _area(one, board.code.partition("/")[2], number)
    return replace(area, valid_from=board.valid_from, valid_to=board.valid_to or date.max)


def _area(one: Municipality, district: str | None, number: int) -> Area:
    place = district or slug(one.name)
    digits = int(one.code) * 7 + number * 5
    larger = _weight(one) > 1
    places = (f"{place}-north", f"{place}-south") if larger else (place,)
    return Area(
        municipality=one.code,
        name=one.name,
        intake=f"intake-{place}",
        care_centres=tuple(care_centre(each, contacts=3 if larger else 2) for each in places),
        weight=_weight(one),
        quick=0.70 + digits % 23 / 100,
        at_once=0.50 + digits % 29 / 100,
        district=district,
    )


def _weight(one: Municipality) -> float:
    if one.code.endswith("80"):
        return 5
    return 2 if one.code[2:] > "80" else 1


def _wards(seat: str, areas: int) -> tuple[Ward, ...]:
    """Return the wards: one of each speciality for every eight payers or part of them, and psychiatry."""
    hospitals = range(1, 2 + (areas - 1) // 8)
    somatic = (("medicine", 5), ("geriatrics", 4), ("orthopaedics", 4), ("surgery", 3), ("stroke", 2))
    return (
        *(Ward(f"ward-{seat}-{kind}-{number}", "somatic", weight) for number in hospitals for kind, weight in somatic),
        *(Ward(f"ward-{seat}-psychiatry-{number}", "psychiatric") for number in hospitals),
    )


def _table(name: str, row: _Row) -> str:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
    return f"\n[[{name}]]\n{lines}"


def _row(named: str, **more: str) -> _Row:
    return {"id": named, **more, "channel": f"mail-{named}"}


def _ward_rows(county: County) -> Iterator[_Row]:
    for ward in county.wards:
        yield _row(ward.id, kind="ward", hours="always", backup="ward-coordination", manager="manager-hospital")


def _outpatient_rows(county: County) -> Iterator[_Row]:
    for centre in county.care_centres:
        first = centre.contacts[0]
        yield _row(centre.id, kind="outpatient", hours="agreement", backup=first, manager=_manager(county, centre))


def _municipal_rows(county: County) -> Iterator[_Row]:
    for area in county.areas:
        place = area.intake.removeprefix("intake-")
        payer = {"municipality": area.municipality} | ({"district": area.district} if area.district else {})
        people = {"backup": f"stand-in-{place}", "manager": f"manager-{place}"}
        yield _row(area.intake, kind="municipal", **payer, hours="agreement", **people)


def _contact_rows(county: County) -> Iterator[_Row]:
    """Yield each fixed care contact with the next one of the same unit as its backup."""
    for centre in county.care_centres:
        following = (*centre.contacts[1:], centre.contacts[0])
        for contact, backup in zip(centre.contacts, following, strict=True):
            yield _row(contact, unit=centre.id, backup=backup)


def _deputy_rows(county: County) -> Iterator[_Row]:
    """Yield those who stand in for units, and the managers."""
    for area in county.areas:
        place = area.intake.removeprefix("intake-")
        yield _row(f"stand-in-{place}", hours="agreement")
        yield _row(f"manager-{place}", hours="weekdays 08:00-17:00")
    for manager in ("manager-hospital", "manager-primary-care", "manager-psychiatry"):
        yield _row(manager, hours="weekdays 08:00-17:00")
    yield _row("ward-coordination", hours="always")
    yield _row("operator-on-duty", hours="always")


def _manager(county: County, centre: CareCentre) -> str:
    return "manager-psychiatry" if centre in county.psychiatry else "manager-primary-care"


def _area_of_jamtland(code: str, name: str, *places: str, weight: float, quick: float, at_once: float) -> Area:
    return Area(
        municipality=code,
        name=name,
        intake=f"intake-{slug(name)}",
        care_centres=tuple(care_centre(place) for place in places),
        weight=weight,
        quick=quick,
        at_once=at_once,
    )


_PLAIN = str.maketrans("åäöéü ", "aaoeu-")

_HEAD = """\
# Written by hemgang for a simulated county: every unit is invented, every address ends in example.invalid.

[settings]
language = "sv"

[operator]
contact = "operator-on-duty"
"""

_IN_TOWN = ("ostersund-north", "ostersund-south", "ostersund-east", "ostersund-west")

_AREAS = (
    _area_of_jamtland("2303", "Ragunda", "ragunda", weight=6, quick=0.70, at_once=0.55),
    _area_of_jamtland("2305", "Bräcke", "bracke", weight=7, quick=0.86, at_once=0.65),
    _area_of_jamtland("2309", "Krokom", "krokom", "krokom-north", weight=12, quick=0.90, at_once=0.70),
    _area_of_jamtland("2313", "Strömsund", "stromsund", "stromsund-north", weight=11, quick=0.76, at_once=0.55),
    _area_of_jamtland("2321", "Åre", "are", weight=9, quick=0.92, at_once=0.75),
    _area_of_jamtland("2326", "Berg", "berg", weight=7, quick=0.88, at_once=0.65),
    _area_of_jamtland("2361", "Härjedalen", "harjedalen", "harjedalen-west", weight=10, quick=0.78, at_once=0.60),
    _area_of_jamtland("2380", "Östersund", *_IN_TOWN, weight=42, quick=0.84, at_once=0.60),
)
