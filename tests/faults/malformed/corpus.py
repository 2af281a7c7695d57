"""Good messages, as NDJSON and as CSV: what the mutations begin with. Every one of them is accepted as it is."""

import csv
import io
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hemgang.simulate import timed_lines
from tests.faults.malformed.specified import COMMON, OWN

CASES = Path(__file__).parents[2] / "cases"
NOW = "2024-06-01T12:00:00Z"

FULL: dict[str, dict[str, Any]] = {
    "admitted": {
        "region": "01",
        "municipality": "0180",
        "district": "Spånga-Tensta",
        "care": "psychiatric",
        "clinic": "Öron näsa hals",
        "care_centre": "vårdcentral-4",
        "birth_date": "1931-02-28",
        "age": 92,
        "sex": "unknown",
        "legal_status": "compulsory_outpatient",
        "groups": ["lss", "addiction"],
    },
    "admission_notice": {
        "expected_discharge": "2024-02-29",
        "to": ["kommun-å", "vc-ö"],
        "assessed_at": "2023-03-26T03:00",
    },
    "care_contact_assigned": {"contact": "anna.ek@vc"},
    "expected_discharge_changed": {"expected_discharge": "2023-12-31"},
    "sip_need": {"needed": "declined"},
    "outpatient_care": {"available": "no"},
    "ready_notice": {"ready_on": "2023-04-01", "to": []},
    "ready_withdrawn": {"reason": "Feber igen.\tNy bedömning; prov tagna.", "note": {"seen": [1, 2.5, None, True]}},
    "sip_called": {"by": "fast vårdkontakt"},
    "transferred": {"clinic": "Geriatrik", "region": "23"},
    "payer_changed": {"municipality": "2380", "district": "Östersund"},
    "discharged": {"to": "korttidsboende", "status": "UTFÖRD"},
    "retracted": {"message": "m-1"},
}
PLAIN = tuple(kind for kind in OWN if not OWN[kind])
COLUMNS = (*COMMON, *sorted({name for fields in OWN.values() for name in fields}), "note.b")


@cache
def good() -> tuple[dict[str, Any], ...]:
    """Return some hundred good messages: one of each type with all it can have, the worked examples, a county's."""
    each = [{"type": kind, **FULL.get(kind, {})} for kind in (*FULL, *PLAIN)]
    made = [
        {"id": f"m-{n}", "episode": "e-1", "at": "2023-10-29T01:30:00+01:00", "sender": "avd 2 Ö"} | one
        for n, one in enumerate(each)
    ]
    made += [one | {"id": f"r-{n}", "received_at": "2023-11-02T08:00"} for n, one in enumerate(made)]
    texts = [line for path in sorted(CASES.glob("*.ndjson")) for line in path.read_text(encoding="utf-8").splitlines()]
    county = timed_lines("23", start=date(2023, 3, 6), end=date(2023, 3, 9), seed=3, discharges=12, dirt=0.0)
    texts += [text for _, text in county]
    return (*made, *(json.loads(text) for text in texts if text.strip()))


def ndjson(content: Any, *, escaped: bool) -> bytes:
    """Return an object as a line; what UTF-8 cannot carry is written as it would be, and is invalid then."""
    return json.dumps(content, ensure_ascii=escaped).encode("utf-8", "surrogatepass")


def csv_row(content: dict[str, Any], delimiter: str) -> bytes:
    """Return an object as a row of CSV, without what has no column."""
    cells = [";".join(map(str, value)) if isinstance(value, list) else value for value in map(content.get, COLUMNS)]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(cells)
    return written.getvalue().encode("utf-8", "surrogatepass")


def csv_header(delimiter: str) -> bytes:
    """Return the header of such rows."""
    return delimiter.join(COLUMNS).encode()
