"""What the page of the command line documents, and the comparison of a result with it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.cli.running import ROOT

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])


def differences(documented: Any, found: Any, place: str) -> list[str]:
    """Return where a result has other keys or types than the documented one, or leaves a list of it without proof."""
    unproved = _filled(documented, place) - _filled(found, place)
    return [*_unlike(documented, found, place), *(f"{place}: nothing found to compare" for place in sorted(unproved))]


def _unlike(documented: Any, found: Any, place: str) -> Iterator[str]:
    if isinstance(documented, dict) and isinstance(found, dict):
        if documented.keys() != found.keys():
            yield f"{place}: {sorted(documented.keys() ^ found.keys())}"
        for key in documented.keys() & found.keys():
            yield from _unlike(documented[key], found[key], f"{place}.{key}")
    elif isinstance(documented, list) and isinstance(found, list):
        for one in found if documented else ():
            yield from _unlike(documented[0], one, f"{place}[]")
    elif documented is not None and found is not None and type(documented) is not type(found):
        yield f"{place}: {type(found).__name__} instead of {type(documented).__name__}"


def _filled(value: Any, place: str) -> set[str]:
    """Return the places of lists that have something in them."""
    if isinstance(value, dict):
        return {inner for key, one in value.items() for inner in _filled(one, f"{place}.{key}")}
    if isinstance(value, list) and value:
        return {place} | {inner for one in value for inner in _filled(one, f"{place}[]")}
    return set()


def documented(name: str) -> Any:
    """Return the JSON that a section shows."""
    return json.loads(SECTIONS[name].partition("```json\n")[2].partition("```")[0])
