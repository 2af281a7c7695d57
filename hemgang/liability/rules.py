"""Which rules a closing looks up: the terms of a period and of the month, the rate of a day (specification 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property

from agreements.clause import Clause, GateKind
from agreements.model import Rate, Terms
from agreements.municipalities import Municipality
from agreements.names import STATUTE
from agreements.rates import Rates
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.episode.model import Episode, PayerFrom, ReadyPeriod
from hemgang.liability.model import UNKNOWN_PAYER
from hemgang.liability.month import Month


@dataclass(frozen=True, slots=True)
class RuledPeriod:
    """A ready period with the rules it began under and keeps: those of `began`, its clock date without any cut-off.

    `left_on` is the local date of its end, None while it is open. `terms` is None and `clauses` empty where the clock
    date lies before the act. `clauses` are those that say something of it in the month closed.
    """

    episode: Episode
    period: ReadyPeriod
    began: date
    left_on: date | None
    terms: Terms | None
    clauses: tuple[Clause, ...]

    def day0(self, cutoff: time | None) -> date:
        """Return the clock date under a cut-off."""
        return self.began if cutoff is None else self.period.clock_date(cutoff)


@dataclass(frozen=True)
class Rules:
    """What one month of one region is computed by; `municipalities` holds the known ones by code.

    `now` is the instant of the computation: a patient still in is charged up to it. `priced`: whether every charged day
    needs a known amount.
    """

    region: str
    month: Month
    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    now: datetime
    priced: bool = True
    _terms: dict[tuple[date, str], Terms] = field(default_factory=dict, compare=False, repr=False)
    _clauses: dict[tuple[date, str, str], tuple[Clause, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def today(self) -> date:
        """The local date of `now`."""
        return local_date(self.now)

    @cached_property
    def first(self) -> date:
        """The first date of the month."""
        return self.month.first

    @cached_property
    def last(self) -> date:
        """The last date of the month, included."""
        return self.month.last

    @cached_property
    def starts_at(self) -> datetime:
        """The instant at which the month begins, included."""
        return self.month.starts_at

    @cached_property
    def ends_at(self) -> datetime:
        """The instant at which the next month begins."""
        return self.month.ends_at

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
        return self.terms(self.first, payer)

    def of_period(self, episode: Episode, period: ReadyPeriod) -> RuledPeriod:
        """Return a ready period with the rules that it began under."""
        began, left_on = period.clock_date(), period.end_date()
        if not self.agreements.named(STATUTE).in_force(began):
            return RuledPeriod(episode, period, began, left_on, None, ())
        payer = payer_code(episode, began)
        terms = self.terms(began, payer)
        care = episode.patient.care if episode.patient else ""
        key = (began, payer, care)
        if key not in self._clauses:
            self._clauses[key] = self._choose(payer, terms, care)
        return RuledPeriod(episode, period, began, left_on, terms, self._clauses[key])

    def rate(self, day: date) -> Rate | None:
        """Return the amount for a care day that begins on the date; None where unknown and not needed.

        Raises:
            RateUnknown: no amount is known for its year, and one is needed.
        """
        if not self.priced and day.year not in self.rates.by_year:
            return None
        return self.rates.amount(day)

    def name_of(self, payer: str) -> str | None:
        """Return the name of a payer, a district with its city; None where the payer is not on the list."""
        code, _, district = payer.partition("/")
        municipality = self.municipalities.get(code)
        if municipality is None:
            return None
        return f"{municipality.name}, {district}" if district else municipality.name

    def _choose(self, payer: str, terms: Terms, care: str) -> tuple[Clause, ...]:
        """Return the clauses with a monthly gate by the month closed, then the others by the period's own terms.

        A monthly gate counts only while the month is governed by the agreement that the period began under.
        """
        month = self.of_month(payer)
        monthly = month.clauses if month.agreement == terms.agreement else ()
        chosen = [clause for clause in monthly if clause.gate.kind is not GateKind.ALWAYS]
        chosen += [clause for clause in terms.clauses if clause.gate.kind is GateKind.ALWAYS]
        return tuple(clause for clause in chosen if clause.covers(care))


def payer_code(episode: Episode, day: date) -> str:
    """Return the payer of a care day that begins on `day`, UNKNOWN_PAYER where no message names one."""
    return code_of(episode.payer_on(day))


def code_of(held: PayerFrom | None) -> str:
    """Return the code of a payer, UNKNOWN_PAYER where no message names one."""
    return UNKNOWN_PAYER if held is None else held.payer


def agreement_of(clause: Clause) -> str:
    """Return the name of the agreement whose file a clause stands in; the statute's where an agreement is silent."""
    return clause.citations[0].agreement
