"""Puts a run of ledger rows into sentences: what becomes of it, why, by which clause, on what it rests (7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agreements.citation import Citation
from agreements.clause import Clause
from agreements.model import Terms
from calendars.zone import local
from hemgang.episode.model import Episode, ReadyPeriod
from hemgang.liability.conditions import Answer, Effect
from hemgang.liability.gates import patient_gates, payer_known
from hemgang.liability.model import ClauseLine, Draft, Outcome, Reason, Row
from hemgang.liability.repairs import repair_of
from hemgang.liability.rules import RuledPeriod, Rules, agreement_of
from hemgang.liability.sentences import Language, sentence


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells of one episode in one draft, in one language; `rules` are those the draft was computed by."""

    episode: Episode
    draft: Draft
    rules: Rules
    language: Language

    def of_run(self, run: Sequence[Row]) -> Iterator[str]:
        """Yield the sentences for rows that say the same of consecutive dates."""
        row = run[0]
        yield self._outcome(run)
        for reason in row.reasons:
            yield from self._reason(reason, row)
        if row.outcome is Outcome.NOT_PROVABLE:
            yield from self._free_care_days(Reason.BEYOND_FREE_CARE_DAYS, row)
            yield from self._missing(row)
        if row.outcome is Outcome.CHARGED:
            yield from self._charged(row)

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence in this language."""
        return sentence(self.language, key, **blanks)

    def cite(self, citation: Citation) -> str:
        """Return the clause with the source's words, or with the assumption."""
        kind = "quote" if citation.quote is not None else "assumption"
        return self.say(kind, clause=citation.clause, words=citation.quote or citation.assumption)

    def _outcome(self, run: Sequence[Row]) -> str:
        row, last = run[0], run[-1]
        key = "day" if len(run) == 1 else "days"
        days = self.say(key, n=row.n, m=last.n, first=row.date, last=last.date)
        payer = self._payer(row.payer)
        if row.outcome is not Outcome.CHARGED:
            return self.say(row.outcome.value, days=days, payer=payer)
        if row.rate is None:
            return self.say("charged_unpriced", days=days, payer=payer, year=row.date.year)
        amount = sum((one.amount for one in run), Decimal(0))
        money = {"rate": self._kronor(row.rate), "amount": self._kronor(amount)}
        return self.say("charged", days=days, payer=payer, count=len(run), **money)

    def _reason(self, reason: str, row: Row) -> Iterator[str]:
        if reason in (Reason.WITHIN_FREE_CARE_DAYS, Reason.BEYOND_FREE_CARE_DAYS):
            yield from self._free_care_days(reason, row)
        elif reason == Reason.EXEMPT:
            yield from self._share("exempt", row)
        elif reason == Reason.ON_LEAVE:
            yield self.say(reason)
            yield self.cite(self._terms(row).gates.leave_days_count.citation)
        elif reason == Reason.REPORT_ONLY:
            yield self.say(reason, name=self._clause(row).name)
            yield self.cite(self._clause(row).citation("charge"))
        elif reason.startswith("period_"):
            yield self.say(reason, ended=self._period(row).end_date())
            yield self.cite(self._clause(row).citation("ends_counted"))

    def _free_care_days(self, reason: str, row: Row) -> Iterator[str]:
        clause, period = self._clause(row), self._period(row)
        day0 = period.clock_date(clause.cutoff)
        yield self.say(reason, name=clause.name, free=clause.charge.free_care_days, day0=day0)
        yield self.cite(clause.citation("free_care_days"))
        sent = local(period.notice.at)
        if clause.cutoff is not None and sent.time() > clause.cutoff:
            yield self.say("cutoff", sent=f"{sent:%H:%M:%S}", date=sent.date(), cutoff=f"{clause.cutoff:%H:%M}")
            yield self.cite(clause.citation("cutoff"))

    def _share(self, key: str, row: Row) -> Iterator[str]:
        clause, line = self._clause(row), self._line(row)
        result, payer, month = line.result, self._payer(row.payer), self.draft.month
        if result.value is None:
            yield self.say("exempt_empty", payer=payer, month=month)
        else:
            yield self.say(
                key,
                payer=payer,
                month=month,
                counted=result.counted,
                population=result.population,
                value=result.value,
                within=clause.gate.within_days,
                threshold=result.threshold,
            )
        yield self.cite(clause.citation("gate"))

    def _missing(self, row: Row) -> Iterator[str]:
        missing = [answer for answer in self._answers(row) if answer.effect is Effect.BLOCK]
        for answer in missing:
            words = repair_of(answer.situation, self.language)
            yield words.found
            yield self.cite(answer.citation)
            yield self.say("repair", repair=words.repair)
        yield self.say("one_missing" if len(missing) == 1 else "several_missing", count=len(missing))

    def _charged(self, row: Row) -> Iterator[str]:
        if self._line(row).result.threshold is not None:
            yield from self._share("not_exempt", row)
        if row.also:
            yield self.say("also", also=", ".join(row.also))
        yield self.say("rests_on", messages=", ".join(row.messages))
        for answer in self._answers(row):
            if answer.effect is Effect.REVIEW:
                yield self.say("review")
                yield repair_of(answer.situation, self.language).found
                yield self.cite(answer.citation)

    def _answers(self, row: Row) -> tuple[Answer, ...]:
        asked = patient_gates(self.episode, self._period(row), terms=self._terms(row), now=self.rules.now)
        payer = payer_known(self.episode.payer_on(row.date), municipalities=self.rules.municipalities)
        return (*asked, payer)

    def _period(self, row: Row) -> ReadyPeriod:
        return self.episode.periods[row.period - 1]

    def _ruled(self, row: Row) -> RuledPeriod:
        return self.rules.of_period(self.episode, self._period(row))

    def _terms(self, row: Row) -> Terms:
        terms = self._ruled(row).terms
        if terms is None:
            raise LookupError(f"no rule is in force for period {row.period} of {row.episode}")
        return terms

    def _clause(self, row: Row) -> Clause:
        clauses = self._ruled(row).clauses
        return next(found for found in clauses if (agreement_of(found), found.id) == (row.agreement, row.clause))

    def _line(self, row: Row) -> ClauseLine:
        statement = next(found for found in self.draft.statements if found.payer == row.payer)
        lines = statement.clauses
        return next(line for line in lines if (line.agreement, line.clause) == (row.agreement, row.clause))

    def _payer(self, code: str) -> str:
        name = self.rules.name_of(code)
        return f"{name} ({code})" if name else code

    def _kronor(self, amount: Decimal) -> str:
        text = f"{amount:.2f}"
        return text.replace(".", ",") if self.language is Language.SWEDISH else text
