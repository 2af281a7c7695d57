"""Agreements as a user names them to compare: NAME, NAME@DATE, or `actual` for what really governs."""

from collections.abc import Sequence
from datetime import date

from agreements.register import Agreements
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import note, shown
from hemgang.cli.views.moments import read_date
from hemgang.outlook.imagined import ACTUAL, World, as_if, nearest_day


def worlds_of(words: Sequence[str], agreements: Agreements, *, region: str, wanted: date) -> list[World]:
    """Return what each word names, as if it governed the region at all times.

    Without a date the terms are those of `wanted`, or of the agreement's nearest day, which is remarked on.

    Raises:
        WrongUse: a date is none, or no agreement is named.
        UnknownAgreement: there is no agreement of a name.
        ParameterNotInForce: it does not hold on the date that was written.
        NoClause: it has no clause of its own on the day.
    """
    return [_world(word, agreements, region=region, wanted=wanted) for word in words]


def world_json(world: World) -> dict[str, object]:
    """Return the world as JSON names it; `date` is null for what really governs."""
    return {"name": world.name, "date": world.on.isoformat() if world.on else None}


def _world(word: str, agreements: Agreements, *, region: str, wanted: date) -> World:
    name, at, day = word.partition("@")
    if name == ACTUAL:
        if at:
            raise WrongUse(f"--agreement: {ACTUAL} takes no date; it is what really governs")
        return World(ACTUAL, None, agreements)
    if not name or name not in agreements.dated:
        known = ", ".join((*agreements.names(), ACTUAL))
        raise WrongUse(f"--agreement: there is no agreement {shown(name)!r}; known are {known}")
    on = read_date(day, "--agreement") if at else nearest_day(agreements.named(name), wanted)
    if not at and on != wanted:
        note(f"{name} does not hold on {wanted}; its terms are those of {on}")
    return World(name, on, as_if(agreements, name, on=on, region=region))
