"""Writes the directory (katalog) of a simulated county as TOML: one mailbox for every unit, contact and manager.

Specification 3.5. Every address ends in example.invalid and goes to one mail server, the demo's own.
"""

import json
from collections.abc import Iterator

from hemgang.simulate.county import CareCentre, County
from hemgang.simulate.jamtland import jamtland

Row = dict[str, str]


def demo_directory(mail_host: str, mail_port: int) -> str:
    """Return the directory of the demo's county, Jämtland Härjedalen, with mail going to this server."""
    return directory_text(jamtland(), mail_host=mail_host, mail_port=mail_port)


def directory_text(county: County, *, mail_host: str, mail_port: int) -> str:
    """Return the directory of a county's plan as TOML, with mail going to this server."""
    units = [*_wards(county), *_outpatient(county), *_municipal(county)]
    contacts = [*_care_contacts(county), *_standing_in(county)]
    boxes = [row["channel"].removeprefix("mail-") for row in (*units, *contacts)]
    server = f"{mail_host}:{mail_port}"
    channels = [
        {"id": f"mail-{box}", "url": f"mailto://{server}?from=hemgang@example.invalid&to={box}@example.invalid"}
        for box in boxes
    ]
    tables = (("unit", units), ("contact", contacts), ("channel", channels))
    return _HEAD + "".join(_table(name, row) for name, rows in tables for row in rows)


_HEAD = """\
# Written by hemgang for a simulated county: every unit is invented, every address ends in example.invalid.

[settings]
language = "sv"

[operator]
contact = "operator-on-duty"
"""


def _table(name: str, row: Row) -> str:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
    return f"\n[[{name}]]\n{lines}"


def _row(named: str, **more: str) -> Row:
    return {"id": named, **more, "channel": f"mail-{named}"}


def _wards(county: County) -> Iterator[Row]:
    for ward in county.wards:
        yield _row(ward.id, kind="ward", hours="always", backup="ward-coordination", manager="manager-hospital")


def _outpatient(county: County) -> Iterator[Row]:
    for centre in county.care_centres:
        first = centre.contacts[0]
        yield _row(centre.id, kind="outpatient", hours="agreement", backup=first, manager=_manager(county, centre))


def _municipal(county: County) -> Iterator[Row]:
    for area in county.areas:
        place = area.intake.removeprefix("intake-")
        payer = {"municipality": area.municipality} | ({"district": area.district} if area.district else {})
        people = {"backup": f"stand-in-{place}", "manager": f"manager-{place}"}
        yield _row(area.intake, kind="municipal", **payer, hours="agreement", **people)


def _care_contacts(county: County) -> Iterator[Row]:
    """Yield each fixed care contact with the next one of the same unit as its backup."""
    for centre in county.care_centres:
        following = (*centre.contacts[1:], centre.contacts[0])
        for contact, backup in zip(centre.contacts, following, strict=True):
            yield _row(contact, unit=centre.id, backup=backup)


def _standing_in(county: County) -> Iterator[Row]:
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
