"""One episode as text: a few lines of head, then a table for each thing there is of it."""

from collections.abc import Iterator, Sequence

from hemgang.cli.table import fields, paragraph, table
from hemgang.cli.views.duties import duty_table
from hemgang.cli.views.moments import written
from hemgang.cli.views.places import payer_name, region_name
from hemgang.cli.views.whole import Ledger, Said, Whole
from hemgang.episode.model import Episode, PeriodEnd, ReadyPeriod
from hemgang.findings import Finding
from hemgang.liability.model import Row
from hemgang.store.listing import SentAlert


def episode_text(whole: Whole) -> Iterator[str]:
    """Yield the lines; what there is none of is left out."""
    yield from _head(whole.episode)
    yield from _under("messages", _messages(whole.said) if whole.said else ())
    yield from _under("ready periods", _periods(whole.episode.periods) if whole.episode.periods else ())
    yield from _under("duties", duty_table(whole.duties) if whole.duties else ())
    yield from _under("alerts", _alerts(whole.alerts) if whole.alerts else ())
    yield from _under("ledger", _ledger(whole.ledger))
    yield from _under("findings", _findings(whole.findings) if whole.findings else ())


def _under(title: str, lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield f"{title}:"
        yield line


def _head(stay: Episode) -> Iterator[str]:
    payers = [f"{payer_name(payer.payer)} from {payer.since}" for payer in stay.payers]
    pairs = [
        ("episode", stay.id),
        ("state", stay.state.value),
        ("region", f"{stay.region} {region_name(stay.region)}" if stay.region else None),
        ("care", stay.patient.care if stay.patient else None),
        ("payer", ", ".join(payers) or None),
        ("opened", written(stay.opened.at) if stay.opened else None),
        ("ended", _end(stay.end)),
    ]
    yield from fields(pairs)


def _end(end: PeriodEnd | None) -> str | None:
    return None if end is None else f"{end.kind.value} {written(end.at)}"


def _messages(said: Sequence[Said]) -> Iterator[str]:
    rows = [
        (
            written(one.message.at),
            written(one.message.received_at),
            one.message.type.value,
            one.state.value,
            one.message.id,
        )
        for one in said
    ]
    return table(("at", "received", "message", "state then", "id"), rows)


def _periods(periods: Sequence[ReadyPeriod]) -> Iterator[str]:
    rows = [
        (
            period.number,
            period.ready_on,
            period.clock_date(),
            written(period.notice.at),
            _end(period.end),
        )
        for period in periods
    ]
    return table(("no", "ready on", "day 0", "notice", "end"), rows, right=(0,))


def _alerts(alerts: Sequence[SentAlert]) -> Iterator[str]:
    rows = [
        (
            written(sent.alert.release_at),
            sent.alert.state.value,
            sent.alert.duty.value,
            sent.alert.rung,
            sent.alert.recipient,
            sent.reference,
        )
        for sent in alerts
    ]
    return table(("release", "state", "duty", "rung", "recipient", "reference"), rows)


def _ledger(ledger: Ledger) -> Iterator[str]:
    if ledger.rows:
        rows = [_row(row) for row in ledger.rows]
        yield from table(("date", "no", "day", "outcome", "clause", "amount", "reason"), rows, right=(1, 2, 5))
    for month, why in ledger.missing:
        yield from paragraph(f"{month}: {why}", indent="")


def _row(row: Row) -> tuple[object, ...]:
    amount = f"{row.amount:.2f}" if row.rate is not None else None
    return (f"{row.date:%Y-%m-%d}", row.period, row.n, row.outcome.value, row.clause, amount, row.reason)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    rows = [(finding.code.value, ", ".join(finding.messages), finding.expected) for finding in findings]
    return table(("finding", "messages", "expected"), rows)
