"""Clauses for the engine's tests, built of parameters alone, in an agreement that nobody signed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agreements.loader import load_agreements
from agreements.model import (
    Agreement,
    Attribution,
    Charge,
    ChargeKind,
    Citation,
    Cited,
    Clause,
    Gate,
    GateKind,
    Population,
    Threshold,
)
from agreements.registry import Agreements, DatedAgreement

TRIED = "tried"


def cited(parameter: str) -> Citation:
    """Return an assumption to rest a parameter on."""
    return Citation(TRIED, parameter, "a test", assumption="made up for a test")


def mean(
    threshold: str | Threshold = "3",
    *,
    id_: str = "mean",
    kind: GateKind = GateKind.MEAN_ABOVE,
    months: int = 1,
    decimals: int | None = None,
    population: Population | None = None,
    **more: Any,
) -> Clause:
    """Return a clause over the mean that charges its excess."""
    asked = threshold if isinstance(threshold, Threshold) else Threshold(Fraction(threshold))
    gate = Gate(kind, threshold=asked, months=months, population=population or Population())
    return _clause(id_, gate, Charge(ChargeKind.MEAN_EXCESS, mean_decimals=decimals), **more)


def individual(free: int, *, id_: str = "individual", gate: Gate | None = None, **more: Any) -> Clause:
    """Return a clause that charges each patient's days beyond the free ones."""
    charge = more.pop("charge", None) or Charge(ChargeKind.INDIVIDUAL, free_care_days=free)
    return _clause(id_, gate or Gate(GateKind.ALWAYS), charge, **more)


def _clause(id_: str, gate: Gate, charge: Charge, **more: Any) -> Clause:
    keys = ("gate", "charge", "threshold", "free_care_days", "cutoff", "ends_counted", "within_days")
    settings: dict[str, Any] = {
        "cutoff": None,
        "ends_counted": ("discharged",),
        "open_counted": False,
        "attribution": Attribution.DISCHARGE_MONTH,
    } | more
    citations = tuple(cited(f"{id_}.{key}") for key in keys)
    return Clause(id=id_, name=f"Clause {id_}", gate=gate, charge=charge, citations=citations, **settings)


def signed(clauses: Sequence[Clause], *, region: str = "23", amount_kr: str | None = None, **head: Any) -> Agreements:
    """Return the shipped agreements with the region's own replaced by one of these clauses, from 2019-01-01 on."""
    shipped = load_agreements()
    agreement = Agreement(
        name=TRIED,
        title="An agreement that nobody signed",
        version="1",
        digest=str(hash(tuple(clauses))),
        region=region,
        source=TRIED,
        valid_from=date(2019, 1, 1),
        valid_to=None,
        citation=cited("agreement"),
    )
    values: dict[str, tuple[Cited[object], ...]] = {}
    if amount_kr is not None:
        values["amount_kr"] = (Cited(Decimal(amount_kr), cited("amount_kr"), date(2019, 1, 1)),)
    dated = DatedAgreement(
        agreement=replace(agreement, **head), values=values, clauses=tuple(clauses), file="tried.toml"
    )
    others = {name: one for name, one in shipped.dated.items() if one.agreement.region != region}
    return Agreements(dated={**others, TRIED: dated})
