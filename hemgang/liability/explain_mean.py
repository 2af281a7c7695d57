"""Why a payer pays for a month by its mean, or does not: over whom, against what, what would have made it free (7)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from agreements.citation import Citation
from agreements.clause import Clause
from agreements.municipalities import Municipality
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.liability.explain import Explanation
from hemgang.liability.model import ClauseLine, Draft, Outcome, Row
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.liability.rules import Rules
from hemgang.liability.sentences import Language, sentence
from hemgang.liability.telling_means import came_to, cited

LONGEST_SHOWN = 10


class MeanTelling:
    """Tells of one payer's mean in a draft, in one language; `rules` are those the draft was computed by."""

    def __init__(self, draft: Draft, rules: Rules, language: Language) -> None:
        """Keep what is told of."""
        self.draft, self.rules, self.language = draft, rules, language

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence in this language."""
        return sentence(self.language, key, **blanks)

    def cite(self, citation: Citation) -> str:
        """Return the clause with the source's words, or with the assumption."""
        return cited(self.language, citation)

    def clause(self, row: Row) -> Clause:
        """Return the clause that a row names."""
        clauses = self.rules.of_month(row.payer).clauses
        return next(one for one in clauses if (agreement_of(one), one.id) == (row.agreement, row.clause))

    def line(self, row: Row) -> ClauseLine:
        """Return what the row's clause came to for its payer in the month."""
        statement = next(one for one in self.draft.statements if one.payer == row.payer)
        return next(one for one in statement.clauses if (one.agreement, one.clause) == (row.agreement, row.clause))

    def of(self, row: Row) -> Iterator[str]:
        """Yield the sentences of a row over a mean."""
        clause, line = self.clause(row), self.line(row)
        payer = self.rules.book.name_of(row.payer) or row.payer
        outcome = "charged_by_mean" if row.outcome is Outcome.CHARGED else "free_by_mean"
        yield self.say(outcome, payer=payer, month=self.draft.month, name=clause.name, care_days=row.care_days)
        yield self.cite(clause.citation("gate"))
        yield from came_to(self, row, clause, line, payer)
        yield from self._members(row, line)
        if self.draft.suspended is not None:
            yield self.say("suspended")
            yield self.cite(self.draft.suspended.citation)

    def _members(self, row: Row, line: ClauseLine) -> Iterator[str]:
        """Yield who stands behind the mean, the longest stays first, and what it rests on."""
        rests = set(row.messages)
        own = [one for one in self.draft.ledger if one.episode and (one.payer, one.clause) == (row.payer, row.clause)]
        days = Counter(one.episode for one in own if rests.intersection(one.messages))
        longest = ", ".join(f"{episode} ({d})" for episode, d in days.most_common(LONGEST_SHOWN))
        at_once = line.result.population - len(days)
        if days:
            yield self.say("mean_longest", longest=longest, shown=min(len(days), LONGEST_SHOWN), at_once=at_once)
        yield self.say("mean_rests_on", messages=", ".join(row.messages))


def explain_mean(
    draft: Draft,
    *,
    agreements: Agreements,
    rates: Rates,
    municipalities: Mapping[str, Municipality],
    now: datetime,
    language: Language,
    payers: Payers | None = None,
) -> tuple[Explanation, ...]:
    """Return why each row over a mean of a draft charges its payer or not; none where no clause is over a mean."""
    book = Rulebook(agreements.as_known_on(local_date(now)), rates, municipalities, now, payers, priced=False)
    telling = MeanTelling(draft, Rules(draft.region, draft.month, book), language)
    return tuple(
        Explanation(
            episode="",
            period=None,
            first=row.date,
            last=draft.month.last,
            outcome=row.outcome,
            reason=row.reason,
            sentences=tuple(telling.of(row)),
        )
        for row in draft.ledger
        if not row.episode
    )
