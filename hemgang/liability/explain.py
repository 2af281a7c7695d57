"""Why a care day is charged, free, not provable or not counted, and why a payer pays for a month (specification 7).

Sentences with clause and quote: of a run of ledger rows, of a payer's mean or share, and of why there is no care day.
Dates are computed by the very expressions that the ledger is computed by.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Protocol

import polars as pl

from agreements.fields import STATUTE
from agreements.model import Citation, Clause, DayUnit, GateKind, Terms
from agreements.payers import Municipality, Payers
from agreements.rates import Rates
from agreements.registry import Agreements
from calendars.timezone import local, local_date
from hemgang.episode.model import Episode, ReadyPeriod, State
from hemgang.i18n.catalogue import text, text_of_data
from hemgang.i18n.language import Language
from hemgang.liability.columns import Period, charged_from, date_of, day0
from hemgang.liability.evaluation import with_gates
from hemgang.liability.model import FIRST_DATE, ClauseLine, DayOutcome, Draft, LedgerRow, Month, Reason, Situation
from hemgang.liability.patient_gates import doubts, missing
from hemgang.liability.periods import period_table
from hemgang.liability.rulebook import MonthRules, Rulebook, Ruleset, agreement_of, ruled


@dataclass(frozen=True, slots=True)
class Dates:
    """Of one period under one clause: local time of the notice, day 0, and the last date that is free to leave on."""

    sent: datetime
    day0: date
    charged_from: date | None


def dates_of(period: Period, clause: Clause) -> Dates:
    """Return the dates, computed by the very expressions that the ledger is computed by."""
    columns = {name: [period[name]] for name in ("began", "ready_on", "sent_on", "sent_clock")}
    first = charged_from(clause)
    told = pl.DataFrame(columns).select(zero=day0(clause.cutoff), first=pl.lit(None) if first is None else first)
    zero, begins = told.row(0)
    return Dates(local(period["notice_at"]), date_of(zero), None if begins is None else date_of(begins))


class Repairer(StrEnum):
    """Who can still send the message that would put it right."""

    WARD = "ward"
    CARE_CONTACT = "care_contact"
    CARE_CONTACT_UNIT = "care_contact_unit"
    ADMINISTRATION = "administration"


REPAIRERS: Mapping[Situation, Repairer] = {
    Situation.NO_ADMISSION_NOTICE: Repairer.WARD,
    Situation.LATE_ADMISSION_NOTICE: Repairer.WARD,
    Situation.UNKNOWN_PAYER: Repairer.ADMINISTRATION,
    Situation.PAYER_NOT_VALID: Repairer.ADMINISTRATION,
    Situation.NO_CARE_CONTACT: Repairer.CARE_CONTACT_UNIT,
    Situation.SIP_NOT_CALLED: Repairer.CARE_CONTACT,
    Situation.SIP_NOT_YET_CALLED: Repairer.CARE_CONTACT,
    Situation.SIP_CALLED_LATE: Repairer.CARE_CONTACT,
    Situation.SIP_CALLED_BY_EXTENDED_DATE: Repairer.CARE_CONTACT,
    Situation.SIP_NEED_UNKNOWN: Repairer.CARE_CONTACT,
    Situation.OUTPATIENT_CARE_UNAVAILABLE: Repairer.CARE_CONTACT_UNIT,
    Situation.OUTPATIENT_CARE_UNKNOWN: Repairer.CARE_CONTACT_UNIT,
    Situation.NO_CARE_PLAN: Repairer.WARD,
}
"""Who sends the message that each situation asks for (LUS 2:1, 2:5, 4:1, 4:3, 5:2, 5:5)."""


@dataclass(frozen=True, slots=True)
class RunExplainer:
    """Tells of one episode in one draft, in one language; `rules` are those the draft was computed by.

    `periods` are the episode's rows of the table of periods by number, `rulesets` those they name.
    """

    draft: Draft
    rules: MonthRules
    language: Language
    periods: Mapping[int, Period]
    rulesets: Sequence[Ruleset]

    def of_run(self, run: Sequence[LedgerRow]) -> Iterator[str]:
        """Yield the sentences for rows that say the same of consecutive dates."""
        row = run[0]
        yield self._outcome(run)
        for reason in row.reasons:
            yield from self._reason(reason, row)
        if row.outcome is DayOutcome.NOT_PROVABLE:
            yield from self._free_care_days(Reason.BEYOND_FREE_CARE_DAYS, row)
            yield from self._missing(row)
        if row.outcome is DayOutcome.CHARGED:
            yield from self._charged(row)
            if self.draft.suspended is not None:
                yield self.say("suspended")
                yield self.cite(self.draft.suspended.citation)

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence in this language."""
        return text(self.language, f"liability.{key}", **blanks)

    def cite(self, citation: Citation) -> str:
        """Return the clause with the source's words, or with the assumption."""
        return cited(self.language, citation)

    def name_of(self, clause: Clause) -> str:
        """Return what a clause is called in this language."""
        return text_of_data(self.language, clause.name)

    def _outcome(self, run: Sequence[LedgerRow]) -> str:
        row, last = run[0], run[-1]
        key = "day" if len(run) == 1 else "days"
        days = self.say(f"day.{key}", n=row.n, m=last.n, first=row.date, last=last.date)
        payer = self._payer(row.payer)
        if row.outcome is not DayOutcome.CHARGED:
            return self.say(f"outcome.{row.outcome.value}", days=days, payer=payer)
        if row.rate is None:
            return self.say("charged_unpriced", days=days, payer=payer, year=row.date.year)
        amount = sum((one.amount for one in run), Decimal(0))
        return self.say("outcome.charged", days=days, payer=payer, count=len(run), rate=row.rate, amount=amount)

    def _reason(self, reason: str, row: LedgerRow) -> Iterator[str]:
        if reason in (Reason.WITHIN_FREE_CARE_DAYS, Reason.BEYOND_FREE_CARE_DAYS):
            yield from self._free_care_days(reason, row)
        elif reason == Reason.EXEMPT:
            yield from self._gate("reason.exempt", row)
        elif reason == Reason.COUNTED_IN_MEAN:
            yield from mean_sentences(self, row)
        elif reason == Reason.ON_LEAVE:
            yield self.say(f"reason.{reason}")
            yield self.cite(self._terms(row).gates.leave_days_count.citation)
        elif reason == Reason.REPORT_ONLY:
            yield self.say(f"reason.{reason}", name=self.name_of(self.clause(row)))
            yield self.cite(self.clause(row).citation("charge"))
        elif reason.startswith("period_"):
            yield self.say(f"reason.{reason}", ended=self.periods[row.period]["left_on"])
            yield self.cite(self.clause(row).citation("ends_counted"))

    def _free_care_days(self, reason: str, row: LedgerRow) -> Iterator[str]:
        clause, found = self.clause(row), self._dates(row)
        free = {"name": self.name_of(clause), "count": clause.charge.free_care_days, "day0": found.day0}
        if clause.charge.unit is DayUnit.WEEKDAY:
            yield self.say("weekdays", **free, begins=found.charged_from)
        else:
            yield self.say(f"reason.{reason}", **free)
        yield self.cite(clause.citation("free_care_days"))
        if clause.cutoff is not None and found.sent.time() > clause.cutoff:
            yield self.say("cutoff", sent=found.sent, date=found.sent.date(), cutoff=clause.cutoff)
            yield self.cite(clause.citation("cutoff"))

    def _gate(self, key: str, row: LedgerRow) -> Iterator[str]:
        clause, result = self.clause(row), self.line(row).result
        payer, month = self._payer(row.payer), self.draft.month.first
        if result.threshold is None:
            yield self.say("not_decided" if result.exempt else "decided", month=month)
        elif result.value is None:
            yield self.say("exempt_empty", payer=payer, month=month)
        else:
            counts = {"counted": result.counted, "population": result.population, "within": clause.gate.within_days}
            yield self.say(key, payer=payer, month=month, value=result.value, threshold=result.threshold, **counts)
        yield self.cite(clause.citation("gate"))

    def _missing(self, row: LedgerRow) -> Iterator[str]:
        answers = missing(self.periods[row.period], self._terms(row), reasons=row.reasons)
        for answer in answers:
            yield self.say(f"situation.{answer.situation.value}")
            yield self.cite(answer.citation)
            yield self.say("would_repair", repair=self.say(f"repair.{answer.situation.value}"))
            yield self.say(f"who.{REPAIRERS[answer.situation].value}")
        yield self.say("missing", count=len(answers))

    def _charged(self, row: LedgerRow) -> Iterator[str]:
        if self.clause(row).gate.monthly:
            yield from self._gate("not_exempt", row)
        if row.also:
            yield self.say("also", also=", ".join(row.also))
        yield self.say("rests_on", messages=", ".join(row.messages))
        yield from self._would_have_been_free(row)
        for answer in doubts(self.periods[row.period], self._terms(row)):
            yield self.say("review")
            yield self.say(f"situation.{answer.situation.value}")
            yield self.cite(answer.citation)

    def _would_have_been_free(self, row: LedgerRow) -> Iterator[str]:
        yield self.say("free_if_left", last=self._dates(row).charged_from)
        result, gate = self.line(row).result, self.clause(row).gate
        if gate.within_days is not None and result.threshold is not None:
            lacking = -(-(result.threshold * result.population - result.counted) // 1)
            blanks = {"count": lacking, "within": gate.within_days}
            yield self.say("free_if_share", **blanks, payer=self._payer(row.payer), month=self.draft.month.first)

    def clause(self, row: LedgerRow) -> Clause:
        """Return the clause that a row names."""
        clauses = self.rulesets[self.periods[row.period]["ruleset"]].clauses
        return next(found for found in clauses if (agreement_of(found), found.id) == (row.agreement, row.clause))

    def line(self, row: LedgerRow) -> ClauseLine:
        """Return what the row's clause came to for its payer in the month."""
        statement = next(found for found in self.draft.statements if found.payer == row.payer)
        return next(line for line in statement.clauses if (line.agreement, line.clause) == (row.agreement, row.clause))

    def _dates(self, row: LedgerRow) -> Dates:
        return dates_of(self.periods[row.period], self.clause(row))

    def _terms(self, row: LedgerRow) -> Terms:
        return self.rulesets[self.periods[row.period]["ruleset"]].terms

    def _payer(self, code: str) -> str:
        name = self.rules.book.name_of(code)
        return f"{name} ({code})" if name else code


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a run of care days with one outcome and one reason has it; both dates included.

    `outcome` is None where there is no care day to explain, and `reason` then says why not.
    """

    episode: str
    period: int | None
    first: date | None
    last: date | None
    outcome: DayOutcome | None
    reason: str
    sentences: tuple[str, ...]


def explain(
    episode: Episode,
    drafts: Iterable[Draft],
    *,
    agreements: Agreements,
    rates: Rates,
    municipalities: Mapping[str, Municipality],
    now: datetime,
    language: Language,
    payers: Payers | None = None,
    day: date | None = None,
) -> tuple[Explanation, ...]:
    """Return why each run of an episode's care days, or one `day`, has the outcome that the drafts give it.

    Draft the months of `months_of` with the same rules and `now`, not `priced`, over all episodes of the region, for a
    share or mean is taken over all. Where there is no care day, one explanation says why.
    """
    known = agreements.as_known_on(local_date(now))
    book = Rulebook(known, rates, municipalities, now, payers, priced=False)
    asked = with_gates(ruled(_table(episode, book), book), book.today)
    periods = {period["period"]: period for period in asked.periods.iter_rows(named=True)}
    found: list[Explanation] = []
    for draft in sorted(drafts, key=lambda draft: draft.month):
        explainer = RunExplainer(draft, MonthRules(draft.region, draft.month, book), language, periods, asked.rulesets)
        rows = [row for row in draft.ledger if row.episode == episode.id and day in (None, row.date)]
        found += [_of_run(run, explainer) for run in _runs(rows)]
    if not found:
        reason, sentences = why_no_care_day(episode, day, agreements=agreements, now=now, language=language)
        found.append(Explanation(episode.id, None, day, day, None, reason, sentences))
    return tuple(sorted(found, key=lambda told: (told.period or 0, told.first or date.max)))


def _table(episode: Episode, book: Rulebook) -> pl.DataFrame:
    table = period_table([episode], municipalities=book.municipalities, payers=book.payers)
    return table.with_row_index("row")


def months_of(episode: Episode, *, now: datetime, day: date | None = None) -> tuple[Month, ...]:
    """Return the months in which care days of an episode, or the one on `day`, can lie or be settled, in order.

    None after that of `now`, and none before 2018, the first year of the act.
    """
    today = local_date(now)
    spans = [(period.clock_date(), min(today, period.end_date() or today)) for period in episode.periods]
    if day is not None:
        spans = [(at, at) for first, last in spans if first <= day <= last for at in (day, last)]
    if episode.state is State.CANCELLED:
        return ()
    return tuple(sorted({month for first, last in spans for month in _months(first, last)}))


def _months(first: date, last: date) -> Iterator[Month]:
    start = max(first, FIRST_DATE)
    while start <= last:
        month = Month.of(start)
        yield month
        start = month.last + timedelta(days=1)


def _runs(rows: Sequence[LedgerRow]) -> Iterator[tuple[LedgerRow, ...]]:
    """Yield rows that say the same of one date after the other, together."""
    run: list[LedgerRow] = list(rows[:1])
    for before, row in pairwise(rows):
        if _content(row) == _content(before) and row.date == before.date + timedelta(days=1):
            run.append(row)
            continue
        yield tuple(run)
        run = [row]
    if run:
        yield tuple(run)


def _content(row: LedgerRow) -> tuple[object, ...]:
    decided = (row.agreement, row.clause, row.also, row.outcome, row.reasons)
    return (row.payer, row.period, decided, row.rate, row.messages)


def _of_run(run: Sequence[LedgerRow], explainer: RunExplainer) -> Explanation:
    row = run[0]
    return Explanation(
        episode=row.episode,
        period=row.period,
        first=row.date,
        last=run[-1].date,
        outcome=row.outcome,
        reason=row.reason,
        sentences=tuple(explainer.of_run(run)),
    )


LONGEST_SHOWN = 10

NOT_EXEMPT = "not_exempt"
"""The stable reason of a share that does not exempt the payer, or of a decision to charge."""

_ASKED_OF_THE_MONTH = frozenset({GateKind.SHARE_BELOW, GateKind.JOINT_DECISION})
"""Gates of a payer's month that let each care day be charged; a mean has a row of its own."""


class MonthExplainer:
    """Tells of a payer's mean or share in a draft, in one language; `rules` are those the draft was computed by."""

    def __init__(self, draft: Draft, rules: MonthRules, language: Language) -> None:
        """Keep what is told of."""
        self.draft, self.rules, self.language = draft, rules, language

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence in this language."""
        return text(self.language, f"liability.{key}", **blanks)

    def cite(self, citation: Citation) -> str:
        """Return the clause with the source's words, or with the assumption."""
        return cited(self.language, citation)

    def name_of(self, clause: Clause) -> str:
        """Return what a clause is called in this language."""
        return text_of_data(self.language, clause.name)

    def clause(self, row: LedgerRow) -> Clause:
        """Return the clause that a row names."""
        clauses = self.rules.of_month(row.payer).clauses
        return next(one for one in clauses if (agreement_of(one), one.id) == (row.agreement, row.clause))

    def line(self, row: LedgerRow) -> ClauseLine:
        """Return what the row's clause came to for its payer in the month."""
        statement = next(one for one in self.draft.statements if one.payer == row.payer)
        return next(one for one in statement.clauses if (one.agreement, one.clause) == (row.agreement, row.clause))

    def of(self, row: LedgerRow) -> Iterator[str]:
        """Yield the sentences of a row over a mean."""
        clause, line = self.clause(row), self.line(row)
        payer = self.rules.book.name_of(row.payer) or row.payer
        outcome = "charged_by_mean" if row.outcome is DayOutcome.CHARGED else "free_by_mean"
        name, month = self.name_of(clause), self.draft.month.first
        yield self.say(outcome, payer=payer, month=month, name=name, count=row.care_days)
        yield self.cite(clause.citation("gate"))
        yield from mean_result(self, row, clause, line, payer)
        yield from self._members(row, line)
        if self.draft.suspended is not None:
            yield self.say("suspended")
            yield self.cite(self.draft.suspended.citation)

    def of_share(self, payer: str, clause: Clause, line: ClauseLine) -> Iterator[str]:
        """Yield the sentences of a clause whose gate is a share, or a decision, of the payer's month."""
        rows = [row for row in self.draft.ledger if row.care_days and _is_of(row, payer, line)]
        values = {"payer": self.rules.book.name_of(payer) or payer, "month": self.draft.month.first}
        outcome = "charged_by_share" if rows else "free_by_share"
        yield self.say(outcome, name=self.name_of(clause), count=line.care_days, **values)
        yield from self._gate(clause, line, values)
        if rows:
            if all(row.rate is not None for row in rows):
                yield self.say("share_amount", amount=sum((row.amount for row in rows), Decimal("0.00")))
            days = Counter(row.episode for row in rows)
            longest = ", ".join(f"{episode} ({d})" for episode, d in days.most_common(LONGEST_SHOWN))
            yield self.say("share_longest", longest=longest, shown=min(len(days), LONGEST_SHOWN))
        if self.draft.suspended is not None:
            yield self.say("suspended")
            yield self.cite(self.draft.suspended.citation)

    def _gate(self, clause: Clause, line: ClauseLine, values: Mapping[str, object]) -> Iterator[str]:
        """Yield what the gate came to, by which clause, and how many more would have made the payer exempt."""
        result = line.result
        if result.threshold is None:
            yield self.say("not_decided" if result.exempt else "decided", **values)
            yield self.cite(clause.citation("gate"))
            return
        if result.value is None:
            yield self.say("exempt_empty", **values)
            yield self.cite(clause.citation("gate"))
            return
        share = {"value": result.value, "threshold": result.threshold, "within": clause.gate.within_days}
        counted = {"counted": result.counted, "population": result.population}
        yield self.say("reason.exempt" if result.exempt else "not_exempt", **share, **counted, **values)
        yield self.cite(clause.citation("gate"))
        if not result.exempt:
            lacking = ceil(result.threshold * result.population - result.counted)
            yield self.say("free_if_share", count=lacking, within=clause.gate.within_days, **values)

    def _members(self, row: LedgerRow, line: ClauseLine) -> Iterator[str]:
        """Yield who stands behind the mean, the longest stays first, and what it rests on."""
        rests = set(row.messages)
        own = [one for one in self.draft.ledger if one.episode and (one.payer, one.clause) == (row.payer, row.clause)]
        days = Counter(one.episode for one in own if rests.intersection(one.messages))
        longest = ", ".join(f"{episode} ({d})" for episode, d in days.most_common(LONGEST_SHOWN))
        at_once = line.result.population - len(days)
        if days:
            yield self.say("mean_longest", longest=longest, shown=min(len(days), LONGEST_SHOWN), at_once=at_once)
        yield self.say("mean_rests_on", messages=", ".join(row.messages))


def explain_payer(
    draft: Draft,
    *,
    agreements: Agreements,
    rates: Rates,
    municipalities: Mapping[str, Municipality],
    now: datetime,
    language: Language,
    payers: Payers | None = None,
) -> tuple[Explanation, ...]:
    """Return why each mean and share of a draft charges its payer or not; none where no clause asks of the month."""
    book = Rulebook(agreements.as_known_on(local_date(now)), rates, municipalities, now, payers, priced=False)
    explainer = MonthExplainer(draft, MonthRules(draft.region, draft.month, book), language)
    means = [_of_month(draft, row.outcome, row.reason, explainer.of(row)) for row in draft.ledger if not row.episode]
    return (*means, *_shares(draft, explainer))


def _shares(draft: Draft, explainer: MonthExplainer) -> Iterator[Explanation]:
    for statement in draft.statements:
        clauses = {(agreement_of(one), one.id): one for one in explainer.rules.of_month(statement.payer).clauses}
        for line in statement.clauses:
            clause = clauses.get((line.agreement, line.clause))
            if clause is None or line.gate not in _ASKED_OF_THE_MONTH:
                continue
            outcome = DayOutcome.CHARGED if line.care_days else DayOutcome.FREE
            reason = Reason.EXEMPT.value if line.result.exempt else NOT_EXEMPT
            yield _of_month(draft, outcome, reason, explainer.of_share(statement.payer, clause, line))


def _of_month(draft: Draft, outcome: DayOutcome, reason: str, sentences: Iterator[str]) -> Explanation:
    return Explanation(
        episode="",
        period=None,
        first=draft.month.first,
        last=draft.month.last,
        outcome=outcome,
        reason=reason,
        sentences=tuple(sentences),
    )


def _is_of(row: LedgerRow, payer: str, line: ClauseLine) -> bool:
    return (row.payer, row.agreement, row.clause) == (payer, line.agreement, line.clause)


def why_no_care_day(
    episode: Episode, day: date | None, *, agreements: Agreements, now: datetime, language: Language
) -> tuple[str, tuple[str, ...]]:
    """Return a stable reason and its sentence for a date, or an episode (`day` is None), without rows in any draft."""
    last = episode.periods[-1] if episode.periods else None
    key = _key(episode, last, day, agreements=agreements, today=local_date(now))
    day0 = last.clock_date() if last else None
    return key, (text(language, f"liability.none.{key}", day=day, day0=day0),)


def _key(episode: Episode, last: ReadyPeriod | None, day: date | None, *, agreements: Agreements, today: date) -> str:
    if episode.opened is None:
        return "unopened"
    if episode.state is State.CANCELLED:
        return "cancelled"
    if last is None:
        return "no_ready_period"
    if not agreements.named(STATUTE).in_force(last.clock_date()):
        return "no_rule"
    return _of_period(episode, last, day, today)


def _of_period(episode: Episode, last: ReadyPeriod, day: date | None, today: date) -> str:
    inside = day is None or any(_covers(period, day) for period in episode.periods)
    if not inside:
        return "no_care_day"
    if last.end is None:
        return "not_over" if day is not None and day >= today else "still_in"
    return "no_care_days" if day is None else "not_in_drafts"


def _covers(period: ReadyPeriod, day: date) -> bool:
    end = period.end_date()
    return period.clock_date() <= day and (end is None or day < end)


class Explainer(Protocol):
    """What a mean is told by: the sentences and citations of one language, and the draft it stands in."""

    @property
    def draft(self) -> Draft:
        """The draft."""

    @property
    def rules(self) -> MonthRules:
        """The rules the draft was computed by."""

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence."""

    def cite(self, citation: Citation) -> str:
        """Return a clause with its words."""

    def name_of(self, clause: Clause) -> str:
        """Return what a clause is called."""

    def clause(self, row: LedgerRow) -> Clause:
        """Return the clause that a row names."""

    def line(self, row: LedgerRow) -> ClauseLine:
        """Return what the row's clause came to."""


def cited(language: Language, citation: Citation) -> str:
    """Return a clause with the source's words, or with the assumption."""
    if citation.quote is not None:
        return text(language, "liability.quote", clause=citation.clause, words=citation.quote)
    words = text_of_data(language, citation.assumption or "")
    return text(language, "liability.assumption", clause=citation.clause, words=words)


def mean_sentences(explainer: Explainer, row: LedgerRow) -> Iterator[str]:
    """Yield why a day is not charged by itself, and what the payer's mean of the month came to."""
    clause, line, month = explainer.clause(row), explainer.line(row), explainer.draft.month.first
    payer = explainer.rules.book.name_of(row.payer) or row.payer
    mean = next((one for one in _mean_rows(explainer, row)), None)
    ended = next((message for message in row.messages if mean is not None and message in mean.messages), None)
    key = "counted_in_mean" if ended is not None else "not_in_mean"
    yield explainer.say(key, name=explainer.name_of(clause), payer=payer, month=month)
    yield explainer.cite(clause.citation("gate"))
    if mean is None or line.result.value is None or line.result.threshold is None:
        yield explainer.say("mean_empty", payer=payer, month=month)
        return
    yield from mean_result(explainer, mean, clause, line, payer)


def _mean_rows(explainer: Explainer, row: LedgerRow) -> Iterator[LedgerRow]:
    for one in explainer.draft.ledger:
        if not one.episode and (one.payer, one.agreement, one.clause) == (row.payer, row.agreement, row.clause):
            yield one


def mean_result(explainer: Explainer, mean: LedgerRow, clause: Clause, line: ClauseLine, payer: str) -> Iterator[str]:
    """Yield what a payer's mean came to, against the threshold, what it costs, and what would have made it free."""
    result, month = line.result, explainer.draft.month.first
    threshold = result.threshold
    if threshold is None:
        return
    numbers = {"value": result.value, "threshold": threshold, "population": result.population}
    yield explainer.say("mean", sum=result.days, **numbers)
    yield explainer.cite(clause.citation("threshold"))
    if mean.outcome is not DayOutcome.CHARGED:
        in_a_row = result.value is not None and result.value > threshold
        key = "mean_not_in_a_row" if in_a_row else "mean_exempt"
        yield explainer.say(key, payer=payer, month=month, months=clause.gate.months)
        return
    if clause.charge.mean_decimals is not None:
        yield explainer.say("mean_rounded", decimals=clause.charge.mean_decimals)
    money = {"care_days": mean.care_days, "amount": mean.amount}
    yield explainer.say("mean_above_threshold", **numbers, **money, payer=payer, month=month)
    yield explainer.cite(clause.citation("charge"))
    fewer = ceil(result.days - threshold * result.population)
    yield explainer.say("mean_free", count=fewer, payer=payer)
