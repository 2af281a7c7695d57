"""Replays files on a virtual clock and lists what would have been sent."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hemgang.cli.output import Format, note, print_json_line, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.moments import iso, read_time, written
from hemgang.cli.views.replay_source import Source, read_sources
from hemgang.duties.model import Alert
from hemgang.engine.replay import replay
from hemgang.engine.rules import load_rules
from hemgang.references import reference_of
from hemgang.settings import read_settings

REPLAYED = b"hemgang/replay/1"
"""Stands in for an installation's secret: references are the same in every replay, and no installation's own."""


def replay_files(
    files: Sequence[str],
    *,
    until: str,
    form: Format,
    directory: Path | None,
) -> None:
    """List every alert up to `until`, included, in order.

    Raises:
        WrongUse: the time cannot be read.
        SourceUnreadableError, SourceFormatError: a file cannot be used.
    """
    last = read_time(until, "--until")
    rules = load_rules(directory=read_settings().at(directory=directory).directory)
    source = read_sources(files)
    _report(source)
    alerts = replay(source.messages, rules, until=last)
    if form is Format.JSON:
        for alert in alerts:
            if not print_json_line(_as_json(alert)):
                return
    else:
        print_lines(_as_table(alerts))


def _as_json(alert: Alert) -> dict[str, object]:
    return {
        "at": iso(alert.release_at),
        "duty": alert.duty.value,
        "episode": alert.episode,
        "period": alert.period,
        "rung": alert.rung,
        "role": alert.role.value,
        "recipient": alert.recipient,
        "channel": alert.channel,
        "urgent": alert.urgent,
        "reference": _reference(alert),
    }


def _reference(alert: Alert) -> str:
    revision = str(alert.revision)
    return reference_of(REPLAYED, "alert", alert.episode, alert.key, revision, alert.rung, alert.recipient)


def _as_table(alerts: Iterable[Alert]) -> Iterator[str]:
    rows = [
        (
            written(alert.release_at),
            alert.duty.value,
            alert.episode,
            alert.period,
            alert.rung,
            alert.recipient,
            _reference(alert),
        )
        for alert in alerts
    ]
    return table(("at", "duty", "episode", "no", "rung", "recipient", "reference"), rows, right=(3,))


def _report(source: Source) -> None:
    """Say which lines were left out, some of each kind one by one, and how many messages are replayed."""
    for line in source.bad_lines():
        note(line)
    counts = source.counts
    note(
        f"{len(source.messages)} messages replayed; {counts.duplicate} duplicate, {counts.conflicting} conflicting, "
        f"{counts.quarantined} left out"
    )
