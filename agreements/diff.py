"""What one agreement says differently on two days, or two agreements on one, value by value with its clause."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agreements.model import Ages, Charge, ChargeKind, Citation, Cited, Clause, Gate, GateKind, Hours, Terms, Threshold
from agreements.registry import Agreements
from calendars.staffing import StaffingRule

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Worded:
    """A value in words with what it rests on; `citation` is None where the file gives none, as for `care`."""

    value: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """A value, or a key of a clause ("<id>.<key>"), that is not the same; None on the side that does not have it."""

    name: str
    before: Worded | None
    after: Worded | None


def changed_terms(agreements: Agreements, name: str, before: date, after: date) -> tuple[ChangedTerm, ...]:
    """Return what one agreement says differently on two days, the statute's values where it is silent.

    Raises:
        UnknownAgreement: no agreement has that name.
        ParameterNotInForce: it does not hold on one of the days.
    """
    return differences(agreements.terms_of(name, before), agreements.terms_of(name, after))


def differences(first: Terms, second: Terms) -> tuple[ChangedTerm, ...]:
    """Return each value or key of a clause that two terms do not have the same, in the order of the first."""
    own, other = dict(_worded(first)), dict(_worded(second))
    return tuple(
        ChangedTerm(name, own.get(name), other.get(name))
        for name in {**own, **other}
        if _value(own.get(name)) != _value(other.get(name))
    )


def said(value: object) -> str:
    """Return a value in words."""
    match value:
        case bool():
            return "yes" if value else "no"
        case StaffingRule():
            return _rule(value)
        case Hours():
            return f"{value.opens:%H:%M}–{value.closes:%H:%M}"
        case time():
            return f"{value:%H:%M}"
        case Threshold():
            return _threshold(value)
        case Ages():
            return _ages(value)
        case _:
            return "none" if value is None else str(value)


def values_of(terms: Terms) -> Iterator[tuple[str, Cited[Any]]]:
    """Yield every value of the terms by name, those of the conditions on the single patient too."""
    for holder in (terms, terms.gates):
        for one in fields_of(holder):
            value = getattr(holder, one.name)
            if isinstance(value, Cited):
                yield one.name, value


def clause_keys(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield each key of a clause with its value in words, as the file names it; keys its kinds do not have are not."""
    yield "care", ", ".join(clause.care) or "all"
    yield "ages", said(clause.ages)
    yield "gate", clause.gate.kind.value
    yield from gate_keys(clause.gate)
    yield "charge", clause.charge.kind.value
    yield from charge_keys(clause.charge)
    yield "cutoff", said(clause.cutoff)
    yield "ends_counted", ", ".join(clause.ends_counted)
    yield "open_counted", said(clause.open_counted)
    yield "attribution", clause.attribution.value


def gate_keys(gate: Gate) -> Iterator[tuple[str, str]]:
    """Yield what a gate has beside its kind."""
    match gate.kind:
        case GateKind.ALWAYS | GateKind.JOINT_DECISION:
            return
        case GateKind.SHARE_BELOW:
            yield "within_days", said(gate.within_days)
            yield "min_share", said(gate.min_share)
        case GateKind.MEAN_ABOVE:
            yield "threshold", said(gate.threshold)
        case GateKind.CONSECUTIVE_MEAN_ABOVE:
            yield "threshold", said(gate.threshold)
            yield "months", said(gate.months)
    yield "gate_cutoff", said(gate.cutoff)
    if gate.population is not None:
        yield "include_zero_days", said(gate.population.include_zero_days)
        yield "status", gate.population.status or "any"
        yield "includes_individually_charged", said(gate.population.includes_individually_charged)


def charge_keys(charge: Charge) -> Iterator[tuple[str, str]]:
    """Yield what a charge has beside its kind."""
    match charge.kind:
        case ChargeKind.NONE:
            return
        case ChargeKind.INDIVIDUAL:
            yield "free_care_days", said(charge.free_care_days)
            yield "free_unit", charge.unit.value
        case ChargeKind.MEAN_EXCESS:
            yield "mean_decimals", said(charge.mean_decimals)


def _value(worded: Worded | None) -> str | None:
    return None if worded is None else worded.value


def _worded(terms: Terms) -> Iterator[tuple[str, Worded]]:
    for name, cited in values_of(terms):
        yield name, Worded(said(cited.value), cited.citation)
    seen: dict[str, int] = {}
    for clause in terms.clauses:
        seen[clause.id] = seen.get(clause.id, 0) + 1
        identity = clause.id if seen[clause.id] == 1 else f"{clause.id} {seen[clause.id]}"
        for key, value in clause_keys(clause):
            yield f"{identity}.{key}", Worded(value, _citation(clause, key))


def _citation(clause: Clause, key: str) -> Citation | None:
    try:
        return clause.citation(key)
    except KeyError:
        return None


def _rule(rule: StaffingRule) -> str:
    words = "around the clock"
    if not rule.around_the_clock:
        words = f"working days {rule.opens:%H:%M}–{rule.closes:%H:%M}"
        words += " and the third day of a long holiday" if rule.third_day else ""
    if rule.added:
        words += f", with hours of their own on {_days(added.day for added in rule.added)}"
    if rule.removed:
        words += f", without {_days(rule.removed)}"
    return words


def _days(days: Iterable[date]) -> str:
    *others, last = [f"{_WEEKDAYS[day.weekday()]} {day}" for day in days]
    return f"{', '.join(others)} and {last}" if others else last


def _threshold(threshold: Threshold) -> str:
    of_county = f"county mean of {threshold.county_mean_of}"
    if threshold.value is None:
        return of_county
    number = _number(threshold.value)
    return f"{number} ({of_county})" if threshold.county_mean_of else number


def _number(value: Fraction) -> str:
    """A decimal number where it is one, else a fraction."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return str(value) if rest > 1 else f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def _ages(ages: Ages) -> str:
    if ages.last is None:
        return f"{ages.first} or more" if ages.first else "all"
    return f"{ages.first}–{ages.last}"
