"""The drafts of the months that an episode's care days lie in, over all episodes of its region."""

from collections.abc import Callable
from datetime import datetime

from hemgang.cli.progress import told
from hemgang.cli.views.stays import every_stay
from hemgang.engine.closing import versions
from hemgang.engine.installation import Installation
from hemgang.engine.retention.guard import refuse_gone
from hemgang.liability.drafting import draft
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.scope import Scope


def drafting(installation: Installation, region: str, *, now: datetime, priced: bool) -> Callable[[Month], Draft]:
    """Return what drafts a month of a region as known at `now`; the episodes are read once.

    All of them, whatever the reader's scope: it limits what is shown, never what a share is taken over.
    Without `priced` also a month whose amount a care day is not known.
    """
    stays = list(every_stay(installation.database, Scope.operator(), known_at=now, region=region))
    rules, used = installation.rules, versions()

    def of_month(month: Month) -> Draft:
        told(f"{month} …")
        with installation.database.reading() as session:
            refuse_gone(session, region=region, months=(month,))
        try:
            return draft(
                stays,
                region=region,
                month=month,
                agreements=rules.agreements,
                rates=rules.rates,
                municipalities=rules.municipalities,
                payers=rules.payers,
                now=now,
                versions=used,
                priced=priced,
            )
        finally:
            told("")

    return of_month
