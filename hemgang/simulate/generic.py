"""A plan for any region, made from its municipalities in the official list (`agreements/municipalities.csv`).

Invented: municipalities whose code ends in 80 or more, the former cities, count as larger, and how quickly each takes
patients home follows from the digits of its code, so that it is the same in every run. Stockholm city pays by district
board: those of `agreements/payers.toml`, each with its dates.
"""

from dataclasses import replace
from datetime import date

from agreements.loader import load_payers
from agreements.municipalities import Municipality, municipalities
from agreements.payers import Payer
from hemgang.simulate.county import Area, County, Ward, care_centre, psychiatric_unit, slug
from hemgang.simulate.errors import SimulationError
from hemgang.simulate.jamtland import REGION, jamtland
from hemgang.simulate.ways import ways_of

STOCKHOLM_CITY = "0180"


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
    return County(region, areas, _wards(seat, len(areas)), (psychiatric_unit(seat),), ways_of(region))


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
