"""The agreements that are loaded: which governs a region, payer and day, and the terms that it gives (4.1).

Where an agreement is silent the statute's values and clauses fill in. What was approved after a day is left out of what
was known on it. Between two breakpoints the terms are the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from agreements.fields import CARE_KINDS, STATUTE
from agreements.model import Ages, Agreement, Citation, Cited, Clause, GateTerms, Hours, Policy, Terms
from agreements.tomlfile import ParameterNotInForce, UnknownAgreement
from calendars.staffing import StaffingRule


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
                name: replace(one, values=values_as_known(one.values, day), clauses=clauses_as_known(one.clauses, day))
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


T = TypeVar("T")

Values = Mapping[str, tuple[Cited[object], ...]]
Content = tuple[Values, tuple[Clause, ...]]


@dataclass(frozen=True, slots=True)
class _Pick:
    """Finds a value: the agreement's if it states one, else the statute's; outside its dates that fails."""

    agreement: str
    on: date
    own: Values
    statute: Values

    def states(self, name: str) -> bool:
        return name in self.own or name in self.statute

    def value(self, name: str, kind: type[T]) -> Cited[T]:
        agreement = self.agreement if name in self.own else STATUTE
        rows = self.own[name] if name in self.own else self.statute.get(name, ())
        row = row_on(rows, self.on)
        if row is None:
            raise ParameterNotInForce(agreement=agreement, name=name, day=self.on, dates=_dates(rows))
        if not isinstance(row.value, kind):
            raise TypeError(f"{agreement}: {name} is {row.value!r}, expected {kind.__name__}")
        return Cited(row.value, row.citation, row.valid_from, row.valid_to, row.approved, row.end_approved)


Dated = TypeVar("Dated", Cited[object], Clause)

ONE_DAY = timedelta(days=1)


def compose(name: str, on: date, *, own: Content, statute: Content) -> Terms:
    """Return the terms of an agreement on a day (dates of values included at both ends).

    Raises:
        ParameterNotInForce: a value is stated, but not for that day.
    """
    pick = _Pick(agreement=name, on=on, own=own[0], statute=statute[0])
    return Terms(
        agreement=name,
        admission_notice_within_hours=pick.value("admission_notice_within_hours", int),
        planning=pick.value("planning", StaffingRule),
        planning_response_hours=pick.value("planning_response_hours", int),
        care_contact_before_discharge=pick.value("care_contact_before_discharge", bool),
        sip_call_within_days=pick.value("sip_call_within_days", int),
        sip_established_within_days=pick.value("sip_established_within_days", int),
        discharge_information_same_day=pick.value("discharge_information_same_day", bool),
        discharge_hours=pick.value("discharge_hours", Hours) if pick.states("discharge_hours") else None,
        gates=_gates(pick),
        clauses=clauses_on(on, own=own[1], statute=statute[1]),
        amount_kr=pick.value("amount_kr", Decimal) if pick.states("amount_kr") else None,
    )


def row_on(rows: tuple[Cited[object], ...], on: date) -> Cited[object] | None:
    """Return the row that holds on a day (first and last day included), or None."""
    for row in rows:
        if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
            return row
    return None


def clauses_on(on: date, *, own: tuple[Clause, ...], statute: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the agreement's clauses in force, and the statute's for the care and ages that none of them is for."""
    chosen = tuple(clause for clause in own if clause_in_force(clause, on))
    return (*chosen, *statute_gaps(chosen, tuple(clause for clause in statute if clause_in_force(clause, on))))


def clause_in_force(clause: Clause, on: date) -> bool:
    """Tell whether a clause holds on a day (first and last day included)."""
    begun = clause.valid_from is None or clause.valid_from <= on
    return begun and (clause.valid_to is None or on <= clause.valid_to)


def statute_gaps(chosen: tuple[Clause, ...], statute: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the statute's clauses, each narrowed to the care kinds and ages that no chosen clause is for.

    A narrowed clause keeps its id and its citations, so that it still says that the statute is behind it.
    """
    return tuple(piece for clause in statute for piece in _pieces(clause, chosen))


def values_as_known(values: Values, day: date) -> Values:
    """Return the rows of the values known on a day; a value of which no row was known is left out."""
    known = {name: tuple(_known(rows, day)) for name, rows in values.items()}
    return {name: rows for name, rows in known.items() if rows}


def clauses_as_known(clauses: tuple[Clause, ...], day: date) -> tuple[Clause, ...]:
    """Return the clauses known on a day."""
    return tuple(_known(clauses, day))


def breakpoints_of(
    agreement: Agreement, values: Iterable[tuple[Cited[object], ...]], clauses: Iterable[Clause]
) -> frozenset[date]:
    """Return the first day of the agreement and of each row and suspension of it, and the day after each last one."""
    spans: list[tuple[date | None, date | None]] = [(agreement.valid_from, agreement.valid_to)]
    spans += ((one.valid_from, one.valid_to) for one in agreement.suspensions)
    spans += ((row.valid_from, row.valid_to) for rows in values for row in rows)
    spans += ((clause.valid_from, clause.valid_to) for clause in clauses)
    return frozenset(edge for first, last in spans for edge in _edges(first, last))


def _not_in_force(agreement: Agreement, on: date) -> ParameterNotInForce:
    until = "" if agreement.valid_to is None else f" to {agreement.valid_to.isoformat()}"
    dates = f"from {agreement.valid_from.isoformat()}{until}"
    return ParameterNotInForce(agreement=agreement.name, name="agreement", day=on, dates=dates)


def _gates(pick: _Pick) -> GateTerms:
    return GateTerms(
        late_admission_notice=pick.value("late_admission_notice", Policy),
        late_sip_call=pick.value("late_sip_call", Policy),
        unknown_sip_need=pick.value("unknown_sip_need", Policy),
        unknown_outpatient_care=pick.value("unknown_outpatient_care", Policy),
        fixed_care_contact_required=pick.value("fixed_care_contact_required", bool),
        population_requires_gates=pick.value("population_requires_gates", bool),
        leave_days_count=pick.value("leave_days_count", bool),
    )


def _dates(rows: tuple[Cited[object], ...]) -> str:
    spans = (f"from {row.valid_from}{'' if row.valid_to is None else f' to {row.valid_to}'}" for row in rows)
    return ", ".join(spans) or "nowhere"


def _pieces(clause: Clause, chosen: tuple[Clause, ...]) -> Iterator[Clause]:
    """One clause for each range of ages, with the care kinds whose same range is left open."""
    covered = tuple(care for care in CARE_KINDS if clause.covers(care, clause.ages.first))
    open_for: dict[Ages, tuple[str, ...]] = {}
    for care in covered:
        for ages in _open(clause.ages, tuple(one.ages for one in chosen if not one.care or care in one.care)):
            open_for[ages] = (*open_for.get(ages, ()), care)
    for ages, care_kinds in open_for.items():
        if ages == clause.ages and care_kinds == covered:
            yield clause
        else:
            yield replace(clause, care=care_kinds, ages=ages)


def _open(whole: Ages, taken: tuple[Ages, ...]) -> Iterator[Ages]:
    """The ranges of ages of the whole that none of the taken ones holds, the youngest first."""
    first = whole.first
    for one in sorted(taken, key=lambda ages: ages.first):
        if whole.last is not None and one.first > whole.last:
            break
        if one.first > first:
            yield Ages(first, one.first - 1)
        if one.last is None:
            return
        first = max(first, one.last + 1)
    if whole.last is None or first <= whole.last:
        yield Ages(first, whole.last)


def _known(rows: tuple[Dated, ...], day: date) -> Iterator[Dated]:
    for row in rows:
        if row.approved is not None and row.approved > day:
            continue
        if row.end_approved is not None and row.end_approved > day:
            yield replace(row, valid_to=None, end_approved=None)
        else:
            yield row


def _edges(first: date | None, last: date | None) -> Iterator[date]:
    if first is not None:
        yield first
    if last is not None and last < date.max:
        yield last + ONE_DAY
