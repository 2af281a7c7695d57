"""What must be the same in an installation that was killed again and again as in one that was left in peace."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.kills.site import SETTLED, Site

RUNGS = "SELECT episode, key, revision, rung, outcome, at FROM rung"
DUTIES = "SELECT episode, key, revision, status, strict_due, met_at FROM duty"
STAND = "SELECT episode, state, standing, next_wake FROM discharge"
ALERTS = "SELECT reference, kind, recipient, duty_status, state FROM alert"
QUARANTINE = "SELECT source, line, code FROM quarantine"
TABLES = {"rungs": RUNGS, "duties": DUTIES, "discharges": STAND, "quarantine": QUARANTINE}


Alerts = dict[str, tuple[str, str, str, str]]
"""Kind, recipient, what is claimed and where it ended of every alert, by reference."""


@dataclass(frozen=True, slots=True)
class Calm:
    """What an installation that was left in peace came to."""

    tables: dict[str, list[tuple[Any, ...]]]
    alerts: Alerts
    messages: frozenset[str]
    closings: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, site: Site) -> "Calm":
        """Look at an installation whose month is done."""
        return cls(
            tables={name: site.rows(query) for name, query in TABLES.items()},
            alerts=alerts_of(site),
            messages=frozenset(site.messages()),
            closings=tuple(site.closings()),
        )


def alerts_of(site: Site) -> Alerts:
    """Return kind, recipient, what is claimed and where it ended of every alert, by reference."""
    rows = site.rows(ALERTS)
    return {str(row[0]): (str(row[1]), str(row[2]), str(row[3]), str(row[4])) for row in rows}


def differences(site: Site, calm: Calm, counted: Counter[str]) -> Iterator[str]:
    """Yield what did not hold, in words; count mails and doubles."""
    for name, query in TABLES.items():
        if (found := site.rows(query)) != calm.tables[name]:
            yield f"{name} differ: {_first_unlike(found, calm.tables[name])}"
    if frozenset(site.messages()) != calm.messages:
        yield f"messages differ: {sorted(calm.messages ^ site.messages())}"
    if tuple(site.closings()) != calm.closings:
        yield "closings differ"
    yield from _alerts(site, calm, counted)


def _alerts(site: Site, calm: Calm, counted: Counter[str]) -> Iterator[str]:
    found, got = alerts_of(site), site.received()
    counted["mails"] += len(site.post.mails)
    counted["doubled"] += sum(times - 1 for times in got.values())
    reached = {reference for reference, _ in got}
    yield from _lost(found, reached, calm)
    yield from _false(found, reached, calm)
    boxes = Counter(reference for reference, _ in got)
    yield from (f"{reference} reached {number} boxes" for reference, number in sorted(boxes.items()) if number > 1)
    if strange := site.strange():
        yield f"references of nothing: {sorted(strange)}"


def _lost(found: Alerts, reached: set[str], calm: Calm) -> Iterator[str]:
    """Yield alerts that were lost.

    Two engines may split what one would send in one mail, and the second part then waits a quarter of an hour; if its
    duty is met meanwhile, it is dropped with its reason, as the specification wants. That is no loss, and the note that
    it was met then goes to fewer.
    """
    for reference, (kind, _, _, state) in sorted(calm.alerts.items()):
        if kind in SETTLED and reference not in found:
            yield f"{kind} {reference} was never decided"
        elif kind in SETTLED and state == "delivered" and reference not in reached and found[reference][3] != "dropped":
            yield f"{kind} {reference} was lost"
    for reference, (kind, _, _, state) in sorted(found.items()):
        if state == "delivered" and reference not in reached:
            yield f"{kind} {reference} stands as delivered and was not received"
        if state in ("pending", "held"):
            yield f"{kind} {reference} was left {state}"


def _false(found: Alerts, reached: set[str], calm: Calm) -> Iterator[str]:
    """Yield alerts that nobody should have got."""
    for reference in sorted(reached):
        kind, _, _, state = found[reference]
        if kind in SETTLED and reference not in calm.alerts:
            yield f"{kind} {reference} is false"
        if state != "delivered":
            yield f"{kind} {reference} was received and stands as {state}"


def _first_unlike(found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]) -> str:
    here, there = (sorted(one, key=repr)[:2] for one in (set(found) - set(wanted), set(wanted) - set(found)))
    return f"only here {here}, only there {there}"
