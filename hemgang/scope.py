"""What a reader may see: a region its own episodes, a municipality its own; without a scope, nothing (6)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The regions and payers whose episodes may be seen; empty by default, which shows nothing."""

    regions: frozenset[str] = frozenset()
    payers: frozenset[str] = frozenset()
    everything: bool = False

    @classmethod
    def of(cls, *, regions: tuple[str, ...] = (), payers: tuple[str, ...] = ()) -> "Scope":
        """Return a scope over the given county codes and payers."""
        return cls(frozenset(regions), frozenset(payers))

    @classmethod
    def operator(cls) -> "Scope":
        """Return the scope of whoever runs the installation."""
        return cls(everything=True)

    def shows(self, region: str | None, payers: Iterable[str]) -> bool:
        """Whether an episode of a region, with every payer it has had, may be seen.

        >>> Scope.of(payers=("2380",)).shows("23", ("2326", "2380")), Scope().shows("23", ("2380",))
        (True, False)
        """
        return self.everything or region in self.regions or not self.payers.isdisjoint(payers)
