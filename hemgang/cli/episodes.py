"""`hemgang episodes` and `hemgang episode`: what is known of the stays.

One episode: everything known of it at an instant, gathered.

The documented JSON of `hemgang episode`.

One episode as text: a few lines of head, then a table for each thing there is of it.

The list of episodes.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from hemgang.cli.duties import duty_json, duty_table
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, counted, fields, paragraph, print_json, print_lines, table, told
from hemgang.cli.params import (
    NOT_SAID,
    DatabaseOption,
    DirectoryOption,
    FormatOption,
    NowOption,
    Place,
    WhyOption,
    chosen,
    examples,
    now_or,
    payer_name,
    place,
    region_code,
    region_name,
)
from hemgang.cli.reader import reader
from hemgang.episode.model import Episode, Leave, PeriodEnd, ReadyPeriod, State
from hemgang.findings import Finding
from hemgang.i18n.formats import iso_text, table_text
from hemgang.liability.model import Row
from hemgang.liability.serialize import row_json
from hemgang.queries.episodes import (
    EpisodeLedger,
    EpisodeView,
    HistoryEntry,
    ListedEpisode,
    list_episodes,
    view_episode,
)
from hemgang.scope import Scope
from hemgang.store.outbox import OutboxAlert


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("hemgang episodes --region 23 --state ready", "hemgang episodes --reference 7K3M-Q9TB-2XWD")
    )(episodes)
    app.command(epilog=examples('hemgang episode jh1-07 --why "question from the municipality"'))(episode)


def episodes(
    context: typer.Context,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Only this county: its code or its name.")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only this state: unopened, admitted, planning, ready, discharged, died, cancelled; may be repeated.",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="REFERENCE", help="Only what a reference names: of a discharge, an alert, a message."
        ),
    ] = None,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the episodes.

    With state, region, payer, ready periods and findings. --reference says which a received alert is about. The
    reading is kept in the access log.
    """
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    where = place(context, database, directory)
    show_episodes(
        where, scope_of(context), region=region, states=state, reference=reference, why=why, form=form, now=now
    )


def episode(
    context: typer.Context,
    named: Annotated[str, typer.Argument(metavar="ID", help="The episode's id.")],
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show one episode with everything that follows from it.

    States, ready periods with their clocks, duties, alerts, ledger rows and findings. The reading is kept in the
    access log, with who reads (HEMGANG_USER, else the user of the system), from which unit (HEMGANG_UNIT, else
    operator) and why.
    """
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    where = place(context, database, directory)
    show_episode(where, scope_of(context), named, why=why, form=form, now=now)


def show_episode(place: Place, scope: Scope, named: str, *, why: str, form: Format, now: str | None) -> None:
    """Show one episode.

    Raises:
        WrongUse: nothing is known of it within the scope.
    """
    known_at, by = now_or(now), reader(why)
    with installation_at(place) as installation:
        whole = view_episode(installation, by, scope, named, known_at=known_at, progress=told)
    if form is Format.JSON:
        print_json(episode_json(whole))
    else:
        print_lines(episode_text(whole))


def episode_json(whole: EpisodeView) -> dict[str, Any]:
    """Return an episode as documented; who the patient is, is not in it."""
    stay = whole.episode
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "care": stay.patient.care if stay.patient else None,
        "payers": [{"payer": payer.payer, "since": payer.since.isoformat()} for payer in stay.payers],
        "opened_at": iso_text(stay.opened.at) if stay.opened else None,
        "end": _end(stay.end),
        "messages": [_said_of_episode_json(said) for said in whole.history],
        "periods": [_period(period) for period in stay.periods],
        "leaves": [_leave(leave) for leave in stay.leaves],
        "duties": [duty_json(duty) for duty in whole.duties],
        "alerts": [_alert(sent) for sent in whole.alerts],
        "findings": [_finding(finding) for finding in whole.findings],
        "ledger": [row_json(row) for row in whole.ledger.rows],
        "ledger_missing": [{"month": str(month), "why": why} for month, why in whole.ledger.missing],
    }


def _said_of_episode_json(said: HistoryEntry) -> dict[str, Any]:
    message = said.message
    return {
        "id": message.id,
        "type": message.type.value,
        "at": iso_text(message.at),
        "received_at": iso_text(message.received_at),
        "sender": message.sender,
        "state": said.state.value,
    }


def _period(period: ReadyPeriod) -> dict[str, Any]:
    return {
        "period": period.number,
        "ready_on": period.ready_on.isoformat(),
        "clock_date": period.clock_date().isoformat(),
        "notice_at": iso_text(period.notice.at),
        "notice": period.notice.message,
        "end": _end(period.end),
    }


def _end(end: PeriodEnd | None) -> dict[str, Any] | None:
    return None if end is None else {"kind": end.kind.value, "at": iso_text(end.at), "message": end.message}


def _leave(leave: Leave) -> dict[str, Any]:
    return {"started_at": iso_text(leave.started_at), "ended_at": iso_text(leave.ended_at)}


def _alert(sent: OutboxAlert) -> dict[str, Any]:
    alert = sent.alert
    return {
        "reference": sent.reference,
        "bundle": sent.bundle,
        "duty": alert.duty.value,
        "period": alert.period,
        "revision": alert.revision,
        "rung": alert.rung,
        "kind": alert.kind.value,
        "role": alert.role.value,
        "recipient": alert.recipient,
        "channel": alert.channel,
        "urgent": alert.urgent,
        "fired_at": iso_text(alert.fired_at),
        "release_at": iso_text(alert.release_at),
        "state": alert.state.value,
        "attempts": sent.attempts,
        "delivered_at": iso_text(sent.delivered_at),
        "reason": alert.reason,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code.value, "messages": list(finding.messages), "expected": finding.expected}


def episode_text(whole: EpisodeView) -> Iterator[str]:
    """Yield the lines; what there is none of is left out."""
    yield from _head(whole.episode)
    yield from _under("messages", _messages(whole.history) if whole.history else ())
    yield from _under("ready periods", _periods(whole.episode.periods) if whole.episode.periods else ())
    yield from _under("duties", duty_table(whole.duties) if whole.duties else ())
    yield from _under("alerts", _alerts(whole.alerts) if whole.alerts else ())
    yield from _under("ledger", _ledger_of_episode_text(whole.ledger))
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
        ("opened", table_text(stay.opened.at) if stay.opened else None),
        ("ended", _end_of_episode_text(stay.end)),
    ]
    yield from fields(pairs)


def _end_of_episode_text(end: PeriodEnd | None) -> str | None:
    return None if end is None else f"{end.kind.value} {table_text(end.at)}"


def _messages(said: Sequence[HistoryEntry]) -> Iterator[str]:
    rows = [
        (
            table_text(one.message.at),
            table_text(one.message.received_at),
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
            table_text(period.notice.at),
            _end_of_episode_text(period.end),
        )
        for period in periods
    ]
    return table(("no", "ready on", "day 0", "notice", "end"), rows, right=(0,))


def _alerts(alerts: Sequence[OutboxAlert]) -> Iterator[str]:
    rows = [
        (
            table_text(sent.alert.release_at),
            sent.alert.state.value,
            sent.alert.duty.value,
            sent.alert.rung,
            sent.alert.recipient,
            sent.reference,
        )
        for sent in alerts
    ]
    return table(("release", "state", "duty", "rung", "recipient", "reference"), rows)


def _ledger_of_episode_text(ledger: EpisodeLedger) -> Iterator[str]:
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


def show_episodes(
    place: Place,
    scope: Scope,
    *,
    region: str | None,
    states: Sequence[str] | None,
    reference: str | None,
    why: str,
    form: Format,
    now: str | None,
) -> None:
    """List what was known of every episode in the scope at `now`, by id, or of those that a reference names.

    Raises:
        WrongUse: the region, a state or the reference does not exist.
    """
    known_at = now_or(now)
    county = region_code(region) if region is not None else None
    wanted = chosen(State, states, "--state")
    by = reader(why)
    with installation_at(place) as installation:
        listed = list_episodes(
            installation, by, scope, known_at=known_at, region=county, states=wanted, reference=reference
        )
        found = [_as_json(one) for one in counted(listed, "episodes")]
    if form is Format.JSON:
        print_json(found)
    else:
        print_lines(_as_table(found))


def _as_table(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    headers = ("episode", "state", "region", "payer", "opened", "ended", "ready", "findings")
    rows = [
        (
            one["episode"],
            one["state"],
            one["region"],
            one["payer"],
            _day(one["opened_at"]),
            _day(one["ended_at"]),
            one["ready_periods"],
            ", ".join(one["findings"]),
        )
        for one in found
    ]
    return table(headers, rows, right=(6,))


def _as_json(listed: ListedEpisode) -> dict[str, Any]:
    stay = listed.episode
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "payer": stay.payers[-1].payer if stay.payers else None,
        "opened_at": iso_text(stay.opened.at) if stay.opened else None,
        "ended_at": iso_text(stay.end.at) if stay.end else None,
        "ready_periods": len(stay.periods),
        "findings": [finding.code.value for finding in listed.findings],
    }


def _day(instant: str | None) -> str | None:
    return instant[: len("2023-03-05")] if instant else None
