"""The tables of closings: closed and restated months, the acts of their review, joint decisions; all append-only."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from hemgang.store.instants import UtcDateTime
from hemgang.store.tables import LONGEST_PAYER


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
