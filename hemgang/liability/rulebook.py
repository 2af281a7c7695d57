"""Everything a computation rests on beside the facts: agreements, amounts, payers, decisions, and one `now`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from agreements.clause import Clause
from agreements.model import Rate, Terms
from agreements.municipalities import Municipality
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements
from calendars.zone import local_date

JointDecision = tuple[str, str, str, str]
"""Region, payer, clause id and month (YYYY-MM) of a recorded decision of both parties."""


@dataclass(frozen=True)
class Rulebook:
    """The rules of one computation.

    `municipalities` holds the known ones by code, `payers` those with dates of their own (None = no such register is
    kept). `now`: a patient still in is charged up to it. `decisions` open the gates that wait for both parties.
    `priced`: whether every charged day needs a known amount.
    """

    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    now: datetime
    payers: Payers | None = None
    decisions: frozenset[JointDecision] = frozenset()
    priced: bool = True

    @cached_property
    def today(self) -> date:
        """The local date of `now`."""
        return local_date(self.now)

    def terms(self, region: str, on: date, payer: str) -> Terms:
        """Return the terms that hold for a payer of a region on a day.

        Raises:
            ParameterNotInForce: the day lies before the statute.
        """
        return self.agreements.terms(region, on, payer)

    def rate(self, day: date) -> Rate | None:
        """Return the statutory amount for a care day that begins on the date; None where unknown and not needed.

        Raises:
            RateUnknown: no amount is known for its year, and one is needed.
        """
        if not self.priced and day.year not in self.rates.by_year:
            return None
        return self.rates.amount(day)

    def name_of(self, payer: str) -> str | None:
        """Return the name of a payer, a district with its city; None where the payer is not on the list."""
        if self.payers is not None and (rows := self.payers.rows(payer)):
            return rows[-1].name
        code, _, district = payer.partition("/")
        municipality = self.municipalities.get(code)
        if municipality is None:
            return None
        return f"{municipality.name}, {district}" if district else municipality.name


def agreement_of(clause: Clause) -> str:
    """Return the name of the agreement whose file a clause stands in; the statute's where an agreement is silent."""
    return clause.citations[0].agreement
