"""Writes the rows of one ready period: asks the gates, finds the price, names what each rests on (4.3, 4.4)."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from agreements.citation import Citation
from agreements.clause import Attribution, Clause
from agreements.model import Terms
from hemgang.episode.model import PayerFrom
from hemgang.liability.conditions import Answer, Effect
from hemgang.liability.days import ClauseDays
from hemgang.liability.gates import patient_gates, payer_known
from hemgang.liability.leave import leave_over
from hemgang.liability.model import Outcome, Reason, Row
from hemgang.liability.rules import RuledPeriod, Rules, agreement_of, code_of

_ORE = Decimal("0.01")
_NOTHING = Decimal("0.00")


class RowWriter:
    """Writes rows of one period; the patient's gates are asked once, and only if a clause charges a day.

    `answers` and `used` grow as rows are written: what the gates said, and the citations of values that decided.
    """

    def __init__(self, ruled: RuledPeriod, terms: Terms, rules: Rules) -> None:
        """Begin without answers; `terms` are those the period began under."""
        self.ruled, self.terms, self.rules = ruled, terms, rules
        self.answers: tuple[Answer, ...] = ()
        self.used: list[Citation] = []
        self._asked: dict[str, tuple[Answer, ...]] = {}
        self._messages: dict[tuple[str, str, bool], tuple[str, ...]] = {}

    def uncharged(self, on: date, held: PayerFrom | None, days: ClauseDays, outcome: Outcome, reason: Reason) -> Row:
        """Return the row of a date that no clause charges."""
        messages = self._rests_on(held, days.clause, charging=False)
        return self._row(on, held, days, outcome, (reason.value,), messages)

    def charged(self, on: date, held: PayerFrom | None, charging: Sequence[ClauseDays]) -> Row:
        """Return the row of a date that at least one clause charges, if the patient's gates let it.

        Raises:
            RateUnknown: the amount of the date's year is not known, and one is needed.
        """
        days, also = charging[0], tuple(other.clause.id for other in charging[1:])
        messages = self._rests_on(held, days.clause, charging=True)
        missing = tuple(found.situation.value for found in self._ask(held) if found.effect is Effect.BLOCK)
        leave = leave_over(self.ruled.episode, on) if self.ruled.episode.leaves else None
        marks: tuple[str, ...] = ()
        if leave is not None:
            marks = (Reason.ON_LEAVE.value,)
            self.used.append(self.terms.gates.leave_days_count.citation)
            if not self.terms.gates.leave_days_count.value:
                on_leave = tuple(sorted({*messages, *leave.messages}))
                return self._row(on, held, days, Outcome.NOT_COUNTED, marks, on_leave)
        if missing:
            return self._row(on, held, days, Outcome.NOT_PROVABLE, (*missing, *marks), messages, also)
        reasons = (Reason.BEYOND_FREE_CARE_DAYS.value, *marks)
        return self._row(on, held, days, Outcome.CHARGED, reasons, messages, also, self._rate(on))

    def _rate(self, on: date) -> Decimal | None:
        rate = self.rules.rate(on)
        if rate is None:
            return None
        self.used.append(rate.citation)
        return rate.amount_kr

    def _ask(self, held: PayerFrom | None) -> tuple[Answer, ...]:
        by = held.message if held else ""
        if by not in self._asked:
            if not self.answers:
                episode, period = self.ruled.episode, self.ruled.period
                self.answers = patient_gates(episode, period, terms=self.terms, now=self.rules.now)
                self.used.append(self.terms.gates.fixed_care_contact_required.citation)
                self.used += [answer.citation for answer in self.answers]
            known = payer_known(held, municipalities=self.rules.municipalities)
            self._asked[by] = (*self.answers, known)
        return self._asked[by]

    def _rests_on(self, held: PayerFrom | None, clause: Clause, *, charging: bool) -> tuple[str, ...]:
        key = (held.message if held else "", clause.id, charging)
        if key not in self._messages:
            messages = {*self._base(held, clause)}
            if charging:
                messages.update(*(answer.essential for answer in self._ask(held)))
            self._messages[key] = tuple(sorted(messages))
        return self._messages[key]

    def _base(self, held: PayerFrom | None, clause: Clause) -> Iterator[str]:
        """Yield what every row rests on: admission, ready notice, payer, and the end where the clause needs one."""
        episode, end = self.ruled.episode, self.ruled.period.end
        if episode.opened is not None:
            yield episode.opened.message
        yield self.ruled.period.notice.message
        if held is not None:
            yield held.message
        counts_open = clause.open_counted and clause.attribution is Attribution.CARE_DAY
        if end is not None and not (counts_open and end.kind.value in clause.ends_counted):
            yield end.message

    def _row(
        self,
        on: date,
        held: PayerFrom | None,
        days: ClauseDays,
        outcome: Outcome,
        reasons: tuple[str, ...],
        messages: tuple[str, ...],
        also: tuple[str, ...] = (),
        rate: Decimal | None = None,
    ) -> Row:
        return Row(
            payer=code_of(held),
            episode=self.ruled.episode.id,
            period=self.ruled.period.number,
            n=(on - days.day0).days + 1,
            date=on,
            agreement=agreement_of(days.clause),
            clause=days.clause.id,
            outcome=outcome,
            reasons=reasons,
            messages=messages,
            also=also,
            rate=rate,
            amount=_NOTHING if rate is None else rate.quantize(_ORE, rounding=ROUND_HALF_UP),
        )
