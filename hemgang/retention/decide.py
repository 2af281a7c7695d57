"""Why an old episode is kept, and what remains of a closed month whose rows have gone; pure.

What remains is the hash, the sums by payer and clause, counts, and who closed (specification 6).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from calendars.timezone import local_date
from hemgang.episode.model import Episode, ReadyPeriod
from hemgang.liability.model import FIRST_DATE, UNKNOWN_PAYER, Month


class KeepReason(StrEnum):
    """Why something old is kept, in the order in which it is asked."""

    NO_RULE = "no_rule"
    UNOPENED = "unopened"
    OPEN = "open"
    TO_BE_LOOKED_AT = "to_be_looked_at"
    DUTY_OPEN = "duty_open"
    ALERT_WAITING = "alert_waiting"
    MONTH_OPEN = "month_open"
    DISPUTED = "disputed"
    RESTATEMENT_DUE = "restatement_due"
    LOOKED_BACK_TO = "looked_back_to"
    DETAILS_REMAIN = "details_remain"
    LAST_ROW = "last_row"


@dataclass(frozen=True, slots=True, order=True)
class PayerMonth:
    """A month of a region for one payer; what a closing closes, and what loses its details together."""

    region: str
    month: Month
    payer: str


@dataclass(frozen=True, slots=True)
class PendingWork:
    """What the store says of an episode beside its messages."""

    waits: bool
    duty_open: bool
    alert_waiting: bool


def ended_on(episode: Episode, last_message: date) -> date:
    """Return the date from which an ended episode's time is counted: its end, or its last message if that is later."""
    return last_message if episode.end is None else max(local_date(episode.end.at), last_message)


def regions_of(episode: Episode) -> frozenset[str]:
    """Return every county the patient was in; none if nothing opened the episode."""
    own = () if episode.region is None else (episode.region,)
    return frozenset((*own, *(entered.region for entered in episode.regions)))


def payers_of(episode: Episode) -> frozenset[str]:
    """Return every payer the episode has had."""
    return frozenset(held.payer for held in episode.payers)


def months_charged(episode: Episode) -> frozenset[PayerMonth]:
    """Return the months in which the episode may be charged or counted: those its ready periods touch, by payer.

    Every date from the notice to the end, both included, whatever a clause would make of it; none before the act.
    """
    return frozenset(
        PayerMonth(episode.region_on(day) or "", Month.of(day), payer.payer if payer else UNKNOWN_PAYER)
        for period in episode.periods
        for day in _dates(period)
        for payer in (episode.payer_on(day),)
    )


def reason_to_keep(
    episode: Episode,
    stored: PendingWork,
    months: Iterable[PayerMonth],
    of_month: Callable[[PayerMonth], KeepReason | None],
) -> KeepReason | None:
    """Return the first reason that keeps an episode whose time is out, None if it may go."""
    told = (
        (episode.opened is None or not regions_of(episode), KeepReason.UNOPENED),
        (not episode.state.ended or episode.end is None, KeepReason.OPEN),
        (stored.waits, KeepReason.TO_BE_LOOKED_AT),
        (stored.duty_open, KeepReason.DUTY_OPEN),
        (stored.alert_waiting, KeepReason.ALERT_WAITING),
    )
    own = next((why for holds, why in told if holds), None)
    if own is not None:
        return own
    found = {of_month(month) for month in months}
    return next((why for why in KeepReason if why in found), None)


def _dates(period: ReadyPeriod) -> Iterator[date]:
    first = max(FIRST_DATE, min(period.ready_on, local_date(period.notice.at)))
    last = period.end_date() or first
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


_LISTS = ("ledger", "review", "findings", "differences")
"""Lists of a closing's or restatement's body that name episodes or messages."""


def is_stripped(body: Mapping[str, Any]) -> bool:
    """Tell whether a body has lost its rows."""
    return "removed" in body


def strip_body(text: str, *, content: str, on: date) -> str:
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


def body_matches(text: str, *, content: str) -> bool:
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
