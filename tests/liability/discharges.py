"""Discharges for the liability tests: messages in local time, folded and drafted with the shipped agreements."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agreements.loader import load_agreements, load_rates
from agreements.model import Citation, Rate
from agreements.payers import Payers, municipalities
from agreements.rates import Rates
from agreements.registry import Agreements
from calendars.timezone import local_date, read_local
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.liability.draft import draft
from hemgang.liability.explain import Explanation
from hemgang.liability.model import DayOutcome, Draft, LedgerRow, Month, Statement, Versions
from hemgang.liability.rulebook import JointDecision
from hemgang.messages.model import Message, MessageType

BERG, OSTERSUND, ANGE = "2326", "2380", "2260"
VERSIONS = Versions(code="test", calendar="test", rates="test")
LATER = "2024-06-01 12:00"


def rates_with(year: int, amount_kr: str) -> Rates:
    """Return the shipped rates with one more year, which rests on an assumption."""
    citation = Citation("rates", f"amount_kr.{year}", "a test", assumption="made up for a test")
    return replace(load_rates(), by_year={**load_rates().by_year, year: Rate(year, Decimal(amount_kr), citation)})


def statute_with(name: str, value: object) -> Agreements:
    """Return the shipped agreements with another value in the statute, and so wherever an agreement is silent."""
    agreements = load_agreements()
    lus = agreements.dated["lus"]
    rows = tuple(replace(row, value=value) for row in lus.values[name])
    return Agreements(dated={**agreements.dated, "lus": replace(lus, values={**lus.values, name: rows})})


def at(text: str) -> datetime:
    """Return the instant of a local time such as 2023-03-01 09:00."""
    instant = read_local(datetime.fromisoformat(text)).instant
    assert instant is not None
    return instant


def message(name: str, kind: str, when: str, **fields: Any) -> Message:
    """Return one message; `name` is episode/id and the id unique within the episode."""
    episode, _, own = name.partition("/")
    sent = at(when)
    return Message(f"{episode}/{own or kind}", episode, MessageType(kind), sent, sent, fields=fields)


def stay(
    name: str = "e1",
    *,
    ready: str = "2023-03-01 09:00",
    left: str | None = "2023-03-05 10:00",
    payer: str = BERG,
    region: str = "23",
    care: str = "somatic",
    status: str = "voluntary",
    need: str | None = "no",
    outpatient: str | None = "yes",
    without: Iterable[str] = (),
    more: Iterable[Message] = (),
) -> list[Message]:
    """Return the messages of a stay whose every gate passes; `without` leaves out types, `more` adds messages."""
    day = at(ready) - timedelta(days=2)
    before = f"{local_date(day)} 08:00"
    noted = f"{local_date(day)} 09:00"
    admitted = {"region": region, "municipality": payer, "care": care, "legal_status": status}
    found = [
        message(name, "admitted", before, **admitted),
        message(name, "admission_notice", noted),
        message(name, "ready_notice", ready),
    ]
    if need is not None:
        found.append(message(name, "sip_need", noted, needed=need))
    if outpatient is not None:
        found.append(message(name, "outpatient_care", noted, available=outpatient))
    if left is not None:
        found.append(message(name, "discharged", left))
    dropped = set(without)
    return [*(one for one in found if one.type.value not in dropped), *more]


def folded(messages: Iterable[Message]) -> list[Episode]:
    """Return the episodes of messages that may be of several."""
    by_episode: dict[str, list[Message]] = {}
    for one in messages:
        by_episode.setdefault(one.episode, []).append(one)
    return [fold(found) for found in by_episode.values()]


def drafted(
    messages: Iterable[Message],
    month: str = "2023-03",
    *,
    region: str = "23",
    now: str = LATER,
    payer: str | None = None,
    strict: bool = False,
    priced: bool = True,
    agreements: Agreements | None = None,
    rates: Rates | None = None,
    payers: Payers | None = None,
    decisions: frozenset[JointDecision] = frozenset(),
) -> Draft:
    """Return the draft of a month over the messages."""
    return draft(
        folded(messages),
        region=region,
        month=Month.parse(month),
        agreements=agreements or load_agreements(),
        rates=rates or load_rates(),
        municipalities=municipalities(),
        now=at(now),
        versions=VERSIONS,
        payer=payer,
        strict=strict,
        priced=priced,
        payers=payers,
        decisions=decisions,
    )


def outcomes(draft_: Draft) -> Mapping[str, DayOutcome]:
    """Return the outcome of each date, for a draft of one episode."""
    return {row.date.isoformat(): row.outcome for row in draft_.ledger}


def charged(draft_: Draft) -> list[LedgerRow]:
    """Return the charged rows."""
    return [row for row in draft_.ledger if row.outcome is DayOutcome.CHARGED]


def dates(draft_: Draft) -> list[str]:
    """Return the charged dates, month and day only."""
    return [f"{row.date:%m-%d}" for row in charged(draft_)]


def of_payer(draft_: Draft, payer: str) -> Statement:
    """Return the statement of one payer."""
    return next(statement for statement in draft_.statements if statement.payer == payer)


def text(explanations: tuple[Explanation, ...]) -> str:
    return " ".join(sentence for one in explanations for sentence in one.sentences)


def gone(*days: int, payer: str = BERG, month: str = "2023-03", name: str = "e", **more: object) -> list[Message]:
    """Return stays that left in the month after so many ready days each, ready on the first weekday morning."""
    return [
        one
        for number, d in enumerate(days)
        for one in stay(
            f"{name}{payer}-{month}-{number}",
            payer=payer,
            ready=f"{month}-02 09:00",
            left=f"{month}-{2 + d:02d} 11:00",
            **more,  # type: ignore[arg-type]
        )
    ]
