"""The agreements that are loaded, and which of them governs a region, a payer and a day (4.1)."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from agreements.citation import Citation, Cited
from agreements.clause import Clause
from agreements.errors import ParameterNotInForce, UnknownAgreement
from agreements.knowledge import clauses_known, values_known
from agreements.model import Agreement, Terms
from agreements.names import STATUTE
from agreements.spans import breakpoints_of
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
        suspended = (one.citation for one in self.agreement.suspensions)
        disputes = (one.citation for one in self.agreement.disputes)
        values = tuple(row.citation for rows in self.values.values() for row in rows)
        clauses = tuple(citation for clause in self.clauses for citation in clause.citations)
        return (*self.agreement.citations, *suspended, *disputes, *values, *clauses)

    def breakpoints(self) -> frozenset[date]:
        """Return the days on which anything of it begins, and those after which anything of it ends."""
        return breakpoints_of(self.agreement, self.values.values(), self.clauses)

    def approvals(self) -> Iterator[date]:
        """Yield each day on which something of it was approved, in no order."""
        rows = [(row.approved, row.end_approved) for rows in self.values.values() for row in rows]
        rows += [(clause.approved, clause.end_approved) for clause in self.clauses]
        days = (self.agreement.approved, *(day for row in rows for day in row))
        yield from (day for day in days if day is not None)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Every loaded agreement by name; `lus`, the statute, is always among them."""

    dated: Mapping[str, DatedAgreement]
    _composed: dict[tuple[str, int], Terms] = field(default_factory=dict, compare=False, repr=False)
    _edges: dict[str, tuple[date, ...]] = field(default_factory=dict, compare=False, repr=False)
    _known: dict[int, "Agreements"] = field(default_factory=dict, compare=False, repr=False)
    _approvals: tuple[date, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Gather the days of approval, which everything known on a day is told by."""
        approvals = sorted({day for dated in self.dated.values() for day in dated.approvals()})
        object.__setattr__(self, "_approvals", tuple(approvals))

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
        for dated in (self._dated(name), self._dated(STATUTE)):
            if not dated.agreement.in_force(on):
                raise _not_in_force(dated.agreement, on)
        key = (name, bisect_right(self._edges_of(name), on))
        if key not in self._composed:
            self._composed[key] = self._compose(name, on)
        return self._composed[key]

    def of_region(self, region: str) -> tuple[Agreement, ...]:
        """Return every agreement of a region, whenever it holds, by its first day; the statute is none's."""
        found = (dated.agreement for dated in self.dated.values() if dated.agreement.region == region)
        return tuple(sorted(found, key=lambda agreement: (agreement.valid_from, agreement.name)))

    def breakpoints(self, region: str) -> tuple[date, ...]:
        """Return the sorted dates on which anything of a region's agreements or the statute begins or has just ended.

        From one of them to the day before the next, `terms` and `governing` say the same for each payer of the region.
        """
        names = (STATUTE, *(agreement.name for agreement in self.of_region(region)))
        return tuple(sorted({edge for name in names for edge in self._edges_of(name)}))

    def ever_known(self) -> Iterator["Agreements"]:
        """Yield the agreements as they were known before the first approval, from each on, and now."""
        yield from (self.as_known_on(day) for day in (date.min, *self._approvals[:-1]))
        yield self

    def as_known_on(self, day: date) -> "Agreements":
        """Return the agreements as they were known on a day (what was approved on that day included).

        Left out are agreements, values and clauses approved later; where the end of a row was approved later, the row
        has no end known yet and runs as long as its agreement. What has no date of approval was always known.
        """
        known = bisect_right(self._approvals, day)
        if known == len(self._approvals):
            return self
        if known not in self._known:
            dated = {
                name: replace(one, values=values_known(one.values, day), clauses=clauses_known(one.clauses, day))
                for name, one in self.dated.items()
                if one.agreement.approved is None or one.agreement.approved <= day
            }
            self._known[known] = Agreements(dated=dated)
        return self._known[known]

    def _compose(self, name: str, on: date) -> Terms:
        own, statute = self._dated(name), self._dated(STATUTE)
        return compose(name, on, own=(own.values, own.clauses), statute=(statute.values, statute.clauses))

    def _edges_of(self, name: str) -> tuple[date, ...]:
        if name not in self._edges:
            edges = self._dated(name).breakpoints() | self._dated(STATUTE).breakpoints()
            self._edges[name] = tuple(sorted(edges))
        return self._edges[name]

    def _dated(self, name: str) -> DatedAgreement:
        if name not in self.dated:
            raise UnknownAgreement(name, known=self.names())
        return self.dated[name]


def _not_in_force(agreement: Agreement, on: date) -> ParameterNotInForce:
    until = "" if agreement.valid_to is None else f" to {agreement.valid_to.isoformat()}"
    dates = f"from {agreement.valid_from.isoformat()}{until}"
    return ParameterNotInForce(agreement=agreement.name, name="agreement", day=on, dates=dates)
