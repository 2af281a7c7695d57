"""What a reader may see: a region its own episodes, a municipality its own; without a scope, nothing."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import col

from hemgang.store.tables import DischargeRow


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

    def condition(self) -> ColumnElement[bool]:
        """Return the SQL condition that every query over discharges carries."""
        if self.everything:
            return true()
        seen = [col(DischargeRow.region).in_(sorted(self.regions))] if self.regions else []
        if self.payers:
            seen.append(col(DischargeRow.payer).in_(sorted(self.payers)))
        return or_(*seen) if seen else false()
