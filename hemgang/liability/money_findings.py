"""The findings that touch money: closing over them needs a named decision (the quality gate of specification 4.5)."""

from collections.abc import Collection, Iterator

import polars as pl

from hemgang.episode.checks import checks
from hemgang.episode.model import FACT_LISTS, Episode
from hemgang.findings import Code, Finding
from hemgang.liability.model import MoneyFinding
from hemgang.liability.payer_spans import PayerState
from hemgang.liability.rulebook import Rulebook

NO_RULE_IN_FORCE = "no_rule_in_force"
"""A ready period whose clock date lies before the act: nothing here says what its days cost."""

PAYER_NOT_VALID = "payer_not_valid"
"""A payer with dates of its own, a district board, named for days outside them, and no successor known."""

TOUCHES_MONEY = frozenset(
    {
        Code.OUT_OF_ORDER,
        Code.UNKNOWN_MESSAGE,
        Code.READY_WITHOUT_CARE_PLAN,
        Code.ADMISSION_NOTICE_MISSING,
        Code.DISCHARGE_MISSING,
        Code.UNKNOWN_PAYER,
    }
)
"""Findings that may hide or make a charged day; the others are about form."""


def money_findings(stays: Collection[Episode], periods: pl.DataFrame, book: Rulebook) -> tuple[MoneyFinding, ...]:
    """Return the findings of the stays that touch money, sorted by episode, code and messages.

    `periods` are ready periods of these and perhaps other stays, with their column `ruleset`.
    """
    found = {finding for stay in stays for finding in _of_stay(stay, book)}
    asked = pl.Series([stay.id for stay in stays], dtype=pl.String).implode()
    here = periods.filter(pl.col("episode").is_in(asked))
    found.update(_without_rule(here))
    found.update(_not_valid(here))
    return tuple(sorted(found, key=lambda finding: (finding.episode, finding.code, finding.messages, finding.expected)))


def _of_stay(stay: Episode, book: Rulebook) -> Iterator[MoneyFinding]:
    later = checks(stay, now=book.now, payers=book.municipalities)
    for finding in (*stay.findings, *later):
        if finding.code in TOUCHES_MONEY and not _counted_all_the_same(finding, stay):
            yield MoneyFinding(finding.code.value, stay.id, finding.messages, finding.expected)


def _without_rule(periods: pl.DataFrame) -> Iterator[MoneyFinding]:
    expected = "a clock date on which the act or an agreement is in force"
    unruled = periods.filter(pl.col("ruleset").is_null()).select("episode", "notice_message")
    yield from (
        MoneyFinding(NO_RULE_IN_FORCE, episode, (message,), expected) for episode, message in unruled.iter_rows()
    )


def _not_valid(periods: pl.DataFrame) -> Iterator[MoneyFinding]:
    """Yield a finding for each ready period with a payer outside the payer's own dates."""
    expected = "a payer that exists on the care day's date, or one whose successor is known"
    several = (
        pl.col("payers").list.eval(pl.element().struct.field("payer_state") == int(PayerState.NOT_VALID)).list.any()
    )
    not_valid = several.fill_null(pl.col("payer_state") == int(PayerState.NOT_VALID))
    for episode, message in periods.filter(not_valid).select("episode", "payer_message").iter_rows():
        yield MoneyFinding(PAYER_NOT_VALID, episode, (message,), expected)


def _counted_all_the_same(finding: Finding, stay: Episode) -> bool:
    """Tell whether an early message was kept as a fact (a notice sent before the admission): nothing is lost."""
    if finding.code is not Code.OUT_OF_ORDER:
        return False
    kept = {fact.message for name in FACT_LISTS for fact in getattr(stay, name)}
    return kept.issuperset(finding.messages)
