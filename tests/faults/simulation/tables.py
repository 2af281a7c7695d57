"""The final tables of a run, read once at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.faults.simulation.eye import Eye, instant


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """One row of the outbox at the end."""

    reference: str
    episode: str
    key: str
    revision: int
    rung: str
    kind: str
    role: str
    recipient: str
    channel: str
    strict_due: datetime | None
    practical_due: datetime | None
    duty_status: str
    state: str
    reason: str
    bundle: str | None
    release_at: datetime
    urgent: bool


@dataclass(frozen=True, slots=True)
class DutySeen:
    """One duty at the end."""

    episode: str
    key: str
    revision: int
    strict_due: datetime | None
    practical_due: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Tables:
    """What is stored at the end; `unrest` names rows that are not at rest, `reopened` closed rows that were changed."""

    messages: dict[str, str]
    alerts: tuple[AlertSeen, ...]
    duties: tuple[DutySeen, ...]
    timers: dict[str, datetime | None]
    leases: tuple[str, ...]
    failures: tuple[str, ...]
    reopened: tuple[str, ...]


def tables_of(eye: Eye) -> Tables:
    """Read the tables."""
    return Tables(
        messages={row["id"]: row["digest"] for row in eye.rows("SELECT id, digest FROM message")},
        alerts=_alerts(eye),
        duties=tuple(
            DutySeen(
                row["episode"],
                row["key"],
                row["revision"],
                instant(row["strict_due"]),
                instant(row["practical_due"]),
                row["status"],
            )
            for row in eye.rows("SELECT * FROM duty ORDER BY episode, key")
        ),
        timers={
            row["episode"]: instant(row["next_wake"]) for row in eye.rows("SELECT episode, next_wake FROM discharge")
        },
        leases=_words(eye, "SELECT reference FROM discharge WHERE lease_until IS NOT NULL"),
        failures=_words(eye, "SELECT reference FROM discharge WHERE failures > 0"),
        reopened=_words(eye, "SELECT what || ': ' || was || ' became ' || became FROM reopened"),
    )


def _alerts(eye: Eye) -> tuple[AlertSeen, ...]:
    return tuple(
        AlertSeen(
            reference=row["reference"],
            episode=row["episode"],
            key=row["key"],
            revision=row["revision"],
            rung=row["rung"],
            kind=row["kind"],
            role=row["role"],
            recipient=row["recipient"],
            channel=row["channel"],
            strict_due=instant(row["strict_due"]),
            practical_due=instant(row["practical_due"]),
            duty_status=row["duty_status"],
            state=row["state"],
            reason=row["reason"],
            bundle=row["bundle"],
            release_at=_there(row["release_at"]),
            urgent=bool(row["urgent"]),
        )
        for row in eye.rows("SELECT * FROM alert ORDER BY id")
    )


def _words(eye: Eye, query: str) -> tuple[str, ...]:
    found: Sequence[object] = [row[0] for row in eye.rows(query)]
    return tuple(str(one) for one in found)


def _there(text: str) -> datetime:
    found = instant(text)
    assert found is not None
    return found
