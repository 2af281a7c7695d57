"""Drafts a month: from the episodes of a region to statements, ledger, review list and findings (4.4-4.6)."""

from collections.abc import Iterable, Mapping
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
from hemgang.liability.rules import Rules
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
) -> Draft:
    """Return the draft of a region's month over all its episodes, whatever their order.

    Give every episode known, each once: those of other regions and months are left out here. `payer` limits what comes
    out, never what a mean or share is taken over. `municipalities` holds the known ones by code. A month that is
    not over at `now` gives a forecast (`Draft.over`). `strict` refuses values that no source gives.

    Raises:
        RateUnknown: the amount a care day is not known for the month's year, or for the year of a charged day.
        StrictRefused: with `strict`, if the draft rests on assumptions.
        ValueError: an episode is given twice.
    """
    rules = Rules(region, month, agreements, rates, municipalities, now)
    month_rate = rules.rate(month.first)
    stays = _stays(episodes, rules)
    gates = month_gates(stays, rules)
    found = _rows(stays, rules, gates, payer)
    stated = statements(stays, found, rules=rules, gates=gates, payer=payer)
    used = agreements_used(stated, rules)
    assumptions = assumptions_used(stated, found, agreements=used, rules=rules, rate=month_rate)
    if strict and assumptions:
        raise StrictRefused(assumptions)
    lines = canonical_lines(
        region=region, month=month, payer=payer, statements=stated, agreements=used, versions=versions
    )
    return Draft(
        region=region,
        month=month,
        agreement=agreements.governing(region, month.first),
        payer=payer,
        over=now >= month.ends_at,
        hash=content_hash(lines),
        assumptions=assumptions,
        statements=stated,
        ledger=tuple(row for statement in stated for row in statement.rows),
        review=review_list(found, payer=payer),
        findings=money_findings(_of_payer(stays, payer, rules), rules),
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
    return episode.opened.at < rules.month.ends_at and until >= rules.month.starts_at


def _rows(stays: Iterable[Episode], rules: Rules, gates: MonthGates, payer: str | None) -> tuple[PeriodRows, ...]:
    every = (period_rows(stay, period, rules=rules, gates=gates) for stay in stays for period in stay.periods)
    return tuple(
        found
        for found in every
        if found is not None and (payer is None or any(row.payer == payer for row in found.rows))
    )


def _of_payer(stays: Iterable[Episode], payer: str | None, rules: Rules) -> tuple[Episode, ...]:
    return tuple(stay for stay in stays if payer is None or payer in payers_in_month(stay, rules))
