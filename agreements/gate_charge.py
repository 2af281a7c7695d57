"""Reads gate and charge of a clause, each detail with its citation, and refuses pairs that mean nothing (4.1)."""

from agreements.clause import Attribution, Charge, ChargeKind, Clause, DayUnit, Gate, GateKind, Population
from agreements.clause_kinds import decimals_or_none, months_in_a_row, status_or_any, threshold
from agreements.kinds import clock_or_none, one_of, share, truth, whole_number
from agreements.rows import CitedKeys, Row

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
