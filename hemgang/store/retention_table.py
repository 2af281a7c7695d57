"""The tables of retention: what lets old rows go, what was let go, and what must be known of it afterwards."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text
from sqlmodel import Field, SQLModel

from hemgang.store.instants import UtcDateTime
from hemgang.store.tables import BIG, LONGEST_PAYER


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
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
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


class RetainedOutRow(SQLModel, table=True):
    """The reference of an episode whose details are gone, append-only; `run` is what let it go."""

    __tablename__ = "retained_out"
    reference: str = Field(primary_key=True, max_length=20)
    region: str = Field(max_length=2)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    at: datetime = Field(sa_type=UtcDateTime)
    run: int = Field(sa_type=BIG)


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
    seq: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(max_length=64)
    row_at: datetime = Field(sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=128)
    previous: str = Field(max_length=64)
    seal: str = Field(max_length=64)
