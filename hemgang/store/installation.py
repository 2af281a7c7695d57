"""The installation's own settings in the store: the database's time and identity, the delivery hold, the secret.

A restored or copied database does not have the identity of its original. Delivery is held after a restore, or by a
person, until a person releases it (specification 3.4).
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import exists, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from hemgang import clock
from hemgang.duties.model import AlertState
from hemgang.store.tables import AlertRow, DischargeRow, HeartbeatRow, SentBeforeRow, SettingRow

IDENTITY_KEY = "origin"

_POSTGRESQL = text(
    "SELECT system_identifier::text || '/' || timeline_id || '/' || d.oid || '/' || 'alert'::regclass::oid "
    "FROM pg_control_system(), pg_control_checkpoint(), pg_database AS d WHERE d.datname = current_database()"
)


def database_now(session: Session) -> datetime:
    """Return the instant that all who share this database go by, in UTC.

    PostgreSQL's own clock, so that machines whose clocks differ agree; with SQLite there is one machine, and its clock.
    """
    if session.connection().dialect.name != "postgresql":
        return clock.machine_now()
    told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


def database_identity(session: Session) -> str:
    """Return a mark of this very database: another after a dump was loaded, a file copied, or an older state recovered.

    PostgreSQL: cluster, timeline, database and the object id of a table. SQLite: the file's inode.
    """
    bound = session.connection()
    if bound.dialect.name == "postgresql":
        return str(bound.execute(_POSTGRESQL).scalar_one())
    name = bound.engine.url.database
    return str(Path(name).stat().st_ino) if name and Path(name).exists() else "memory"


def stored_identity(session: Session) -> str | None:
    """Return the mark that was kept last, None if none was."""
    row = session.get(SettingRow, IDENTITY_KEY)
    return None if row is None else row.value


def store_identity(session: Session, mark: str) -> None:
    """Keep the mark of this database."""
    put_setting(session, IDENTITY_KEY, mark)


HOLD_KEY = "sending"
SENT_BEFORE = "sent before the restore"
AT_ONCE = 500


class HoldReason(StrEnum):
    """Why sending is held."""

    RESTORED = "restored"
    LOOKS_RESTORED = "looks_restored"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class DeliveryHold:
    """Whether alerts go out; where they are held: why, since when (UTC), and by whom ("" = by hemgang itself)."""

    held: bool
    why: str = ""
    since: datetime | None = None
    by: str = ""


def delivery_hold(session: Session) -> DeliveryHold:
    """Return whether alerts go out."""
    row = session.get(SettingRow, HOLD_KEY)
    if row is None:
        return DeliveryHold(held=False)
    told = json.loads(row.value)
    return DeliveryHold(bool(told["held"]), told["why"], datetime.fromisoformat(told["since"]), told["by"])


def hold_delivery(session: Session, *, why: str, by: str, now: datetime) -> None:
    """Let nothing go out until it is released; what is decided meanwhile waits in the outbox. Held stays held."""
    if not delivery_hold(session).held:
        _write(session, held=True, why=why, by=by, now=now)


def release_delivery(session: Session, *, by: str, now: datetime) -> None:
    """Let alerts go out again; pulses and what was stepped in the future are of now: a wrong clock holds nothing up."""
    _write(session, held=False, why="", by=by, now=now)
    session.execute(update(HeartbeatRow).values(at=now))
    session.execute(update(DischargeRow).where(col(DischargeRow.stepped_at) > now).values(stepped_at=now))


def record_sent_before(session: Session, sent: Iterable[tuple[str, datetime]]) -> int:
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
    put_setting(session, HOLD_KEY, json.dumps(told, ensure_ascii=False))


REFERENCE_SECRET = "reference_secret"  # noqa: S105  the key's name, not a secret


def reference_secret(session: Session) -> bytes:
    """Return the installation's secret for references; made at the first call, which must be in a writing session.

    Of several processes that start at once one makes it, and all have the same.
    """
    row = session.get(SettingRow, REFERENCE_SECRET)
    if row is None:
        fresh = insert_of(session, SettingRow).values(key=REFERENCE_SECRET, value=secrets.token_hex(32))
        session.connection().execute(fresh.on_conflict_do_nothing(index_elements=["key"]))
        row = session.get_one(SettingRow, REFERENCE_SECRET)
    return bytes.fromhex(row.value)


def put_setting(session: Session, key: str, value: str) -> None:
    """Keep a value, whether there was one or not; two who do so at once do not hinder each other."""
    fresh = insert_of(session, SettingRow).values(key=key, value=value)
    session.connection().execute(fresh.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
    session.expire_all()


def insert_of(session: Session, row: type[SQLModel]) -> Any:
    """Return an INSERT into a row's table that knows `on_conflict_do_update`, which both databases spell the same."""
    dialect: Any = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(SQLModel.metadata.tables[str(row.__tablename__)])
