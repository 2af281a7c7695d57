"""Reads the [[clause]] tables of an agreement file: gate x charge, each detail with its citation (4.2)."""

from agreements.clause import Ages, Attribution, Clause
from agreements.clause_kinds import ages
from agreements.gate_charge import read_charge, read_gate, refuse_mismatch
from agreements.kinds import clock_or_none, one_of, some_of, truth
from agreements.names import CARE_KINDS, ENDS
from agreements.rows import DATE_KEYS, CitedKeys, Row, read_approvals, read_dates, rows_of
from agreements.toml_text import TomlFile

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
