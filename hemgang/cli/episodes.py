"""`hemgang episodes` and `hemgang episode`: what is known of the stays, as a list and one by one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

import typer

from calendars.timezone import local_date
from hemgang.cli.agreement_words import ClauseNames, clause_names
from hemgang.cli.duties import duty_json, duty_table
from hemgang.cli.errors import error_text
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import (
    Format,
    counted,
    fields,
    joined,
    paragraph,
    print_json,
    print_lines,
    spoken,
    table,
    told,
    words,
)
from hemgang.cli.params import (
    NOT_SAID,
    DatabaseOption,
    DirectoryOption,
    FormatOption,
    NowOption,
    WhyOption,
    chosen,
    examples,
    now_or,
    payer_name,
    place,
    region_code,
    region_name,
)
from hemgang.duties.escalation import OPERATOR_RUNG, RESOLVED_RUNG
from hemgang.duties.model import Alert, Role
from hemgang.episode.model import Episode, Leave, PeriodEnd, ReadyPeriod, State
from hemgang.findings import Finding
from hemgang.i18n.catalogue import name_of, phrase
from hemgang.i18n.formats import iso_text, month_text, table_text
from hemgang.liability.model import LedgerRow, Month, Reason, Situation
from hemgang.liability.serialize import row_json
from hemgang.queries.episodes import (
    EpisodeLedger,
    EpisodeView,
    HistoryEntry,
    ListedEpisode,
    list_episodes,
    view_episode,
)
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
    known_at, states = now_or(now), chosen(State, state, "--state")
    county = region_code(region) if region is not None else None
    by, scope = reader(why), scope_of(context)
    with installation_at(place(context, database, directory)) as installation:
        found = list_episodes(
            installation, by, scope, known_at=known_at, region=county, states=states, reference=reference
        )
        listed = list(counted(found, "episodes"))
    if form is Format.JSON:
        print_json([_listed_json(one) for one in listed])
    else:
        print_lines(_listed_table(listed))


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
    known_at = now_or(now)
    by, scope = reader(why), scope_of(context)
    with installation_at(place(context, database, directory)) as installation:
        view = view_episode(installation, by, scope, named, known_at=known_at, progress=told)
        clauses = clause_names(installation.rules.agreements, Month.of(local_date(known_at)))
    if form is Format.JSON:
        print_json(_view_json(view))
    else:
        print_lines(_view_text(view, clauses))


def _listed_json(one: ListedEpisode) -> dict[str, Any]:
    stay = one.episode
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "payer": stay.payers[-1].payer if stay.payers else None,
        "opened_at": iso_text(stay.opened.at) if stay.opened else None,
        "ended_at": iso_text(stay.end.at) if stay.end else None,
        "ready_periods": len(stay.periods),
        "findings": [finding.code.value for finding in one.findings],
    }


def _listed_table(listed: Iterable[ListedEpisode]) -> Iterator[str]:
    rows = [
        (
            stay.id,
            stay.state,
            stay.region,
            stay.payers[-1].payer if stay.payers else None,
            local_date(stay.opened.at) if stay.opened else None,
            local_date(stay.end.at) if stay.end else None,
            len(stay.periods),
            joined([finding.code for finding in one.findings]),
        )
        for one in listed
        for stay in [one.episode]
    ]
    if not rows:
        return iter([words("cli_reading.none.episodes")])
    columns = ("episode", "state", "region", "payer", "opened", "ended", "ready", "findings")
    return table(columns, rows, right=(6,))


def _view_json(view: EpisodeView) -> dict[str, Any]:
    """Return an episode as documented; who the patient is, is not in it."""
    stay = view.episode
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "care": stay.patient.care if stay.patient else None,
        "payers": [{"payer": payer.payer, "since": payer.since.isoformat()} for payer in stay.payers],
        "opened_at": iso_text(stay.opened.at) if stay.opened else None,
        "end": _end_json(stay.end),
        "messages": [_entry_json(entry) for entry in view.history],
        "periods": [_period_json(period) for period in stay.periods],
        "leaves": [_leave_json(leave) for leave in stay.leaves],
        "duties": [duty_json(duty) for duty in view.duties],
        "alerts": [_alert_json(sent) for sent in view.alerts],
        "findings": [_finding_json(finding) for finding in view.findings],
        "ledger": [row_json(row) for row in view.ledger.rows],
        "ledger_missing": [{"month": str(month), "why": str(why)} for month, why in view.ledger.missing],
    }


def _entry_json(entry: HistoryEntry) -> dict[str, Any]:
    message = entry.message
    return {
        "id": message.id,
        "type": message.type.value,
        "at": iso_text(message.at),
        "received_at": iso_text(message.received_at),
        "sender": message.sender,
        "state": entry.state.value,
    }


def _period_json(period: ReadyPeriod) -> dict[str, Any]:
    return {
        "period": period.number,
        "ready_on": period.ready_on.isoformat(),
        "clock_date": period.clock_date().isoformat(),
        "notice_at": iso_text(period.notice.at),
        "notice": period.notice.message,
        "end": _end_json(period.end),
    }


def _end_json(end: PeriodEnd | None) -> dict[str, Any] | None:
    return None if end is None else {"kind": end.kind.value, "at": iso_text(end.at), "message": end.message}


def _leave_json(leave: Leave) -> dict[str, Any]:
    return {"started_at": iso_text(leave.started_at), "ended_at": iso_text(leave.ended_at)}


def _alert_json(sent: OutboxAlert) -> dict[str, Any]:
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


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code.value, "messages": list(finding.messages), "expected": str(finding.expected)}


def _view_text(view: EpisodeView, clauses: ClauseNames) -> Iterator[str]:
    """Yield the head, then a table for each thing there is of the episode."""
    yield from _head(view.episode)
    yield from _titled("messages", _history_table(view.history) if view.history else ())
    yield from _titled("ready_periods", _period_table(view.episode.periods) if view.episode.periods else ())
    yield from _titled("duties", duty_table(view.duties) if view.duties else ())
    yield from _titled("alerts", _alert_table(view.alerts) if view.alerts else ())
    yield from _titled("ledger", _ledger_text(view.ledger, clauses))
    yield from _titled("findings", _finding_table(view.findings) if view.findings else ())


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield f"{words(f'cli_reading.title.{title}')}:"
        yield line


def _head(stay: Episode) -> Iterator[str]:
    payers = [phrase("cli_reading.payer_since", payer=payer_name(one.payer), since=one.since) for one in stay.payers]
    yield from fields(
        [
            ("episode", stay.id),
            ("state", stay.state),
            ("region", f"{stay.region} {region_name(stay.region)}" if stay.region else None),
            ("care", words(f"names.agreements.care.{stay.patient.care}") if stay.patient else None),
            ("payer", joined(payers)),
            ("opened", stay.opened.at if stay.opened else None),
            ("ended", _end_text(stay.end)),
        ]
    )


def _end_text(end: PeriodEnd | None) -> str | None:
    return None if end is None else f"{name_of(spoken(), end.kind)} {table_text(end.at)}"


def _history_table(history: Sequence[HistoryEntry]) -> Iterator[str]:
    rows = [
        (entry.message.at, entry.message.received_at, entry.message.type, entry.state, entry.message.id)
        for entry in history
    ]
    return table(("at", "received", "message", "state_then", "id"), rows)


def _period_table(periods: Sequence[ReadyPeriod]) -> Iterator[str]:
    rows = [
        (period.number, period.ready_on, period.clock_date(), period.notice.at, _end_text(period.end))
        for period in periods
    ]
    return table(("period", "ready_on", "day_zero", "notice", "end"), rows, right=(0,))


def _alert_table(alerts: Sequence[OutboxAlert]) -> Iterator[str]:
    rows = [
        (
            sent.alert.release_at,
            sent.alert.state,
            sent.alert.duty,
            sent.alert.kind,
            rung_name(sent.alert.rung),
            recipient_name(sent.alert),
            sent.reference,
        )
        for sent in alerts
    ]
    return table(("release", "state", "duty", "alert_kind", "rung", "recipient", "reference"), rows)


def _ledger_text(ledger: EpisodeLedger, clauses: ClauseNames) -> Iterator[str]:
    if ledger.rows:
        columns = ("date", "period", "day", "outcome", "clause", "amount", "reason")
        yield from table(columns, [_ledger_row(row, clauses) for row in ledger.rows], right=(1, 2, 5))
    for month, why in ledger.missing:
        yield from paragraph(f"{month_text(spoken(), month.first)}: {error_text(why)}", indent="")


def _ledger_row(row: LedgerRow, clauses: ClauseNames) -> tuple[object, ...]:
    amount = row.amount if row.rate is not None else None
    clause = clauses[row.agreement, row.clause]
    return (row.date, row.period, row.n, row.outcome, clause, amount, joined([_reason(one) for one in row.reasons]))


def _reason(code: str) -> Reason | Situation:
    return Reason(code) if code in set(Reason) else Situation(code)


def _finding_table(findings: Sequence[Finding]) -> Iterator[str]:
    rows = [
        (finding.code, ", ".join(finding.messages), phrase(f"finding.settles.{finding.code}")) for finding in findings
    ]
    return table(("finding", "messages", "would_settle"), rows)


_SHIPPED_RUNGS: Final = frozenset({"owner", "backup", "manager", "missed", RESOLVED_RUNG, OPERATOR_RUNG})


def rung_name(rung: str) -> str:
    """Return what a rung is called: one of the shipped ladder by the catalogue, another as its ladder names it."""
    return words(f"cli_reading.rung.{rung}") if rung in _SHIPPED_RUNGS else rung


def recipient_name(alert: Alert) -> str:
    """Return who an alert goes to; without a directory each role is its own recipient and called like the role."""
    return name_of(spoken(), Role(alert.recipient)) if alert.recipient in set(Role) else alert.recipient
