"""The synthetic county of the demo: the eight municipalities of Jämtland Härjedalen around one hospital.

The weights follow the municipalities' sizes roughly. Everything else is invented: how quickly each takes patients home
says nothing about the real municipality of that name. The values lie between Example 2 of the county's agreement (001:
20 of 30 on day 0, 5 on day 1) and Example 1 (10 and 10), so that some reach three in four and some do not.
"""

from hemgang.simulate.county import Area, County, Ward, care_centre, psychiatric_unit, slug

REGION = "23"


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


def _area(code: str, name: str, *places: str, weight: float, quick: float, at_once: float) -> Area:
    return Area(
        municipality=code,
        name=name,
        intake=f"intake-{slug(name)}",
        care_centres=tuple(care_centre(place) for place in places),
        weight=weight,
        quick=quick,
        at_once=at_once,
    )


_IN_TOWN = ("ostersund-north", "ostersund-south", "ostersund-east", "ostersund-west")

_AREAS = (
    _area("2303", "Ragunda", "ragunda", weight=6, quick=0.70, at_once=0.55),
    _area("2305", "Bräcke", "bracke", weight=7, quick=0.86, at_once=0.65),
    _area("2309", "Krokom", "krokom", "krokom-north", weight=12, quick=0.90, at_once=0.70),
    _area("2313", "Strömsund", "stromsund", "stromsund-north", weight=11, quick=0.76, at_once=0.55),
    _area("2321", "Åre", "are", weight=9, quick=0.92, at_once=0.75),
    _area("2326", "Berg", "berg", weight=7, quick=0.88, at_once=0.65),
    _area("2361", "Härjedalen", "harjedalen", "harjedalen-west", weight=10, quick=0.78, at_once=0.60),
    _area("2380", "Östersund", *_IN_TOWN, weight=42, quick=0.84, at_once=0.60),
)
