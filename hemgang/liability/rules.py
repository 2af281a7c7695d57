"""What one month of one region is computed by: the rulebook with the month's own terms (specification 4.2)."""

from dataclasses import dataclass
from datetime import date

from agreements.model import Agreement, Rate, Suspension, Terms
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one month of one region."""

    region: str
    month: Month
    book: Rulebook

    def of_month(self, payer: str) -> Terms:
        """Return the terms of the month itself for a payer: those of its first day."""
        return self.book.terms(self.region, self.month.first, payer)

    def agreement(self) -> Agreement:
        """Return the agreement that governs the region on the month's first day; the statute where it has none."""
        return self.book.agreements.governing(self.region, self.month.first)

    def suspended(self) -> Suspension | None:
        """Return why liability is dormant on the month's first day, None where it is in force."""
        return self.agreement().suspended(self.month.first)

    def rate(self) -> Rate | None:
        """Return the statutory amount of the month; None where the region agreed on its own, or unknown and not needed.

        Raises:
            RateUnknown: no amount is known for the year, and one is needed.
        """
        first: date = self.month.first
        if self.book.agreements.terms_of(self.agreement().name, first).amount_kr is not None:
            return self.book.rates.by_year.get(first.year)
        return self.book.rate(first)
