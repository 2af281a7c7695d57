"""The table of forecasts: what was foretold of a month, kept as it was said, to be held against the outcome."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hemgang.store.instants import UtcDateTime
from hemgang.store.tables import BIG, LONGEST_PAYER


class ForecastRow(SQLModel, table=True):
    """One payer's part of one forecast of a month, or the region's (payer ""), append-only; amounts in öre."""

    __tablename__ = "forecast"
    __table_args__ = (Index("ix_forecast_region_month", "region", "month"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    region: str = Field(max_length=2)
    month: str = Field(max_length=7)
    made_at: datetime = Field(sa_type=UtcDateTime)
    as_of: datetime = Field(sa_type=UtcDateTime)
    payer: str = Field(default="", max_length=LONGEST_PAYER)
    low: int = Field(sa_type=BIG)
    median: int = Field(sa_type=BIG)
    high: int = Field(sa_type=BIG)
    exempt: int | None = Field(default=None)
    paths: int
    seed: int = Field(sa_type=BIG)
    code: str = Field(max_length=40)
