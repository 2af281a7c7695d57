"""Composes the terms of a day: an agreement's values and clauses, the statute's where it is silent (4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from agreements.citation import Cited
from agreements.clause import Clause
from agreements.errors import ParameterNotInForce
from agreements.filling import filled
from agreements.model import GateTerms, Hours, Policy, Terms
from agreements.names import STATUTE
from calendars.staffing import StaffingRule

T = TypeVar("T")

Values = Mapping[str, tuple[Cited[object], ...]]
Content = tuple[Values, tuple[Clause, ...]]


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


def clauses_on(on: date, *, own: tuple[Clause, ...], statute: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the agreement's clauses in force, and the statute's for the care and ages that none of them is for."""
    chosen = tuple(clause for clause in own if holds(clause, on))
    return (*chosen, *filled(chosen, tuple(clause for clause in statute if holds(clause, on))))


def holds(clause: Clause, on: date) -> bool:
    """Tell whether a clause holds on a day (first and last day included)."""
    begun = clause.valid_from is None or clause.valid_from <= on
    return begun and (clause.valid_to is None or on <= clause.valid_to)


def _dates(rows: tuple[Cited[object], ...]) -> str:
    spans = (f"from {row.valid_from}{'' if row.valid_to is None else f' to {row.valid_to}'}" for row in rows)
    return ", ".join(spans) or "nowhere"
