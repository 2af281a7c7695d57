"""Which rules a closing looks up: the terms of a period and of the month, the rate of a day (4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from agreements.model import Clause, GateKind, Rate, Terms
from agreements.municipalities import Municipality
from agreements.names import STATUTE
from agreements.rates import Rates
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.episode.model import Episode, ReadyPeriod
from hemgang.liability.model import UNKNOWN_PAYER
from hemgang.liability.month import Month


@dataclass(frozen=True, slots=True)
class Rules:
    """What one month of one region is computed by; `municipalities` holds the known ones by code.

    `now` is the instant of the computation: a patient still in is charged up to it.
    """

    region: str
    month: Month
    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    now: datetime
    _terms: dict[tuple[date, str], Terms] = field(default_factory=dict, compare=False, repr=False)

    @property
    def today(self) -> date:
        """The local date of `now`."""
        return local_date(self.now)

    def terms(self, on: date, payer: str) -> Terms:
        """Return the terms that hold for a payer of the region on a day.

        Raises:
            ParameterNotInForce: the day lies before the statute.
        """
        key = (on, payer)
        if key not in self._terms:
            self._terms[key] = self.agreements.terms(self.region, on, payer)
        return self._terms[key]

    def of_month(self, payer: str) -> Terms:
        """Return the terms of the month itself: those of its first day."""
        return self.terms(self.month.first, payer)

    def of_period(self, episode: Episode, period: ReadyPeriod) -> Terms | None:
        """Return the terms a ready period began under and keeps: those of its clock date, without any cut-off.

        None where the clock date lies before the act, so that no rule here is in force.
        """
        began = period.clock_date()
        if not self.agreements.named(STATUTE).in_force(began):
            return None
        return self.terms(began, payer_code(episode, began))

    def clauses_of(self, episode: Episode, period: ReadyPeriod, terms: Terms) -> tuple[Clause, ...]:
        """Return the clauses for a period: those with a monthly gate by the month closed, the rest by `terms`.

        A monthly gate counts only while the month is governed by the agreement that the period began under.
        """
        care = episode.patient.care if episode.patient else ""
        month = self.of_month(payer_code(episode, period.clock_date()))
        monthly = month.clauses if month.agreement == terms.agreement else ()
        chosen = [clause for clause in monthly if clause.gate.kind is not GateKind.ALWAYS]
        chosen += [clause for clause in terms.clauses if clause.gate.kind is GateKind.ALWAYS]
        return tuple(clause for clause in chosen if clause.covers(care))

    def rate(self, day: date) -> Rate:
        """Return the amount for a care day that begins on the date.

        Raises:
            RateUnknown: no amount is known for its year.
        """
        return self.rates.amount(day)

    def name_of(self, payer: str) -> str | None:
        """Return the name of a payer, a district with its city; None where the payer is not on the list."""
        code, _, district = payer.partition("/")
        municipality = self.municipalities.get(code)
        if municipality is None:
            return None
        return f"{municipality.name}, {district}" if district else municipality.name


def payer_code(episode: Episode, day: date) -> str:
    """Return the payer of a care day that begins on `day`, UNKNOWN_PAYER where no message names one."""
    payer = episode.payer_on(day)
    return UNKNOWN_PAYER if payer is None else payer.payer


def agreement_of(clause: Clause) -> str:
    """Return the name of the agreement whose file a clause stands in; the statute's where an agreement is silent."""
    return clause.citations[0].agreement
