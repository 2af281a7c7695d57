"""Forecasts in the store: appended as they were made, read back to be scored."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.liability.model import Month
from hemgang.outlook.forecast import Band, Forecast
from hemgang.store.tables import ForecastRow


def add(session: Session, made: Forecast, *, made_at: datetime, code: str) -> None:
    """Store a forecast; `code` is the version of the code that made it."""
    session.add_all(
        ForecastRow(
            region=made.region,
            month=str(made.month),
            made_at=made_at,
            as_of=made.as_of,
            payer=band.payer,
            low=band.low,
            median=band.median,
            high=band.high,
            exempt=band.exempt,
            paths=made.paths,
            seed=made.seed,
            code=code,
        )
        for band in made.bands
    )
    session.flush()


def of_region(session: Session, region: str, *, made_by: datetime) -> Iterator[tuple[Month, datetime, Band]]:
    """Yield each payer's part of every forecast of a region made by an instant: month, `as_of`, band.

    A forecast of the same facts that was made again is one: of the same month and `as_of` the first counts.
    """
    query = (
        select(ForecastRow)
        .where(col(ForecastRow.region) == region, col(ForecastRow.made_at) <= made_by)
        .order_by(col(ForecastRow.id))
    )
    seen: set[tuple[str, datetime, str]] = set()
    for row in session.scalars(query):
        key = (row.month, row.as_of, row.payer)
        if key not in seen:
            seen.add(key)
            yield Month.parse(row.month), row.as_of, Band(row.payer, row.low, row.median, row.high, row.exempt)
