"""Regions and payers by code or by name, as the official list of municipalities has them."""

from agreements.municipalities import municipalities
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import shown

_BEFORE, _AFTER = "region ", "regionen"


def region_code(text: str) -> str:
    """Return the two-digit county code of a region written as its code or its name, "Region" or not.

    Raises:
        WrongUse: there is no such region.
    """
    wanted = _plain(text)
    for municipality in municipalities().values():
        if wanted in {municipality.county, _plain(municipality.region)}:
            return municipality.county
    raise WrongUse(
        f"there is no region {shown(text)!r}; write a county code such as 23, or a name such as {_named('23')}"
    )


def region_name(code: str) -> str:
    """Return the region's name as the list has it, the code itself where it is not on the list."""
    return next((one.region for one in municipalities().values() if one.county == code), code)


def payer_code(text: str) -> str:
    """Return the payer's code: a municipality's code or name, in Stockholm city `0180/district`.

    Raises:
        WrongUse: the municipality is not on the list.
    """
    named, slash, district = text.partition("/")
    wanted = named.strip().casefold()
    for code, municipality in municipalities().items():
        if wanted in {code, municipality.name.casefold()}:
            return f"{code}{slash}{district}"
    raise WrongUse(f"there is no municipality {shown(text)!r}; write its four-digit code or its name")


def payer_name(payer: str) -> str:
    """Return a payer's code with its name where the list has one."""
    municipality = municipalities().get(payer.partition("/")[0])
    return f"{payer} {municipality.name}" if municipality else payer


def _named(code: str) -> str:
    return f'"{region_name(code).removeprefix("Region ")}"'


def _plain(name: str) -> str:
    """A region's name without what it may be written with or without: "Västra Götaland" is Västra Götalandsregionen."""
    text = " ".join(name.casefold().split()).removeprefix(_BEFORE)
    return text.removesuffix(_AFTER).removesuffix("s") if text.endswith(_AFTER) else text
