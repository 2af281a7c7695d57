"""Drafts a month: from the episodes of a region to statements, ledger, review list and findings (4.4-4.6)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from agreements.payers import Municipality, Payers
from agreements.rates import Rates
from agreements.registry import Agreements
from calendars.timezone import local_date
from hemgang.episode.model import Episode
from hemgang.liability.evaluation import Evaluation, evaluate
from hemgang.liability.model import Draft, Month, StrictRefused, Versions
from hemgang.liability.periods import Facts, facts, in_month, payers_in_month
from hemgang.liability.rulebook import JointDecision, MonthRules, Rulebook
from hemgang.liability.serialize import canonical_lines, content_hash
from hemgang.liability.statement import (
    agreements_used,
    assumptions_used,
    ledger_rows,
    money_findings,
    review_list,
    statements,
)


def draft(
    episodes: Iterable[Episode],
    *,
    region: str,
    month: Month,
    agreements: Agreements,
    rates: Rates,
    municipalities: Mapping[str, Municipality],
    now: datetime,
    versions: Versions,
    payers: Payers | None = None,
    decisions: frozenset[JointDecision] = frozenset(),
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
) -> Draft:
    """Return the draft of a region's month over all its episodes, whatever their order.

    Give every episode known, each once: those of other regions are left out here. `municipalities` holds the known
    ones by code, `payers` those with dates of their own. The agreements count as they were known at `now`. A month that
    is not over at `now` gives a forecast (`Draft.over`). `payer` limits what comes out, never what a mean or share is
    taken over. `strict` refuses values that no source gives. Without `priced` days are computed even where their amount
    is not known, to explain them; such a draft is no statement.

    Raises:
        RateUnknown: the amount a care day is not known for the month's year, or for the year of a charged day.
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
        StrictRefused: with `strict`, if the draft rests on assumptions.
        ValueError: an episode is given twice.
    """
    known = agreements.as_known_on(local_date(now))
    book = Rulebook(known, rates, municipalities, now, payers, decisions, priced)
    return draft_facts(facts(episodes, region, book), month, book, versions=versions, payer=payer, strict=strict)


def draft_facts(
    known: Facts, month: Month, book: Rulebook, *, versions: Versions, payer: str | None = None, strict: bool = False
) -> Draft:
    """Return the draft of a month over a region's facts; see `draft`."""
    rules = MonthRules(known.region, month, book)
    rules.rate()
    found = evaluate(known.periods, (month,), book)
    drafted = _drafted(known, found, rules, versions=versions, payer=payer)
    if strict and drafted.assumptions:
        raise StrictRefused(drafted.assumptions)
    return drafted


def _drafted(known: Facts, found: Evaluation, rules: MonthRules, *, versions: Versions, payer: str | None) -> Draft:
    book, month = rules.book, rules.month
    stays = [(stay, payers_in_month(stay, month, book)) for stay in known.stays if in_month(stay, month, book)]
    rows = tuple(row for row in ledger_rows(found, month) if payer in (None, row.payer))
    present = {code for _, codes in stays for code in codes if payer in (None, code)}
    stated = statements(present, rows, found, rules=rules)
    used = agreements_used(stated, rules)
    lines = canonical_lines(
        region=known.region, month=month, payer=payer, statements=stated, agreements=used, versions=versions
    )
    asked = [stay for stay, codes in stays if payer is None or payer in codes]
    return Draft(
        region=known.region,
        month=month,
        agreement=rules.agreement(),
        payer=payer,
        priced=book.priced,
        over=book.now >= month.ends_at,
        hash=content_hash(lines),
        assumptions=assumptions_used(stated, found, agreements=used, rules=rules),
        statements=stated,
        ledger=rows,
        review=review_list(rows, found),
        findings=money_findings(asked, found.periods, book),
        suspended=rules.suspended(),
    )
