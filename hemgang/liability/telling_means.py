"""Explains a payer's mean: over whom, against which threshold, what it costs, what would have made it free (4.1)."""

from collections.abc import Iterator
from math import ceil
from typing import Protocol

from agreements.citation import Citation
from agreements.clause import Clause
from hemgang.liability.model import ClauseLine, Draft, Outcome, Row
from hemgang.liability.rules import Rules
from hemgang.liability.sentences import Language, sentence


class Teller(Protocol):
    """What a mean is told by: the sentences and citations of one language, and the draft it stands in."""

    @property
    def draft(self) -> Draft:
        """The draft."""

    @property
    def rules(self) -> Rules:
        """The rules the draft was computed by."""

    def say(self, key: str, **blanks: object) -> str:
        """Return one sentence."""

    def cite(self, citation: Citation) -> str:
        """Return a clause with its words."""

    def clause(self, row: Row) -> Clause:
        """Return the clause that a row names."""

    def line(self, row: Row) -> ClauseLine:
        """Return what the row's clause came to."""


def cited(language: Language, citation: Citation) -> str:
    """Return a clause with the source's words, or with the assumption."""
    kind = "quote" if citation.quote is not None else "assumption"
    return sentence(language, kind, clause=citation.clause, words=citation.quote or citation.assumption)


def mean_sentences(teller: Teller, row: Row) -> Iterator[str]:
    """Yield why a day is not charged by itself, and what the payer's mean of the month came to."""
    clause, line, month = teller.clause(row), teller.line(row), teller.draft.month
    payer = teller.rules.book.name_of(row.payer) or row.payer
    mean = next((one for one in _mean_rows(teller, row)), None)
    ended = next((message for message in row.messages if mean is not None and message in mean.messages), None)
    key = "counted_in_mean" if ended is not None else "not_in_mean"
    yield teller.say(key, name=clause.name, payer=payer, month=month)
    yield teller.cite(clause.citation("gate"))
    if mean is None or line.result.value is None or line.result.threshold is None:
        yield teller.say("mean_empty", payer=payer, month=month)
        return
    yield from came_to(teller, mean, clause, line, payer)


def _mean_rows(teller: Teller, row: Row) -> Iterator[Row]:
    for one in teller.draft.ledger:
        if not one.episode and (one.payer, one.agreement, one.clause) == (row.payer, row.agreement, row.clause):
            yield one


def came_to(teller: Teller, mean: Row, clause: Clause, line: ClauseLine, payer: str) -> Iterator[str]:
    """Yield what a payer's mean came to, against the threshold, what it costs, and what would have made it free."""
    result, month = line.result, teller.draft.month
    threshold = result.threshold
    if threshold is None:
        return
    numbers = {"value": result.value, "threshold": threshold, "population": result.population}
    yield teller.say("mean", sum=result.days, **numbers)
    yield teller.cite(clause.citation("threshold"))
    if mean.outcome is not Outcome.CHARGED:
        in_a_row = result.value is not None and result.value > threshold
        key = "mean_not_in_a_row" if in_a_row else "mean_exempt"
        yield teller.say(key, payer=payer, month=month, months=clause.gate.months)
        return
    if clause.charge.mean_decimals is not None:
        yield teller.say("mean_rounded", decimals=clause.charge.mean_decimals)
    amount = f"{mean.amount:.2f}"
    yield teller.say(
        "mean_above_threshold", **numbers, care_days=mean.care_days, amount=amount, payer=payer, month=month
    )
    yield teller.cite(clause.citation("charge"))
    fewer = ceil(result.days - threshold * result.population)
    yield teller.say("mean_free", days=fewer, payer=payer)
