"""Who sees what: a region its own, a municipality its own, and a forgotten scope nothing."""

import pytest

from hemgang.scope import Scope

PLACES: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "e1": ("23", ("2380",)),
    "e2": ("23", ("2326",)),
    "e3": ("01", ("0180/09",)),
    "e4": (None, ()),
    "e5": ("14", ("1480", "2303")),
}


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), []),
        (Scope.of(), []),
        (Scope.of(regions=("23",)), ["e1", "e2"]),
        (Scope.of(payers=("2326",)), ["e2"]),
        (Scope.of(payers=("0180",)), []),
        (Scope.of(payers=("0180/09",)), ["e3"]),
        (Scope.of(regions=("01",), payers=("2380",)), ["e1", "e3"]),
        (Scope.of(regions=("2%",)), []),
        (Scope.of(payers=("1480",)), ["e5"]),
        (Scope.of(payers=("2303",)), ["e5"]),
        (Scope.operator(), ["e1", "e2", "e3", "e4", "e5"]),
    ],
)
def test_a_scope_shows_its_own(scope: Scope, seen: list[str]) -> None:
    assert [episode for episode, (region, payers) in PLACES.items() if scope.shows(region, payers)] == seen
