"""Refuses to compute a month that has lost details: the sum over what happens to be left would be wrong."""

from collections.abc import Collection

from sqlmodel import Session

from hemgang.closing.errors import DetailsGone
from hemgang.liability.month import Month
from hemgang.store.retained_out import sealed


def refuse_gone(
    session: Session,
    *,
    region: str,
    months: Collection[Month],
    payer: str | None = None,
    before: Collection[Month] = (),
) -> None:
    """Refuse if details of one of the months are gone, for a payer (None = anybody), or for anybody in one `before`.

    Call it after the messages were read: what goes meanwhile is then seen.

    Raises:
        DetailsGone: names the month, and where what was closed can be read.
    """
    found = sealed(session, region=region, months=sorted({str(month) for month in (*months, *before)}))
    own = {str(month) for month in months}
    for month, payers in sorted(found.items()):
        # By municipality: a district board may have been followed by another since.
        cities = {one.partition("/")[0] for one in payers}
        if payer is None or payer.partition("/")[0] in cities or month not in own:
            raise DetailsGone(
                f"details of {month} in county {region} are gone by the retention rules, so it cannot be computed any "
                f"more; what was closed stands: hemgang closings show {region} {month}"
            )
