"""Whether what was closed holds together: each closed month with what was kept of it, each restatement with the last.

It needs no agreement, rate or message, so it holds for months that were closed by any version of the code. Whether a
month comes out the same when it is computed anew is another question, which `hemgang restate` answers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.closing.adjustments import Adjustment, Cause
from hemgang.closing.differences import Difference
from hemgang.liability.canonical import content_hash
from hemgang.store.closing_tables import ClosingRow
from hemgang.store.closings import Closing, versions_of


@dataclass(frozen=True, slots=True)
class Proof:
    """How many versions of closed months were looked at, and which of them do not hold together."""

    versions: int
    broken: tuple[str, ...]


def closings_proved(session: Session) -> Proof:
    """Hold every version of every closed month against its hash, and every statement against the sum of its rows."""
    key = (col(ClosingRow.region), col(ClosingRow.month), col(ClosingRow.payer))
    seen, broken = 0, []
    for region, month, payer in session.execute(select(*key).distinct().order_by(*key)).all():
        versions = versions_of(session, region=region, month=month, payer=payer)
        seen += len(versions)
        for before, one in zip([None, *versions], versions, strict=False):
            if not (_closing_holds(one) if before is None else _restatement_holds(before, one)):
                broken.append(f"{region} {month} {payer or 'all'} version {one.version}")
    return Proof(seen, tuple(broken))


def _closing_holds(closing: Closing) -> bool:
    """Whether a closing has its hash; what an older version did not keep, or retention removed, is not asked for."""
    body = json.loads(closing.body)
    if body.get("hash", closing.hash) != closing.hash or not _sums_hold(body):
        return False
    if "draft_hash" not in body or "removed" in body:
        return True
    lines = sorted(_parked(body)) + sorted(_adjusted(body))
    return closing.hash == (content_hash([body["draft_hash"], *lines]) if lines else body["draft_hash"])


def _sums_hold(body: Mapping[str, Any]) -> bool:
    sums: dict[str, Decimal] = {}
    for row in body.get("ledger", ()):
        sums[row["payer"]] = sums.get(row["payer"], Decimal("0.00")) + Decimal(row["amount"])
    payers = body.get("payers", ()) if "ledger" in body and "removed" not in body else ()
    return all(Decimal(one["amount"]) == sums.get(one["payer"], Decimal("0.00")) for one in payers)


def _parked(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of `hemgang.closing.contents.closing_hash` for rows in dispute."""
    places = {
        (row["payer"], row["episode"], row["date"], row["clause"]): row["period"] or 0
        for row in body["ledger"]
        if Decimal(row["amount"])
    }
    for payer in body["payers"]:
        for row in payer.get("parked", ()):
            period = places.get((payer["payer"], row["episode"], row["date"], row["clause"]))
            yield f"parked {payer['payer']} {row['episode'] or ''} {period} {row['date']} {row['clause']}"


def _adjusted(body: Mapping[str, Any]) -> Iterator[str]:
    for payer in body["payers"]:
        for one in payer.get("adjustments", ()):
            change = (Cause(one["cause"]), Fraction(one["care_days"]), Decimal(one["amount"]))
            yield str(Adjustment(payer["payer"], one["from_month"], one["version"], *change))


def _restatement_holds(before: Closing, closing: Closing) -> bool:
    """Whether a restatement stands on the version before; believed where a mean's clause, or all rows, are not kept."""
    body = json.loads(closing.body)
    changes: Sequence[Mapping[str, Any]] = body["differences"]
    if "removed" in body or not all(one["episode"] for one in changes):
        return True
    lines = sorted(
        str(
            Difference(
                *(one["payer"], one["episode"], one["date"], ""),
                *(Cause(one["cause"]), Fraction(one["care_days"]), Decimal(one["amount"])),
            )
        )
        for one in changes
    )
    return closing.hash == content_hash([before.hash, *lines])
