"""Reads a folder of agreement files into typed, dated values, and refuses what is incomplete.

Reads who an agreement binds and when: its [agreement] table, suspensions and dispute ladder.

Reads the [[clause]] tables of an agreement file: gate x charge, each detail with its citation (4.2).

Reads the [[dispute_step]] rows of a file: the ladder (tvistetrappa) that a disputed row goes up, step by step.

Reads gate and charge of a clause, each detail with its citation, and refuses pairs that mean nothing (4.1).

Reads the [[suspended]] rows of a file: from when to when liability is dormant (vilande), each with its citation.
"""

from functools import cache
from pathlib import Path

from agreements.fields import (
    CARE_KINDS,
    ENDS,
    MATTERS,
    STATUTE,
    VALUES,
    ages,
    clock_or_none,
    county_code,
    day,
    decimals_or_none,
    months_in_a_row,
    municipality_codes,
    one_of,
    one_word,
    share,
    some_of,
    some_word,
    status_or_any,
    threshold,
    truth,
    whole_number,
)
from agreements.model import (
    Ages,
    Agreement,
    Attribution,
    Charge,
    ChargeKind,
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
    CITATION_KEYS,
    DATE_KEYS,
    SHIPPED,
    AgreementFileError,
    CitedKeys,
    Place,
    Row,
    TomlFile,
    read_approvals,
    read_citation,
    read_dates,
    read_toml,
    read_value,
    rows_of,
)
from agreements.validation import consistency, coverage, payer_problems

TABLES = ("agreement", "value", "clause", "suspended", "dispute_step")


def load_agreements(folder: Path | None = None) -> Agreements:
    """Load every agreement of a folder (None = the shipped one, read once) and check its dates.

    Raises:
        AgreementFileError: a file cannot be read, a row is wrong, dates leave a gap or overlap, or rows do not
            fit each other.
    """
    return _shipped() if folder is None else _load(folder)


def read_agreements(folder: Path) -> Agreements:
    """Read every agreement of a folder without checking its dates; `agreements.validation` lists what is amiss.

    Raises:
        AgreementFileError: a file cannot be read, or a row in it is wrong.
    """
    paths = sorted(path for path in folder.glob("*.toml") if path.name not in (RATES_FILE, PAYERS_FILE))
    dated = {path.stem: _read_file(read_toml(path)) for path in paths}
    if STATUTE not in dated:
        raise AgreementFileError(file=str(folder), key=f"{STATUTE}.toml", reason="is missing; it is the statute")
    return Agreements(dated=dated)


def load_rates(folder: Path | None = None) -> Rates:
    """Load the amounts a care day from a folder's `rates.toml` (None = the shipped one, read once).

    Raises:
        AgreementFileError: the file cannot be read, a row is wrong, or a year stands twice.
    """
    return _shipped_rates() if folder is None else read_rates(folder / RATES_FILE)


def load_payers(folder: Path | None = None) -> Payers:
    """Load the listed payers of a folder (None = the shipped ones, read once); a folder without a list has none.

    Raises:
        AgreementFileError: the file cannot be read, a row is wrong, or a successor is not there.
    """
    return _shipped_payers() if folder is None else _load_payers(folder)


@cache
def _shipped() -> Agreements:
    return _load(SHIPPED)


def _load(folder: Path) -> Agreements:
    agreements = read_agreements(folder)
    for one in (*coverage(agreements), *consistency(agreements)):
        raise AgreementFileError(file=one.file, key=one.key, reason=one.message, line=one.line)
    return agreements


@cache
def _shipped_payers() -> Payers:
    return _load_payers(SHIPPED)


def _load_payers(folder: Path) -> Payers:
    path = folder / PAYERS_FILE
    payers = read_payers(path) if path.exists() else no_payers(folder)
    for one in payer_problems(payers):
        raise AgreementFileError(file=one.file, key=one.key, reason=one.message, line=one.line)
    return payers


@cache
def _shipped_rates() -> Rates:
    return read_rates(SHIPPED / RATES_FILE)


def _read_file(file: TomlFile) -> DatedAgreement:
    file.allow(TABLES)
    agreement = read_head(file)
    values: dict[str, tuple[Cited[object], ...]] = {}
    for row in rows_of(file, header="value", named_by="name"):
        name = row.text("name")
        if name not in VALUES:
            raise row.error("name", f"unknown value {name!r}; known are {', '.join(VALUES)}")
        values[name] = (*values.get(name, ()), read_value(row, reader=VALUES[name], source=agreement.source))
    clauses = read_clauses(file, source=agreement.source)
    return DatedAgreement(agreement=agreement, values=values, clauses=clauses, file=file.label)


PLAIN = ("title", "version", "source")


def read_head(file: TomlFile) -> Agreement:
    """Read who the agreement binds and when it holds.

    Raises:
        AgreementFileError: a key is missing, unknown or of the wrong kind, or a citation is missing.
    """
    row = Row(file.table("agreement"), Place(file=file, header="agreement", nth=0, title="agreement"))
    facts = CitedKeys(row, source=row.text("source"))
    valid_from = facts.take("valid_from", day)
    valid_to = facts.take("valid_to", day) if "valid_to" in row.table else None
    parties = facts.take("parties", municipality_codes) if "parties" in row.table else ()
    if "fallback" in row.table:
        facts.take("fallback", one_word(STATUTE))
    approved = facts.take("approved", day) if "approved" in row.table and file.name != STATUTE else None
    row.allow((*PLAIN, *facts.keys, *(() if file.name == STATUTE else ("region",))))
    if valid_to is not None and valid_to < valid_from:
        raise row.error("valid_to", "comes before valid_from")
    return Agreement(
        name=file.name,
        title=row.text("title"),
        version=row.text("version"),
        digest=file.digest,
        region=None if file.name == STATUTE else row.read("region", county_code),
        source=row.text("source"),
        valid_from=valid_from,
        valid_to=valid_to,
        citation=facts.citations[0],
        citations=tuple(facts.citations),
        parties=parties,
        approved=approved,
        suspensions=read_suspensions(file, source=row.text("source")),
        disputes=read_disputes(file, source=row.text("source")),
    )


HEAD_KEYS = ("id", "name", "care", *DATE_KEYS)


def read_clauses(file: TomlFile, *, source: str) -> tuple[Clause, ...]:
    """Read every clause of a file in the order in which they stand.

    Raises:
        AgreementFileError: a clause lacks a detail or a citation, or has one that nobody reads.
    """
    rows = rows_of(file, header="clause", named_by="id")
    return tuple(_read_clause(row, source=source) for row in rows)


def _read_clause(row: Row, *, source: str) -> Clause:
    details = CitedKeys(row, source=source, prefix=f"{row.text('id')}.")
    gate = read_gate(details)
    charge = read_charge(details, gate)
    cutoff = details.take("cutoff", clock_or_none)
    ends_counted = details.take("ends_counted", some_of(ENDS))
    open_counted = details.take("open_counted", truth)
    attribution = details.take("attribution", one_of(Attribution))
    of_ages = details.take("ages", ages) if "ages" in row.table else Ages()
    row.allow((*HEAD_KEYS, *details.keys))
    valid_from, valid_to = read_dates(row)
    approved, end_approved = read_approvals(row)
    clause = Clause(
        id=row.text("id"),
        name=row.text("name"),
        gate=gate,
        charge=charge,
        cutoff=cutoff,
        ends_counted=ends_counted,
        open_counted=open_counted,
        attribution=attribution,
        citations=tuple(details.citations),
        care=row.read("care", some_of(CARE_KINDS)) if "care" in row.table else (),
        valid_from=valid_from,
        valid_to=valid_to,
        ages=of_ages,
        approved=approved,
        end_approved=end_approved,
    )
    refuse_mismatch(row, clause)
    return clause


def read_disputes(file: TomlFile, *, source: str) -> tuple[DisputeStep, ...]:
    """Read every step of a file in the order in which they stand; `agreements.validation` looks at their numbers.

    Raises:
        AgreementFileError: a key is missing, wrong or unknown, or a citation is missing.
    """
    return tuple(_read(row, source) for row in rows_of(file, header="dispute_step", named_by="who"))


def _read(row: Row, source: str) -> DisputeStep:
    row.allow(("number", "matter", "who", "within_days", *CITATION_KEYS))
    number, matter = row.read("number", whole_number), row.read("matter", some_word(MATTERS))
    return DisputeStep(
        number=number,
        matter=matter,
        who=row.text("who"),
        within_days=row.read("within_days", whole_number) if "within_days" in row.table else None,
        citation=read_citation(row, parameter=f"dispute_step.{matter}.{number}", source=source),
    )


MEAN_GATES = (GateKind.MEAN_ABOVE, GateKind.CONSECUTIVE_MEAN_ABOVE)
FREE_DAYS = ("free_care_days", "free_unit")


def read_gate(details: CitedKeys) -> Gate:
    """Read the condition of a clause.

    Raises:
        AgreementFileError: a detail of its kind is missing or wrong, or lacks its citation.
    """
    kind = details.take("gate", one_of(GateKind))
    match kind:
        case GateKind.ALWAYS | GateKind.JOINT_DECISION:
            return Gate(kind=kind)
        case GateKind.SHARE_BELOW:
            return Gate(
                kind=kind,
                within_days=details.take("within_days", whole_number),
                min_share=details.take("min_share", share),
                cutoff=details.take("gate_cutoff", clock_or_none),
                population=_population(details),
            )
        case GateKind.MEAN_ABOVE:
            return _mean_gate(kind, details, months=1)
        case GateKind.CONSECUTIVE_MEAN_ABOVE:
            return _mean_gate(kind, details, months=details.take("months", months_in_a_row))


def read_charge(details: CitedKeys, gate: Gate) -> Charge:
    """Read what a clause charges once its gate is open.

    Raises:
        AgreementFileError: a detail of its kind is missing or wrong, or lacks its citation; or it exceeds a mean that
            the gate does not have.
    """
    kind = details.take("charge", one_of(ChargeKind))
    match kind:
        case ChargeKind.NONE:
            return Charge(kind=kind)
        case ChargeKind.INDIVIDUAL:
            return Charge(
                kind=kind,
                free_care_days=details.take("free_care_days", whole_number),
                unit=details.take("free_unit", one_of(DayUnit)),
            )
        case ChargeKind.MEAN_EXCESS:
            if gate.kind not in MEAN_GATES:
                reason = (
                    f"mean_excess needs gate {' or '.join(MEAN_GATES)}, not {gate.kind}: there is no mean to exceed"
                )
                raise details.row.error("charge", reason)
            for key in FREE_DAYS:
                if key in details.row.table:
                    raise details.row.error(key, "belongs to charge individual: of a mean the threshold is free")
            return Charge(kind=kind, mean_decimals=details.take("mean_decimals", decimals_or_none))


def refuse_mismatch(row: Row, clause: Clause) -> None:
    """Refuse a clause whose details contradict each other.

    Raises:
        AgreementFileError: an excess of a mean has a detail that only single care days have.
    """
    if clause.charge.kind is not ChargeKind.MEAN_EXCESS:
        return
    if clause.cutoff is not None:
        raise row.error("cutoff", 'must be "none" with charge mean_excess: a mean has its gate_cutoff')
    if clause.open_counted:
        raise row.error("open_counted", "must be false with charge mean_excess: a mean is over those discharged")
    if clause.attribution is not Attribution.DISCHARGE_MONTH:
        raise row.error("attribution", "must be discharge_month with charge mean_excess")


def _mean_gate(kind: GateKind, details: CitedKeys, *, months: int) -> Gate:
    return Gate(
        kind=kind,
        threshold=details.take("threshold", threshold),
        months=months,
        cutoff=details.take("gate_cutoff", clock_or_none),
        population=_population(details),
    )


def _population(details: CitedKeys) -> Population:
    return Population(
        include_zero_days=details.take("include_zero_days", truth),
        status=details.take("status", status_or_any),
        includes_individually_charged=details.take("includes_individually_charged", truth),
    )


def read_suspensions(file: TomlFile, *, source: str) -> tuple[Suspension, ...]:
    """Read every suspension of a file in the order in which they stand.

    Raises:
        AgreementFileError: a date or the citation is missing or wrong, or a key is unknown.
    """
    return tuple(_read_of_suspensions(row, source) for row in rows_of(file, header="suspended", named_by="valid_from"))


def _read_of_suspensions(row: Row, source: str) -> Suspension:
    row.allow(("valid_from", "valid_to", *CITATION_KEYS))
    valid_from, valid_to = read_dates(row)
    return Suspension(valid_from, valid_to, read_citation(row, parameter="suspended", source=source))
