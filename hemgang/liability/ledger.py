"""The day ledger: one row a care day of each ready period, over all clauses at once (specification 4.4)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from agreements.model import Attribution, Citation, Clause, Terms
from hemgang.episode.model import Episode, PayerFrom, ReadyPeriod
from hemgang.liability.conditions import Answer, Effect
from hemgang.liability.days import ClauseDay, clause_days
from hemgang.liability.gates import patient_gates, payer_known
from hemgang.liability.leave import leave_over
from hemgang.liability.model import Outcome, Reason, Row
from hemgang.liability.population import MonthGates
from hemgang.liability.rules import Rules, agreement_of, payer_code

_ORE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """The rows of one ready period in a month, by date, and the answers its charged days rest on.

    `answers` is empty where no clause charges any day of the period in the month. `used` are the citations, beside the
    clauses', of values that decided something here.
    """

    episode: Episode
    period: ReadyPeriod
    clauses: tuple[Clause, ...]
    rows: tuple[Row, ...]
    answers: tuple[Answer, ...] = ()
    used: tuple[Citation, ...] = ()


def period_rows(episode: Episode, period: ReadyPeriod, *, rules: Rules, gates: MonthGates) -> PeriodRows | None:
    """Return the rows of a ready period that belong to the month, None where there are none.

    Raises:
        RateUnknown: a charged day begins in a year whose amount is not known.
    """
    if not _touches(period, rules):
        return None
    terms = rules.of_period(episode, period)
    if terms is None:
        return None
    by_date: dict[date, list[ClauseDay]] = {}
    clauses = rules.clauses_of(episode, period, terms)
    for clause in clauses:
        for day in clause_days(clause, period, month=rules.month, today=rules.today):
            by_date.setdefault(day.date, []).append(day)
    if not by_date:
        return None
    writer = _Writer(episode, period, terms, rules, gates)
    rows = tuple(writer.row(on, by_date[on]) for on in sorted(by_date))
    return PeriodRows(episode, period, clauses, rows, writer.answered(), tuple(writer.used))


def _touches(period: ReadyPeriod, rules: Rules) -> bool:
    begun = period.notice.at < rules.month.ends_at
    return begun and (period.end is None or period.end.at >= rules.month.starts_at)


class _Writer:
    """Writes the rows of one period; asks the patient's gates once, and only if a clause charges a day."""

    def __init__(self, episode: Episode, period: ReadyPeriod, terms: Terms, rules: Rules, gates: MonthGates) -> None:
        self.episode, self.period, self.terms, self.rules, self.gates = episode, period, terms, rules, gates
        self.used: list[Citation] = []
        self._answers: tuple[Answer, ...] | None = None

    def answered(self) -> tuple[Answer, ...]:
        return self._answers or ()

    def row(self, on: date, days: Sequence[ClauseDay]) -> Row:
        payer, code = self.episode.payer_on(on), payer_code(self.episode, on)
        weighed = [self._weigh(day, code) for day in days]
        charging = [day for day, outcome, _ in weighed if outcome is Outcome.CHARGED]
        if charging:
            return self._charged(on, code, payer, charging)
        day, outcome, reason = min(weighed, key=lambda found: found[1] is Outcome.NOT_COUNTED)
        return self._row(code, day, outcome, (reason,), self._base(day.clause, payer))

    def _weigh(self, day: ClauseDay, payer: str) -> tuple[ClauseDay, Outcome, Reason]:
        if day.outcome is Outcome.CHARGED and self.gates.result(payer, day.clause).exempt:
            return day, Outcome.FREE, Reason.EXEMPT
        return day, day.outcome, day.reason

    def _charged(self, on: date, code: str, payer: PayerFrom | None, charging: Sequence[ClauseDay]) -> Row:
        day, also = charging[0], tuple(other.clause.id for other in charging[1:])
        answers = (*self._ask(), payer_known(payer, municipalities=self.rules.municipalities))
        messages = (*self._base(day.clause, payer), *_essential(answers))
        missing = tuple(answer.situation.value for answer in answers if answer.effect is Effect.BLOCK)
        leave = leave_over(self.episode, on)
        marks = () if leave is None else (Reason.ON_LEAVE.value,)
        if leave is not None:
            self.used.append(self.terms.gates.leave_days_count.citation)
            if not self.terms.gates.leave_days_count.value:
                return self._row(code, day, Outcome.NOT_COUNTED, marks, (*messages, *leave.messages))
        if missing:
            return self._row(code, day, Outcome.NOT_PROVABLE, (*missing, *marks), messages, also)
        return self._priced(code, day, (day.reason.value, *marks), messages, also)

    def _priced(
        self, code: str, day: ClauseDay, reasons: tuple[str, ...], messages: Iterable[str], also: tuple[str, ...]
    ) -> Row:
        rate = self.rules.rate(day.date)
        self.used.append(rate.citation)
        amount = rate.amount_kr.quantize(_ORE, rounding=ROUND_HALF_UP)
        return self._row(code, day, Outcome.CHARGED, reasons, messages, also, rate.amount_kr, amount)

    def _ask(self) -> tuple[Answer, ...]:
        if self._answers is None:
            self._answers = patient_gates(self.episode, self.period, terms=self.terms, now=self.rules.now)
            self.used.append(self.terms.gates.fixed_care_contact_required.citation)
            self.used += [answer.citation for answer in self._answers]
        return self._answers

    def _base(self, clause: Clause, payer: PayerFrom | None) -> Iterator[str]:
        """Yield what every row rests on: admission, ready notice, payer, and the end where the clause needs one."""
        if self.episode.opened is not None:
            yield self.episode.opened.message
        yield self.period.notice.message
        if payer is not None:
            yield payer.message
        end = self.period.end
        counts_open = clause.open_counted and clause.attribution is Attribution.CARE_DAY
        if end is not None and not (counts_open and end.kind.value in clause.ends_counted):
            yield end.message

    def _row(
        self,
        payer: str,
        day: ClauseDay,
        outcome: Outcome,
        reasons: tuple[str, ...],
        messages: Iterable[str],
        also: tuple[str, ...] = (),
        rate: Decimal | None = None,
        amount: Decimal = Decimal("0.00"),
    ) -> Row:
        return Row(
            payer=payer,
            episode=self.episode.id,
            period=self.period.number,
            n=day.n,
            date=day.date,
            agreement=agreement_of(day.clause),
            clause=day.clause.id,
            outcome=outcome,
            reasons=reasons,
            messages=tuple(sorted(set(messages))),
            also=also,
            rate=rate,
            amount=amount,
        )


def _essential(answers: Iterable[Answer]) -> Iterator[str]:
    for answer in answers:
        yield from answer.essential
