"""The agreements that are loaded, and which of them governs a region, a payer and a day (4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from agreements.citation import Citation, Cited
from agreements.clause import Clause
from agreements.errors import ParameterNotInForce, UnknownAgreement
from agreements.model import Agreement, Terms
from agreements.names import STATUTE
from agreements.terms import compose


@dataclass(frozen=True, slots=True)
class DatedAgreement:
    """An agreement with everything its file says: each value by name and date, and its clauses."""

    agreement: Agreement
    values: Mapping[str, tuple[Cited[object], ...]]
    clauses: tuple[Clause, ...]
    file: str

    def citations(self) -> tuple[Citation, ...]:
        """Return what every key of the file rests on, in the order head, values, clauses."""
        values = tuple(row.citation for rows in self.values.values() for row in rows)
        clauses = tuple(citation for clause in self.clauses for citation in clause.citations)
        return (*self.agreement.citations, *values, *clauses)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Every loaded agreement by name; `lus`, the statute, is always among them."""

    dated: Mapping[str, DatedAgreement]
    _composed: dict[tuple[str, date], Terms] = field(default_factory=dict, compare=False, repr=False)

    def names(self) -> tuple[str, ...]:
        """Return the names of all agreements, sorted."""
        return tuple(sorted(self.dated))

    def named(self, name: str) -> Agreement:
        """Return one agreement by its name.

        Raises:
            UnknownAgreement: no agreement has that name.
        """
        return self._dated(name).agreement

    def governing(self, region: str, on: date, payer: str | None = None) -> Agreement:
        """Return the agreement that holds for a region on a day.

        The region's own where it is in force and binds the payer, if one is given; else the statute.

        Raises:
            ParameterNotInForce: the day lies before the statute.
        """
        for dated in self.dated.values():
            agreement = dated.agreement
            bound = agreement.region == region and (payer is None or agreement.binds(payer))
            if bound and agreement.in_force(on):
                return agreement
        statute = self.named(STATUTE)
        if not statute.in_force(on):
            raise _not_in_force(statute, on)
        return statute

    def terms(self, region: str, on: date, payer: str | None = None) -> Terms:
        """Return all values that hold for a region on a day; the statute's where the agreement is silent.

        Raises:
            ParameterNotInForce: the day lies before the statute.
        """
        return self.terms_of(self.governing(region, on, payer).name, on)

    def terms_of(self, name: str, on: date) -> Terms:
        """Return all values of one agreement on a day; the statute's where it is silent.

        Raises:
            UnknownAgreement: no agreement has that name.
            ParameterNotInForce: the agreement, or a value of it, does not hold on the day.
        """
        key = (name, on)
        if key not in self._composed:
            self._composed[key] = self._compose(name, on)
        return self._composed[key]

    def _compose(self, name: str, on: date) -> Terms:
        own, statute = self._dated(name), self._dated(STATUTE)
        for dated in (own, statute):
            if not dated.agreement.in_force(on):
                raise _not_in_force(dated.agreement, on)
        return compose(name, on, own=(own.values, own.clauses), statute=(statute.values, statute.clauses))

    def _dated(self, name: str) -> DatedAgreement:
        if name not in self.dated:
            raise UnknownAgreement(name, known=self.names())
        return self.dated[name]


def _not_in_force(agreement: Agreement, on: date) -> ParameterNotInForce:
    until = "" if agreement.valid_to is None else f" to {agreement.valid_to.isoformat()}"
    dates = f"from {agreement.valid_from.isoformat()}{until}"
    return ParameterNotInForce(agreement=agreement.name, name="agreement", day=on, dates=dates)
