"""The tables. Rows here are storage only; the core's frozen values are made from them, never the reverse.

`table=True` models do not validate: everything was validated at the boundary (hemgang.messages), and the database's
own constraints and triggers (see migrations) are the second wall.

A column of instants that are the same on every database (SQLite drops zones and mixes up the autumn hour).

The tables of closings: closed and restated months, the acts of their review, joint decisions; all append-only.

The table of forecasts: what was foretold of a month, kept as it was said, to be held against the outcome.

The tables of operation: when each loop last swept to its end, and what had been sent before a restore.

The tables of retention: what lets old rows go, what was let go, and what must be known of it afterwards.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


def sqlite_text(instant: datetime) -> str:
    """Return an instant as SQLite's column holds it, for statements that go past SQLAlchemy.

    Raises:
        ValueError: for a datetime without an offset.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset was about to be stored")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[: -len("+00:00")]


class UtcDateTime(TypeDecorator[datetime]):
    """Stores aware datetimes as UTC and gives them back aware, in UTC; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is written.

        Raises:
            ValueError: for a datetime without an offset.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without an offset was about to be stored")
        utc = value.astimezone(UTC)
        plain = datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)
        return plain.replace(tzinfo=None) if dialect.name == "sqlite" else plain

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return what is read, aware and in UTC."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


BigInt = BigInteger().with_variant(Integer, "sqlite")
LONGEST_PAYER = 140
AT_ONCE = 5_000
"""Rows or keys in one statement or one fetch: any driver takes so many parameters."""
"""Characters: a municipality code, a slash, and a district, which is a name of at most 128."""


class MessageRow(SQLModel, table=True):
    """One message as it came, append-only; `body` is its canonical JSON, `digest` tells same from different content."""

    __tablename__ = "message"
    id: str = Field(primary_key=True, max_length=128)
    episode: str = Field(index=True, max_length=128)
    type: str = Field(max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    region: str | None = Field(default=None, index=True, max_length=2)
    digest: str = Field(max_length=64)
    body: str = Field(sa_type=Text)


class QuarantineRow(SQLModel, table=True):
    """One line that could not be taken in; `raw` is kept unless it may hold an identity number or is too long."""

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("source", "line", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=255)
    line: int
    digest: str = Field(max_length=64)
    code: str = Field(max_length=40)
    field: str = Field(default="", max_length=128)
    raw: str | None = Field(default=None, sa_type=Text)
    stored_at: datetime = Field(sa_type=UtcDateTime)


class DischargeRow(SQLModel, table=True):
    """Where one discharge stands and when it must be looked at again; folded from its messages, kept for finding it.

    `reference` names it outside the store. `version` fences off a worker
    whose facts are no longer all there are.
    """

    __tablename__ = "discharge"
    __table_args__ = (Index("ix_discharge_region_state", "region", "state"),)
    episode: str = Field(primary_key=True, max_length=128)
    reference: str = Field(unique=True, max_length=20)
    region: str = Field(default="", max_length=2)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    state: str = Field(default="unopened", max_length=20)
    standing: str = Field(default="", max_length=200)
    next_wake: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    stepped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = Field(default=0)
    lease_owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = Field(default=0)


class DutyRow(SQLModel, table=True):
    """The latest revision of one duty of a discharge."""

    __tablename__ = "duty"
    episode: str = Field(primary_key=True, max_length=128)
    key: str = Field(primary_key=True, max_length=120)
    revision: int
    kind: str = Field(max_length=40, index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    strict_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    practical_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: str = Field(max_length=20, index=True)
    met_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    clause: str = Field(max_length=200)
    why: str = Field(sa_type=Text)


class DutyRevisionRow(SQLModel, table=True):
    """Every revision a duty has had, append-only, with the reason of the change."""

    __tablename__ = "duty_revision"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    episode: str = Field(max_length=128)
    key: str = Field(max_length=120)
    revision: int
    status: str = Field(max_length=20)
    strict_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


class RungRow(SQLModel, table=True):
    """One rung of one revision, done once: the primary key is the claim."""

    __tablename__ = "rung"
    episode: str = Field(primary_key=True, max_length=128)
    key: str = Field(primary_key=True, max_length=120)
    revision: int = Field(primary_key=True)
    rung: str = Field(primary_key=True, max_length=40)
    outcome: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(sa_type=Text)


class AlertRow(SQLModel, table=True):
    """The outbox: one alert to one recipient, written in the same transaction as the state it follows from."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("episode", "key", "revision", "rung", "recipient"),
        Index("ix_alert_state_next", "state", "next_attempt_at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    reference: str = Field(unique=True, max_length=20)
    episode: str = Field(index=True, max_length=128)
    key: str = Field(max_length=120)
    revision: int
    rung: str = Field(max_length=40)
    kind: str = Field(max_length=20)
    role: str = Field(max_length=40)
    recipient: str = Field(max_length=128, index=True)
    channel: str = Field(max_length=128)
    urgent: bool
    fired_at: datetime = Field(sa_type=UtcDateTime)
    release_at: datetime = Field(sa_type=UtcDateTime)
    duty_status: str = Field(max_length=20)
    strict_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    practical_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = Field(default="", sa_type=Text)
    state: str = Field(max_length=20)
    reason: str = Field(default="", sa_type=Text)
    bundle: str | None = Field(default=None, max_length=20, index=True)
    attempts: int = Field(default=0)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttemptRow(SQLModel, table=True):
    """One try to deliver one bundle to one recipient over one channel, append-only."""

    __tablename__ = "attempt"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    bundle: str = Field(index=True, max_length=20)
    recipient: str = Field(max_length=128)
    channel: str = Field(max_length=128)
    number: int
    outcome: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class AcknowledgementRow(SQLModel, table=True):
    """A named person has seen an alert, append-only."""

    __tablename__ = "acknowledgement"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    episode: str = Field(index=True, max_length=128)
    key: str = Field(max_length=120)
    revision: int
    reference: str = Field(max_length=20)
    by: str = Field(max_length=128)
    at: datetime = Field(sa_type=UtcDateTime)


class AccessRow(SQLModel, table=True):
    """Who read which episode, when, from which unit and why; append-only, each row hashed over the one before."""

    __tablename__ = "access"
    seq: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    who: str = Field(max_length=128)
    unit: str = Field(max_length=128)
    why: str = Field(max_length=200)
    action: str = Field(max_length=40)
    episode: str = Field(max_length=128, index=True)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class SettingRow(SQLModel, table=True):
    """What the installation keeps of itself: its secret for references."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True, max_length=64)
    value: str = Field(sa_type=Text)


class ClosingRow(SQLModel, table=True):
    """A closed month, immutable: its canonical rows, content hash and the decision behind it.

    Version 1 is the closing; each later one a restatement, whose differences are charged in the month `charged_in`.
    """

    __tablename__ = "closing"
    __table_args__ = (
        UniqueConstraint("region", "month", "payer", "version"),
        Index("ix_closing_charged_in", "region", "charged_in"),
    )
    id: int | None = Field(default=None, primary_key=True)
    region: str = Field(max_length=2)
    month: str = Field(max_length=7)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    version: int
    status: str = Field(max_length=20)
    hash: str = Field(max_length=64)
    as_of: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime = Field(sa_type=UtcDateTime)
    closed_by: str = Field(max_length=128)
    decision: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)
    attested_by: str = Field(default="", max_length=128)
    charged_in: str = Field(default="", max_length=7)


class ReviewEventRow(SQLModel, table=True):
    """One act of a month's review, append-only; its number is the claim, so that no two stand on the same facts."""

    __tablename__ = "review_event"
    region: str = Field(primary_key=True, max_length=2)
    month: str = Field(primary_key=True, max_length=7)
    number: int = Field(primary_key=True)
    act: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=128)
    side: str = Field(max_length=20)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    episode: str = Field(default="", max_length=128)
    day: str = Field(default="", max_length=10)
    reason: str = Field(default="", sa_type=Text)
    content: str = Field(default="", max_length=64)
    matter: str = Field(default="local", max_length=20)
    other: str = Field(default="", max_length=128)


class JointDecisionRow(SQLModel, table=True):
    """A decision of both parties that opens a clause's gate for a payer and month, append-only, made once."""

    __tablename__ = "joint_decision"
    region: str = Field(primary_key=True, max_length=2)
    payer: str = Field(primary_key=True, max_length=LONGEST_PAYER)
    clause: str = Field(primary_key=True, max_length=128)
    month: str = Field(primary_key=True, max_length=7)
    region_by: str = Field(max_length=128)
    municipality_by: str = Field(max_length=128)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


class ForecastRow(SQLModel, table=True):
    """One payer's part of one forecast of a month, or the region's (payer ""), append-only; amounts in öre."""

    __tablename__ = "forecast"
    __table_args__ = (Index("ix_forecast_region_month", "region", "month"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    region: str = Field(max_length=2)
    month: str = Field(max_length=7)
    made_at: datetime = Field(sa_type=UtcDateTime)
    as_of: datetime = Field(sa_type=UtcDateTime)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    low: int = Field(sa_type=BigInt)
    median: int = Field(sa_type=BigInt)
    high: int = Field(sa_type=BigInt)
    exempt: int | None = Field(default=None)
    paths: int
    seed: int = Field(sa_type=BigInt)
    code: str = Field(max_length=40)


class HeartbeatRow(SQLModel, table=True):
    """The last complete sweep of one loop (`watch`, `deliver`, `inbox`): when, on which machine, how many ever."""

    __tablename__ = "pulse"
    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    host: str = Field(default="", max_length=64)
    count: int = Field(default=0, sa_type=BigInt)


class SentBeforeRow(SQLModel, table=True):
    """One alert that a journal outside the database says was delivered: after a restore it is not sent again."""

    __tablename__ = "sent_before"
    reference: str = Field(primary_key=True, max_length=20)
    delivered_at: datetime = Field(sa_type=UtcDateTime)


class RetentionPassRow(SQLModel, table=True):
    """A pass for rows of one kind and subject older than an instant; the triggers ask for it.

    Every pass names one after it, which is never there, and the database looks at the end of the transaction: so a
    pass that was not taken back is refused together with all that was done by it. No transaction ever sees another's.
    """

    __tablename__ = "retention_pass"
    __table_args__ = (
        ForeignKeyConstraint(["follows"], ["retention_pass.id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint("follows > id"),
    )
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    follows: int
    kind: str = Field(max_length=20)
    subject: str = Field(default="", max_length=160, index=True)
    older_than: datetime = Field(sa_type=UtcDateTime)


class RetentionRunRow(SQLModel, table=True):
    """What one transaction let go by one rule, append-only: when, by whom, on which basis, how many; no ids."""

    __tablename__ = "retention_run"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    plan: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=128)
    kind: str = Field(max_length=20)
    controller: str = Field(max_length=LONGEST_PAYER)
    keep: str = Field(max_length=40)
    since: str = Field(max_length=20)
    basis: str = Field(sa_type=Text)
    count: int
    oldest: str = Field(max_length=10)
    newest: str = Field(max_length=10)


class TombstoneRow(SQLModel, table=True):
    """The reference of an episode whose details are gone, append-only; `run` is what let it go."""

    __tablename__ = "retained_out"
    reference: str = Field(primary_key=True, max_length=20)
    region: str = Field(max_length=2)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    at: datetime = Field(sa_type=UtcDateTime)
    run: int = Field(sa_type=BigInt)


class SealedMonthRow(SQLModel, table=True):
    """A closed month of a payer that has lost details, append-only: it is neither drafted nor restated any more."""

    __tablename__ = "sealed_month"
    region: str = Field(primary_key=True, max_length=2)
    month: str = Field(primary_key=True, max_length=7)
    payer: str = Field(primary_key=True, max_length=LONGEST_PAYER)
    at: datetime = Field(sa_type=UtcDateTime)


class AccessAnchorRow(SQLModel, table=True):
    """Where the access log's chain begins after its oldest rows went, append-only; each anchor is hashed over the last.

    `seq`, `hash` and `row_at` are those of the last row that went.
    """

    __tablename__ = "access_anchor"
    seq: int = Field(primary_key=True, sa_type=BigInt, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(max_length=64)
    row_at: datetime = Field(sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=128)
    previous: str = Field(max_length=64)
    seal: str = Field(max_length=64)
