"""Puts a run of ledger rows into sentences: what becomes of it, why, by which clause, on what it rests (7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agreements.citation import Citation
from agreements.clause import Clause, DayUnit
from agreements.model import Terms
from hemgang.liability.answers import doubts, missing
from hemgang.liability.evidence import Period
from hemgang.liability.model import ClauseLine, Draft, Outcome, Reason, Row
from hemgang.liability.repairs import WHO, repair_of
from hemgang.liability.rulebook import agreement_of
from hemgang.liability.rules import Rules
from hemgang.liability.rulesets import Ruleset
from hemgang.liability.sentences import Language, sentence
from hemgang.liability.telling_dates import Dates, dates_of
from hemgang.liability.telling_means import cited, mean_sentences


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells of one episode in one draft, in one language; `rules` are those the draft was computed by.

    `periods` are the episode's rows of the table of periods by number, `rulesets` those they name.
    """

    draft: Draft
    rules: Rules
    language: Language
    periods: Mapping[int, Period]
    rulesets: Sequence[Ruleset]

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
            if self.draft.suspended is not None:
                yield self.say("suspended")
                yield self.cite(self.draft.suspended.citation)

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence in this language."""
        return sentence(self.language, key, **blanks)

    def cite(self, citation: Citation) -> str:
        """Return the clause with the source's words, or with the assumption."""
        return cited(self.language, citation)

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
            yield from self._gate("exempt", row)
        elif reason == Reason.COUNTED_IN_MEAN:
            yield from mean_sentences(self, row)
        elif reason == Reason.ON_LEAVE:
            yield self.say(reason)
            yield self.cite(self._terms(row).gates.leave_days_count.citation)
        elif reason == Reason.REPORT_ONLY:
            yield self.say(reason, name=self.clause(row).name)
            yield self.cite(self.clause(row).citation("charge"))
        elif reason.startswith("period_"):
            yield self.say(reason, ended=self.periods[row.period]["left_on"])
            yield self.cite(self.clause(row).citation("ends_counted"))

    def _free_care_days(self, reason: str, row: Row) -> Iterator[str]:
        clause, found = self.clause(row), self._dates(row)
        free = {"name": clause.name, "free": clause.charge.free_care_days, "day0": found.day0}
        if clause.charge.unit is DayUnit.WEEKDAY:
            yield self.say("weekdays", **free, begins=found.charged_from)
        else:
            yield self.say(reason, **free)
        yield self.cite(clause.citation("free_care_days"))
        if clause.cutoff is not None and found.sent.time() > clause.cutoff:
            sent = f"{found.sent:%H:%M:%S}"
            yield self.say("cutoff", sent=sent, date=found.sent.date(), cutoff=f"{clause.cutoff:%H:%M}")
            yield self.cite(clause.citation("cutoff"))

    def _gate(self, key: str, row: Row) -> Iterator[str]:
        clause, result = self.clause(row), self.line(row).result
        payer, month = self._payer(row.payer), self.draft.month
        if result.threshold is None:
            yield self.say("not_decided" if result.exempt else "decided", month=month)
        elif result.value is None:
            yield self.say("exempt_empty", payer=payer, month=month)
        else:
            counts = {"counted": result.counted, "population": result.population, "within": clause.gate.within_days}
            yield self.say(key, payer=payer, month=month, value=result.value, threshold=result.threshold, **counts)
        yield self.cite(clause.citation("gate"))

    def _missing(self, row: Row) -> Iterator[str]:
        answers = missing(self.periods[row.period], self._terms(row), reasons=row.reasons)
        for answer in answers:
            words = repair_of(answer.situation, self.language)
            yield words.found
            yield self.cite(answer.citation)
            yield self.say("repair", repair=words.repair)
            yield self.say(f"who_{WHO[answer.situation].value}")
        yield self.say("one_missing" if len(answers) == 1 else "several_missing", count=len(answers))

    def _charged(self, row: Row) -> Iterator[str]:
        if self.clause(row).gate.monthly:
            yield from self._gate("not_exempt", row)
        if row.also:
            yield self.say("also", also=", ".join(row.also))
        yield self.say("rests_on", messages=", ".join(row.messages))
        yield from self._would_have_been_free(row)
        for answer in doubts(self.periods[row.period], self._terms(row)):
            yield self.say("review")
            yield repair_of(answer.situation, self.language).found
            yield self.cite(answer.citation)

    def _would_have_been_free(self, row: Row) -> Iterator[str]:
        yield self.say("free_if_left", last=self._dates(row).charged_from)
        result, gate = self.line(row).result, self.clause(row).gate
        if gate.within_days is not None and result.threshold is not None:
            lacking = -(-(result.threshold * result.population - result.counted) // 1)
            blanks = {"count": lacking, "within": gate.within_days}
            yield self.say("free_if_share", **blanks, payer=self._payer(row.payer), month=self.draft.month)

    def clause(self, row: Row) -> Clause:
        """Return the clause that a row names."""
        clauses = self.rulesets[self.periods[row.period]["ruleset"]].clauses
        return next(found for found in clauses if (agreement_of(found), found.id) == (row.agreement, row.clause))

    def line(self, row: Row) -> ClauseLine:
        """Return what the row's clause came to for its payer in the month."""
        statement = next(found for found in self.draft.statements if found.payer == row.payer)
        return next(line for line in statement.clauses if (line.agreement, line.clause) == (row.agreement, row.clause))

    def _dates(self, row: Row) -> Dates:
        return dates_of(self.periods[row.period], self.clause(row))

    def _terms(self, row: Row) -> Terms:
        return self.rulesets[self.periods[row.period]["ruleset"]].terms

    def _payer(self, code: str) -> str:
        name = self.rules.book.name_of(code)
        return f"{name} ({code})" if name else code

    def _kronor(self, amount: Decimal) -> str:
        text = f"{amount:.2f}"
        return text.replace(".", ",") if self.language is Language.SWEDISH else text
