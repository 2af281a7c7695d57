"""What is kept of a closed month: all that was shown, the whole ledger, what it was computed with (4.5)."""

import json
from datetime import datetime

from hemgang.closing.contents import closing_hash
from hemgang.closing.review import Status
from hemgang.closing.statement import month_json, parked_rows
from hemgang.engine.record import Record, with_owing_payers
from hemgang.liability.model import Draft, Versions
from hemgang.liability.output import row_json
from hemgang.store.closings import Closing


def content_of(drafted: Draft, record: Record) -> str:
    """Return the content hash that the month would be closed with: over the draft, what is parked and adjusted."""
    owed = tuple(one for one in record.adjustments if drafted.payer in (None, one.payer))
    parked = [row for row, _ in parked_rows(drafted.ledger, record.review)]
    return closing_hash(drafted, parked, owed)


def as_kept(drafted: Draft, record: Record, *, stored_until: datetime, versions: Versions) -> tuple[str, str]:
    """Return the content hash of a month that is closed now, and the JSON that is kept of it."""
    owed = tuple(one for one in record.adjustments if drafted.payer in (None, one.payer))
    whole = with_owing_payers(drafted, owed)
    content = content_of(drafted, record)
    document = month_json(whole, record.review, owed, status=Status.CLOSED, content=content)
    kept = {
        "draft_hash": drafted.hash,
        "stored_until": stored_until.isoformat(),
        "review_acts": record.acts,
        "ledger": [row_json(row) for row in drafted.ledger],
        "versions": {"code": versions.code, "calendar": versions.calendar, "rates": versions.rates},
    }
    return content, json.dumps(document | kept, ensure_ascii=False, sort_keys=True)


def draft_hash(closing: Closing) -> str:
    """Return the content hash of the draft that a month was closed from, before rows were parked or adjusted."""
    return str(json.loads(closing.body).get("draft_hash", closing.hash))
