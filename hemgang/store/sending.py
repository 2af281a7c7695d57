"""Whether alerts go out: held after a restore, or by a person, until a person lets them go (specification 3.4)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import exists, insert, select, update
from sqlmodel import Session, col

from hemgang.duties.model import AlertState
from hemgang.store.operation_tables import PulseRow, SentBeforeRow
from hemgang.store.settings import put
from hemgang.store.tables import AlertRow, DischargeRow, SettingRow

KEY = "sending"
SENT_BEFORE = "sent before the restore"
AT_ONCE = 500


class Why(StrEnum):
    """Why sending is held."""

    RESTORED = "restored"
    LOOKS_RESTORED = "looks_restored"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether alerts go out; where they are held: why, since when (UTC), and by whom ("" = by hemgang itself)."""

    held: bool
    why: str = ""
    since: datetime | None = None
    by: str = ""


def state(session: Session) -> Sending:
    """Return whether alerts go out."""
    row = session.get(SettingRow, KEY)
    if row is None:
        return Sending(held=False)
    told = json.loads(row.value)
    return Sending(bool(told["held"]), told["why"], datetime.fromisoformat(told["since"]), told["by"])


def hold(session: Session, *, why: str, by: str, now: datetime) -> None:
    """Let nothing go out until it is released; what is decided meanwhile waits in the outbox. Held stays held."""
    if not state(session).held:
        _write(session, held=True, why=why, by=by, now=now)


def release(session: Session, *, by: str, now: datetime) -> None:
    """Let alerts go out again; pulses and what was stepped in the future are of now: a wrong clock holds nothing up."""
    _write(session, held=False, why="", by=by, now=now)
    session.execute(update(PulseRow).values(at=now))
    session.execute(update(DischargeRow).where(col(DischargeRow.stepped_at) > now).values(stepped_at=now))


def remember_sent(session: Session, sent: Iterable[tuple[str, datetime]]) -> int:
    """Keep which alerts had been delivered before a restore, by reference; return how many were not known yet."""
    told = dict(sent)
    names = sorted(told)
    known: set[str] = set()
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        query = select(col(SentBeforeRow.reference)).where(col(SentBeforeRow.reference).in_(part))
        known.update(session.scalars(query))
    fresh = [{"reference": name, "delivered_at": told[name]} for name in names if name not in known]
    if fresh:
        session.execute(insert(SentBeforeRow), fresh)
    return len(fresh)


def settle_sent_before(session: Session) -> int:
    """Close the alerts in the outbox that had been delivered before a restore; return how many."""
    if session.scalar(select(exists(select(col(SentBeforeRow.reference))))) is not True:
        return 0
    sent_at = (
        select(col(SentBeforeRow.delivered_at))
        .where(col(SentBeforeRow.reference) == col(AlertRow.reference))
        .scalar_subquery()
    )
    done = session.execute(
        update(AlertRow)
        .where(col(AlertRow.state) == AlertState.PENDING.value)
        .where(col(AlertRow.reference).in_(select(col(SentBeforeRow.reference))))
        .values(
            state=AlertState.DELIVERED.value,
            delivered_at=sent_at,
            reason=SENT_BEFORE,
            next_attempt_at=None,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _write(session: Session, *, held: bool, why: str, by: str, now: datetime) -> None:
    told = {"held": held, "why": why, "since": now.isoformat(), "by": by}
    put(session, KEY, json.dumps(told, ensure_ascii=False))
