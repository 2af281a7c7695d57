"""Which counties the store knows of."""

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.store.tables import MessageRow


def regions_with_discharges(session: Session) -> list[str]:
    """Return the county codes that any message names, sorted."""
    query = select(col(MessageRow.region)).where(col(MessageRow.region).is_not(None)).distinct()
    return sorted(str(region) for region in session.scalars(query))
