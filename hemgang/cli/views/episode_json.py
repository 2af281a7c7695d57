"""The documented JSON of `hemgang episode`."""

from typing import Any

from hemgang.cli.views.duties import duty_json
from hemgang.cli.views.moments import iso
from hemgang.cli.views.whole import Said, Whole
from hemgang.episode.model import Leave, PeriodEnd, ReadyPeriod
from hemgang.findings import Finding
from hemgang.liability.output import row_json
from hemgang.store.listing import SentAlert


def episode_json(whole: Whole) -> dict[str, Any]:
    """Return an episode as documented; who the patient is, is not in it."""
    stay = whole.episode
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "care": stay.patient.care if stay.patient else None,
        "payers": [{"payer": payer.payer, "since": payer.since.isoformat()} for payer in stay.payers],
        "opened_at": iso(stay.opened.at) if stay.opened else None,
        "end": _end(stay.end),
        "messages": [_said(said) for said in whole.said],
        "periods": [_period(period) for period in stay.periods],
        "leaves": [_leave(leave) for leave in stay.leaves],
        "duties": [duty_json(duty) for duty in whole.duties],
        "alerts": [_alert(sent) for sent in whole.alerts],
        "findings": [_finding(finding) for finding in whole.findings],
        "ledger": [row_json(row) for row in whole.ledger.rows],
        "ledger_missing": [{"month": str(month), "why": why} for month, why in whole.ledger.missing],
    }


def _said(said: Said) -> dict[str, Any]:
    message = said.message
    return {
        "id": message.id,
        "type": message.type.value,
        "at": iso(message.at),
        "received_at": iso(message.received_at),
        "sender": message.sender,
        "state": said.state.value,
    }


def _period(period: ReadyPeriod) -> dict[str, Any]:
    return {
        "period": period.number,
        "ready_on": period.ready_on.isoformat(),
        "clock_date": period.clock_date().isoformat(),
        "notice_at": iso(period.notice.at),
        "notice": period.notice.message,
        "end": _end(period.end),
    }


def _end(end: PeriodEnd | None) -> dict[str, Any] | None:
    return None if end is None else {"kind": end.kind.value, "at": iso(end.at), "message": end.message}


def _leave(leave: Leave) -> dict[str, Any]:
    return {"started_at": iso(leave.started_at), "ended_at": iso(leave.ended_at)}


def _alert(sent: SentAlert) -> dict[str, Any]:
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
        "fired_at": iso(alert.fired_at),
        "release_at": iso(alert.release_at),
        "state": alert.state.value,
        "attempts": sent.attempts,
        "delivered_at": iso(sent.delivered_at),
        "reason": alert.reason,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code.value, "messages": list(finding.messages), "expected": finding.expected}
