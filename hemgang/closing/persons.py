"""Four eyes: what takes two persons is never done by one, however the name is written."""

from collections.abc import Iterable


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same but for case, spaces and points.

    >>> same_person("A. Ek", " a.ek")
    True
    """
    return plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    """Return a name as it is compared: its letters and digits only, without case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def another(by: str, names: Iterable[str]) -> str | None:
    """Return the first of the names that is somebody else, None where there is none."""
    return next((name for name in names if plain_name(name) and not same_person(by, name)), None)
