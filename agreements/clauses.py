"""Reads the [[clause]] tables of an agreement file: gate x charge, each detail with its citation (4.2)."""

from agreements.clause import Attribution, Charge, ChargeKind, Clause, Gate, GateKind
from agreements.kinds import clock_or_none, one_of, share, some_of, truth, whole_number
from agreements.names import CARE_KINDS, ENDS
from agreements.rows import CitedKeys, Row, read_dates, rows_of
from agreements.toml_text import TomlFile

HEAD_KEYS = ("id", "name", "care", "valid_from", "valid_to")


def read_clauses(file: TomlFile, *, source: str) -> tuple[Clause, ...]:
    """Read every clause of a file in the order in which they stand.

    Raises:
        AgreementFileError: a clause lacks a detail or a citation, or has one that nobody reads.
    """
    rows = rows_of(file, header="clause", named_by="id")
    return tuple(_read_clause(row, source=source) for row in rows)


def _read_clause(row: Row, *, source: str) -> Clause:
    details = CitedKeys(row, source=source, prefix=f"{row.text('id')}.")
    gate, charge = _gate(details), _charge(details)
    cutoff = details.take("cutoff", clock_or_none)
    ends_counted = details.take("ends_counted", some_of(ENDS))
    open_counted = details.take("open_counted", truth)
    attribution = details.take("attribution", one_of(Attribution))
    row.allow((*HEAD_KEYS, *details.keys))
    valid_from, valid_to = read_dates(row)
    return Clause(
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
    )


def _gate(details: CitedKeys) -> Gate:
    kind = details.take("gate", one_of(GateKind))
    match kind:
        case GateKind.ALWAYS:
            return Gate(kind=kind)
        case GateKind.SHARE_BELOW:
            return Gate(
                kind=kind,
                within_days=details.take("within_days", whole_number),
                min_share=details.take("min_share", share),
                cutoff=details.take("gate_cutoff", clock_or_none),
            )


def _charge(details: CitedKeys) -> Charge:
    kind = details.take("charge", one_of(ChargeKind))
    match kind:
        case ChargeKind.NONE:
            return Charge(kind=kind)
        case ChargeKind.INDIVIDUAL:
            return Charge(kind=kind, free_care_days=details.take("free_care_days", whole_number))
