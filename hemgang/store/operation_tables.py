"""The tables of operation: when each loop last swept to its end, and what had been sent before a restore."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from hemgang.store.instants import UtcDateTime
from hemgang.store.tables import BIG


class PulseRow(SQLModel, table=True):
    """The last complete sweep of one loop (`watch`, `deliver`, `inbox`): when, on which machine, how many ever."""

    __tablename__ = "pulse"
    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    host: str = Field(default="", max_length=64)
    count: int = Field(default=0, sa_type=BIG)


class SentBeforeRow(SQLModel, table=True):
    """One alert that a journal outside the database says was delivered: after a restore it is not sent again."""

    __tablename__ = "sent_before"
    reference: str = Field(primary_key=True, max_length=20)
    delivered_at: datetime = Field(sa_type=UtcDateTime)
