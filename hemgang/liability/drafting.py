"""Drafts a month: from the episodes of a region to statements, ledger, review list and findings (4.4-4.6)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from agreements.municipalities import Municipality
from agreements.rates import Rates
from agreements.register import Agreements
from hemgang.episode.model import Episode, State
from hemgang.liability.assumptions import agreements_used, assumptions_used
from hemgang.liability.canonical import canonical_lines, content_hash
from hemgang.liability.errors import StrictRefused
from hemgang.liability.ledger import PeriodRows, period_rows
from hemgang.liability.model import Draft, Versions
from hemgang.liability.money_findings import money_findings
from hemgang.liability.month import Month
from hemgang.liability.population import MonthGates, month_gates
from hemgang.liability.review import review_list
from hemgang.liability.rules import RuledPeriod, Rules
from hemgang.liability.statement import payers_in_month, statements


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
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
) -> Draft:
    """Return the draft of a region's month over all its episodes, whatever their order.

    Give every episode known, each once: those of other regions and months are left out here. `municipalities` holds
    the known ones by code. A month that is not over at `now` gives a forecast (`Draft.over`). `payer` limits what comes
    out, never what a mean or share is taken over. `strict` refuses values that no source gives. Without `priced` days
    are computed even where their amount is not known, to explain them; such a draft is no statement.

    Raises:
        RateUnknown: the amount a care day is not known for the month's year, or for the year of a charged day.
        StrictRefused: with `strict`, if the draft rests on assumptions.
        ValueError: an episode is given twice.
    """
    rules = Rules(region, month, agreements, rates, municipalities, now, priced)
    drafted = _draft(_stays(episodes, rules), rules, versions=versions, payer=payer)
    if strict and drafted.assumptions:
        raise StrictRefused(drafted.assumptions)
    return drafted


def _draft(stays: Sequence[Episode], rules: Rules, *, versions: Versions, payer: str | None) -> Draft:
    month_rate = rules.rate(rules.first)
    periods = [rules.of_period(stay, period) for stay in stays for period in stay.periods]
    gates = month_gates(periods, rules)
    found = _rows(periods, rules, gates, payer)
    stated = statements(stays, found, rules=rules, gates=gates, payer=payer)
    used = agreements_used(stated, rules)
    lines = canonical_lines(
        region=rules.region, month=rules.month, payer=payer, statements=stated, agreements=used, versions=versions
    )
    return Draft(
        region=rules.region,
        month=rules.month,
        agreement=rules.agreements.governing(rules.region, rules.first),
        payer=payer,
        priced=rules.priced,
        over=rules.now >= rules.ends_at,
        hash=content_hash(lines),
        assumptions=assumptions_used(stated, found, agreements=used, rules=rules, rate=month_rate),
        statements=stated,
        ledger=tuple(row for statement in stated for row in statement.rows),
        review=review_list(found, payer=payer),
        findings=money_findings(_of_payer(stays, payer, rules), periods, rules),
    )


def _stays(episodes: Iterable[Episode], rules: Rules) -> tuple[Episode, ...]:
    """Return the region's stays that overlap the month, by episode; a cancelled one never was."""
    by_id: dict[str, Episode] = {}
    for episode in episodes:
        if episode.id in by_id:
            raise ValueError(f"episode {episode.id!r} is given twice")
        by_id[episode.id] = episode
    return tuple(by_id[name] for name in sorted(by_id) if _overlaps(by_id[name], rules))


def _overlaps(episode: Episode, rules: Rules) -> bool:
    if episode.region != rules.region or episode.opened is None or episode.state is State.CANCELLED:
        return False
    until = episode.end.at if episode.end else rules.now
    return episode.opened.at < rules.ends_at and until >= rules.starts_at


def _rows(periods: Iterable[RuledPeriod], rules: Rules, gates: MonthGates, payer: str | None) -> tuple[PeriodRows, ...]:
    every = (period_rows(ruled, rules=rules, gates=gates) for ruled in periods)
    return tuple(
        found
        for found in every
        if found is not None and (payer is None or any(row.payer == payer for row in found.rows))
    )


def _of_payer(stays: Iterable[Episode], payer: str | None, rules: Rules) -> tuple[Episode, ...]:
    return tuple(stay for stay in stays if payer is None or payer in payers_in_month(stay, rules))
