"""What remains of a closed month once its rows have gone: hash, sums by payer and clause, counts, who closed (6)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_LISTS = ("ledger", "review", "findings", "differences")
"""Lists of a closing's or restatement's body that name episodes or messages."""


def is_stripped(body: Mapping[str, Any]) -> bool:
    """Tell whether a body has lost its rows."""
    return "removed" in body


def stripped(text: str, *, content: str, on: date) -> str:
    """Return the body of a closing without what names an episode, a message or a reason of a dispute.

    `removed` says how much there was, and holds two digests: of the body as it was, so that a copy kept elsewhere can
    be told to be the true one, and over the closing's hash (`content`) with what remains.
    """
    body: dict[str, Any] = json.loads(text)
    left = body | {name: [] for name in _LISTS if name in body}
    if "payers" in body:
        left["payers"] = [_payer(payer) for payer in body["payers"]]
    removed: dict[str, Any] = {
        "on": on.isoformat(),
        "body_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "rows": _count(body.get("ledger", ()), "outcome"),
        "review": len(body.get("review", ())),
        "findings": _count(body.get("findings", ()), "code"),
        "differences": len(body.get("differences", ())),
    }
    left["removed"] = removed | {"seal": _seal(left | {"removed": removed}, content)}
    return _text(left)


def holds(text: str, *, content: str) -> bool:
    """Tell whether a closing's body belongs to its hash: the same hash in it and, once stripped, an unbroken seal.

    A restatement's body does not repeat its hash; while its rows are there, there is nothing to compare.
    """
    body: dict[str, Any] = json.loads(text)
    if body.get("hash", content) != content:
        return False
    if not is_stripped(body):
        return True
    removed = dict(body["removed"])
    seal = removed.pop("seal", None)
    return bool(seal == _seal(body | {"removed": removed}, content))


def is_copy_of(text: str, left: str) -> bool:
    """Tell whether a body that somebody kept is the one that a stripped body was."""
    return bool(hashlib.sha256(text.encode()).hexdigest() == json.loads(left)["removed"]["body_sha256"])


def _payer(payer: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the sums of a payer's statement; of its parked rows how many, and their kronor."""
    parked = payer.get("parked", ())
    amount = sum((Decimal(row["amount"]) for row in parked), Decimal("0.00"))
    counts = {"rows": len(payer.get("rows", ())), "parked": len(parked), "parked_amount": f"{amount:.2f}"}
    return dict(payer) | {"rows": [], "parked": [], "removed": counts}


def _count(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, int]:
    return dict(sorted(Counter(str(row[key]) for row in rows).items()))


def _seal(body: Mapping[str, Any], content: str) -> str:
    return hashlib.sha256(f"{content}\n{_text(body)}".encode()).hexdigest()


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True)
