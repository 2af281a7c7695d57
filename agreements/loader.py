"""Agreement files read into typed, dated values, with every fault of every file told at once (4.1, 4.2).

A file has an [agreement] table (who is bound, and when), and [[value]], [[clause]], [[suspended]] and [[dispute_step]]
tables, each with its citation. A clause is gate x charge; `_GATE_DETAILS` and `_CHARGE_DETAILS` name the keys of each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from agreements.fields import (
    MATTERS,
    STATUTE,
    VALUES,
    AgesShape,
    ApprovalsShape,
    CareKinds,
    CitationShape,
    CitedShape,
    ClockOrNone,
    CountedEnds,
    CountyCode,
    DatesShape,
    Day,
    Decimals,
    DischargeStatus,
    Matter,
    MonthsInARow,
    MunicipalityCodes,
    Share,
    Text,
    ThresholdValue,
    Truth,
    ValueShape,
    WholeNumber,
    one_of,
)
from agreements.model import (
    Ages,
    Agreement,
    Attribution,
    Charge,
    ChargeKind,
    Citation,
    Cited,
    Clause,
    DayUnit,
    DisputeStep,
    Gate,
    GateKind,
    Population,
    Suspension,
)
from agreements.payers import PAYERS_FILE, Payers, no_payers, read_payers
from agreements.rates import RATES_FILE, Rates, read_rates
from agreements.registry import Agreements, DatedAgreement
from agreements.tomlfile import (
    SHIPPED,
    UNREADABLE,
    AgreementFileError,
    Faults,
    Problem,
    TableShape,
    TomlFile,
    read_toml,
    title_of,
)
from agreements.validation import check, consistency, coverage, payer_problems

T = TypeVar("T")


def load_agreements(folder: Path | None = None) -> Agreements:
    """Load every agreement of a folder (None = the shipped one, read once) and check its dates.

    Raises:
        AgreementFileError: files cannot be read, tables are wrong, dates leave a gap or overlap, or rows do not fit
            each other; it holds every fault of every file, or else every one of the dates.
    """
    return _shipped() if folder is None else _load(folder)


def read_agreements(folder: Path) -> Agreements:
    """Read every agreement of a folder without checking its dates; `agreements.validation` lists what is amiss.

    Raises:
        AgreementFileError: files cannot be read, or tables in them are wrong; it holds every fault of every file.
    """
    paths = sorted(path for path in folder.glob("*.toml") if path.name not in (RATES_FILE, PAYERS_FILE))
    dated: dict[str, DatedAgreement] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            dated[path.stem] = _read_file(read_toml(path))
        except AgreementFileError as wrong:
            problems += wrong.problems
    if all(path.stem != STATUTE for path in paths):
        problems.append(Problem(UNREADABLE, str(folder / f"{STATUTE}.toml"), "file", "is missing; it is the statute"))
    if problems:
        raise AgreementFileError(*problems)
    return Agreements(dated=dated)


def load_rates(folder: Path | None = None) -> Rates:
    """Load the amounts a care day from a folder's `rates.toml` (None = the shipped one, read once).

    Raises:
        AgreementFileError: the file cannot be read, or rows are wrong, or a year stands twice.
    """
    return _shipped_rates() if folder is None else read_rates(folder / RATES_FILE)


def load_payers(folder: Path | None = None) -> Payers:
    """Load the listed payers of a folder (None = the shipped ones, read once); a folder without a list has none.

    Raises:
        AgreementFileError: the file cannot be read, rows are wrong, or a successor is not there.
    """
    return _shipped_payers() if folder is None else _load_payers(folder)


@dataclass(frozen=True, slots=True)
class Examination:
    """What could be read of a folder, None where a file is wrong, and everything that is amiss with it."""

    agreements: Agreements | None
    rates: Rates | None
    payers: Payers | None
    problems: tuple[Problem, ...]


def examine(folder: Path | None = None, *, sources: Mapping[str, str]) -> Examination:
    """Read a folder (None = the shipped one) and list all that is amiss with agreements, amounts and payers.

    `sources`: as for `agreements.validation.check`. A folder without amounts of its own has the shipped ones.
    """
    place = SHIPPED if folder is None else folder
    problems: list[Problem] = []

    def read(reader: Callable[[Path], T], path: Path) -> T | None:
        try:
            return reader(path)
        except AgreementFileError as wrong:
            problems.extend(wrong.problems)
            return None

    agreements = read(read_agreements, place)
    rates = read(read_rates, (place if (place / RATES_FILE).exists() else SHIPPED) / RATES_FILE)
    payers = read(_payers_of, place)
    problems += check(agreements, sources=sources, rates=rates, payers=payers)
    return Examination(agreements, rates, payers, tuple(problems))


@cache
def _shipped() -> Agreements:
    return _load(SHIPPED)


def _load(folder: Path) -> Agreements:
    agreements = read_agreements(folder)
    problems = (*coverage(agreements), *consistency(agreements))
    if problems:
        raise AgreementFileError(*problems)
    return agreements


@cache
def _shipped_payers() -> Payers:
    return _load_payers(SHIPPED)


def _load_payers(folder: Path) -> Payers:
    payers = _payers_of(folder)
    problems = payer_problems(payers)
    if problems:
        raise AgreementFileError(*problems)
    return payers


def _payers_of(folder: Path) -> Payers:
    path = folder / PAYERS_FILE
    return read_payers(path) if path.exists() else no_payers(folder)


@cache
def _shipped_rates() -> Rates:
    return read_rates(SHIPPED / RATES_FILE)


_TABLES = ("agreement", "value", "clause", "suspended", "dispute_step")
_MEAN_GATES = (GateKind.MEAN_ABOVE, GateKind.CONSECUTIVE_MEAN_ABOVE)
_POPULATION = ("gate_cutoff", "include_zero_days", "status", "includes_individually_charged")
_GATE_DETAILS: Mapping[GateKind, tuple[str, ...]] = {
    GateKind.ALWAYS: (),
    GateKind.JOINT_DECISION: (),
    GateKind.SHARE_BELOW: ("within_days", "min_share", *_POPULATION),
    GateKind.MEAN_ABOVE: ("threshold", *_POPULATION),
    GateKind.CONSECUTIVE_MEAN_ABOVE: ("months", "threshold", *_POPULATION),
}
_CHARGE_DETAILS: Mapping[ChargeKind, tuple[str, ...]] = {
    ChargeKind.NONE: (),
    ChargeKind.INDIVIDUAL: ("free_care_days", "free_unit"),
    ChargeKind.MEAN_EXCESS: ("mean_decimals",),
}


class _AgreementShape(TableShape):
    """The statute's [agreement] table."""

    title: Text
    version: Text
    source: Text
    valid_from: CitedShape[Day]
    valid_to: CitedShape[Day] | None = None
    parties: CitedShape[MunicipalityCodes] | None = None
    fallback: CitedShape[Annotated[Literal["lus"], Field(description=f'must be "{STATUTE}"')]] | None = None

    @field_validator("valid_to")
    @classmethod
    def _not_before_the_first(cls, last: CitedShape[Day] | None, info: ValidationInfo) -> CitedShape[Day] | None:
        first = info.data.get("valid_from")
        if last is not None and first is not None and last.value < first.value:
            raise ValueError("comes before valid_from")
        return last


class _RegionalShape(_AgreementShape):
    """The [agreement] table of a region's agreement."""

    region: CountyCode
    approved: CitedShape[Day] | None = None


class _SuspendedShape(CitationShape, DatesShape):
    """One [[suspended]] row."""


class _DisputeShape(CitationShape):
    """One [[dispute_step]] row."""

    number: WholeNumber
    matter: Annotated[Matter, Field(description=f"must be one of {', '.join(MATTERS)}")]
    who: Text
    within_days: WholeNumber | None = None


class _ClauseShape(ApprovalsShape):
    """One [[clause]]; the keys of its gate and of its charge are in the order in which they are cited."""

    id: Text
    name: Text
    care: CareKinds | None = None
    gate: CitedShape[Annotated[GateKind, one_of(GateKind)]]
    within_days: CitedShape[WholeNumber] | None = None
    min_share: CitedShape[Share] | None = None
    months: CitedShape[MonthsInARow] | None = None
    threshold: CitedShape[ThresholdValue] | None = None
    gate_cutoff: CitedShape[ClockOrNone] | None = None
    include_zero_days: CitedShape[Truth] | None = None
    status: CitedShape[DischargeStatus] | None = None
    includes_individually_charged: CitedShape[Truth] | None = None
    charge: CitedShape[Annotated[ChargeKind, one_of(ChargeKind)]]
    free_care_days: CitedShape[WholeNumber] | None = None
    free_unit: CitedShape[Annotated[DayUnit, one_of(DayUnit)]] | None = None
    mean_decimals: CitedShape[Decimals] | None = None
    cutoff: CitedShape[ClockOrNone]
    ends_counted: CitedShape[CountedEnds]
    open_counted: CitedShape[Truth]
    attribution: CitedShape[Annotated[Attribution, one_of(Attribution)]]
    ages: CitedShape[AgesShape] | None = None

    @field_validator(*dict.fromkeys(key for keys in _GATE_DETAILS.values() for key in keys), mode="before")
    @classmethod
    def _of_the_gate(cls, detail: object, info: ValidationInfo) -> object:
        return _belonging(detail, info, of="gate", details=_GATE_DETAILS)

    @field_validator(*dict.fromkeys(key for keys in _CHARGE_DETAILS.values() for key in keys), mode="before")
    @classmethod
    def _of_the_charge(cls, detail: object, info: ValidationInfo) -> object:
        return _belonging(detail, info, of="charge", details=_CHARGE_DETAILS)

    @field_validator("charge")
    @classmethod
    def _has_its_mean(cls, charge: CitedShape[ChargeKind], info: ValidationInfo) -> CitedShape[ChargeKind]:
        gate = info.data.get("gate")
        if charge.value is ChargeKind.MEAN_EXCESS and gate is not None and gate.value not in _MEAN_GATES:
            raise ValueError(
                f"mean_excess needs gate {' or '.join(_MEAN_GATES)}, not {gate.value}: there is no mean to exceed"
            )
        return charge

    @field_validator("cutoff", "open_counted", "attribution")
    @classmethod
    def _fits_a_mean(cls, detail: CitedShape[Any], info: ValidationInfo) -> CitedShape[Any]:
        """An excess of a mean has no detail that only single care days have."""
        charge = info.data.get("charge")
        if charge is None or charge.value is not ChargeKind.MEAN_EXCESS:
            return detail
        match info.field_name, detail.value:
            case ("cutoff", None) | ("open_counted", False) | ("attribution", Attribution.DISCHARGE_MONTH):
                return detail
            case "cutoff", _:
                raise ValueError('must be "none" with charge mean_excess: a mean has its gate_cutoff')
            case "open_counted", _:
                raise ValueError("must be false with charge mean_excess: a mean is over those discharged")
            case _:
                raise ValueError("must be discharge_month with charge mean_excess")


def _belonging(detail: object, info: ValidationInfo, *, of: str, details: Mapping[Any, tuple[str, ...]]) -> object:
    """A detail of a gate or charge that its kind has, None where it has not; where the kind is wrong, nobody knows."""
    kind = info.data.get(of)
    if kind is None:
        return detail
    belongs = info.field_name in details[kind.value]
    if belongs and detail is None:
        raise PydanticCustomError("missing", "is missing")
    if detail is not None and not belongs:
        known = ", ".join(details[kind.value]) or "no key of its own"
        raise ValueError(f"belongs to another {of}; {kind.value} has {known}")
    return detail


def _read_file(file: TomlFile) -> DatedAgreement:
    """Read an agreement's file, every table of it before any fault ends the reading."""
    faults = Faults(file)
    faults.allow(_TABLES)
    head = _read_head(faults)
    values = tuple(_read_values(faults))
    clauses = tuple(faults.rows("clause", _ClauseShape, named_by="id"))
    suspended = tuple(faults.rows("suspended", _SuspendedShape, named_by="valid_from"))
    disputes = tuple(faults.rows("dispute_step", _DisputeShape, named_by="who"))
    if head is None or faults:
        raise faults.error()
    cite = _Citations(file, head.source)
    by_name: dict[str, tuple[Cited[object], ...]] = {}
    for nth, row in values:
        cited = row.cited(cite.one(row, row.name, "value", nth))
        by_name[row.name] = (*by_name.get(row.name, ()), cited)
    agreement = _agreement(
        file,
        head,
        cite,
        suspensions=tuple(
            Suspension(row.valid_from, row.valid_to, cite.one(row, "suspended", "suspended", nth))
            for nth, row in suspended
        ),
        disputes=tuple(_dispute_step(nth, row, cite) for nth, row in disputes),
    )
    return DatedAgreement(agreement, by_name, tuple(_clause(nth, row, cite) for nth, row in clauses), file.label)


def _read_head(faults: Faults) -> _AgreementShape | None:
    table = faults.file.content.get("agreement")
    if not isinstance(table, dict):
        faults.note(("agreement",), "agreement", "the table [agreement] is missing")
        return None
    shape = _AgreementShape if faults.file.name == STATUTE else _RegionalShape
    return faults.read(shape, table, place=("agreement",), title="agreement")


def _read_values(faults: Faults) -> Iterator[tuple[int, ValueShape[Any]]]:
    """Each [[value]] row in the shape that its name asks for; one of an unknown name in a shape of any value."""
    for nth, table in enumerate(faults.tables("value")):
        name = table.get("name")
        shape = VALUES.get(name, ValueShape[Any]) if isinstance(name, str) else ValueShape[Any]
        title = title_of(table, "value", nth, named_by="name")
        row = faults.read(shape, table, place=("value", nth), title=title)
        if row is not None:
            yield nth, row


@dataclass(frozen=True, slots=True)
class _Citations:
    """Makes the citations of a file, with its own source where a table names none."""

    file: TomlFile
    source: str

    def one(self, shape: CitationShape, parameter: str, *place: str | int) -> Citation:
        line = self.file.line_of(*place)
        return shape.citation(agreement=self.file.name, parameter=parameter, source=self.source, line=line)

    def every(self, shape: TableShape, *place: str | int, prefix: str = "") -> tuple[Citation, ...]:
        """The citation of each key that is a table of its own, in the order of the shape."""
        details = ((key, getattr(shape, key)) for key in type(shape).model_fields)
        return tuple(
            self.one(detail, f"{prefix}{key}", *place, key)
            for key, detail in details
            if isinstance(detail, CitationShape)
        )


def _agreement(
    file: TomlFile,
    head: _AgreementShape,
    cite: _Citations,
    *,
    suspensions: tuple[Suspension, ...],
    disputes: tuple[DisputeStep, ...],
) -> Agreement:
    citations = cite.every(head, "agreement")
    regional = head if isinstance(head, _RegionalShape) else None
    return Agreement(
        name=file.name,
        title=head.title,
        version=head.version,
        digest=file.digest,
        region=None if regional is None else regional.region,
        source=head.source,
        valid_from=head.valid_from.value,
        valid_to=_value(head.valid_to),
        citation=citations[0],
        citations=citations,
        parties=_value(head.parties) or (),
        approved=None if regional is None else _value(regional.approved),
        suspensions=suspensions,
        disputes=disputes,
    )


def _value(detail: CitedShape[T] | None) -> T | None:
    return None if detail is None else detail.value


def _dispute_step(nth: int, row: _DisputeShape, cite: _Citations) -> DisputeStep:
    citation = cite.one(row, f"dispute_step.{row.matter}.{row.number}", "dispute_step", nth)
    return DisputeStep(row.number, row.matter, row.who, row.within_days, citation)


def _clause(nth: int, row: _ClauseShape, cite: _Citations) -> Clause:
    return Clause(
        id=row.id,
        name=row.name,
        gate=_gate(row),
        charge=Charge(
            kind=row.charge.value,
            free_care_days=_value(row.free_care_days) or 0,
            unit=_value(row.free_unit) or DayUnit.CALENDAR_DAY,
            mean_decimals=_value(row.mean_decimals),
        ),
        cutoff=row.cutoff.value,
        ends_counted=row.ends_counted.value,
        open_counted=row.open_counted.value,
        attribution=row.attribution.value,
        citations=cite.every(row, "clause", nth, prefix=f"{row.id}."),
        care=row.care or (),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        ages=Ages() if row.ages is None else row.ages.value.ages(),
        approved=row.approved,
        end_approved=row.end_approved,
    )


def _gate(row: _ClauseShape) -> Gate:
    population = None
    if row.include_zero_days is not None and row.includes_individually_charged is not None:
        population = Population(
            include_zero_days=row.include_zero_days.value,
            status=_value(row.status),
            includes_individually_charged=row.includes_individually_charged.value,
        )
    return Gate(
        kind=row.gate.value,
        within_days=_value(row.within_days),
        min_share=_value(row.min_share),
        threshold=_value(row.threshold),
        months=_value(row.months) or 1,
        cutoff=_value(row.gate_cutoff),
        population=population,
    )
