"""The tables. Rows here are storage only; the core's frozen values are made from them, never the reverse.

`table=True` models do not validate: everything was validated at the boundary (hemgang.messages), and the database's
own constraints and triggers (see migrations) are the second wall.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from hemgang.store.instants import UtcDateTime

BIG = BigInteger().with_variant(Integer, "sqlite")
LONGEST_PAYER = 140
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
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
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
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
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
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bundle: str = Field(index=True, max_length=20)
    recipient: str = Field(max_length=128)
    channel: str = Field(max_length=128)
    number: int
    outcome: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class AcknowledgementRow(SQLModel, table=True):
    """A named person has seen an alert, append-only."""

    __tablename__ = "acknowledgement"
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    episode: str = Field(index=True, max_length=128)
    key: str = Field(max_length=120)
    revision: int
    reference: str = Field(max_length=20)
    by: str = Field(max_length=128)
    at: datetime = Field(sa_type=UtcDateTime)


class AccessRow(SQLModel, table=True):
    """Who read which episode, when, from which unit and why; append-only, each row hashed over the one before."""

    __tablename__ = "access"
    seq: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
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
