"""The plan of a county as data: who lies where, who takes over, and who pays; all of it invented.

Unit and contact ids are those of the directory that `hemgang.simulate.directory_text` writes (specification 3.5).
"""

from dataclasses import dataclass
from datetime import date

from hemgang.simulate.ways import EVERYWHERE, Ways


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
    ways: Ways = EVERYWHERE

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


_PLAIN = str.maketrans("åäöéü ", "aaoeu-")
