"""`hemgang replay`: the engine on a virtual clock over a file, nothing sent.

Messages of a replay straight from files: the same checks as at ingest, at the time each message came in.

Replays files on a virtual clock and lists what would have been sent.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.output import Format, counted, note, print_json_line, print_lines, table
from hemgang.cli.params import DirectoryOption, FormatOption, examples, lines_of, read_time, source_name
from hemgang.duties.model import Alert
from hemgang.findings import Code
from hemgang.i18n.formats import iso_text, table_text
from hemgang.messages.canonical import digest
from hemgang.messages.model import Accepted, Message, Problem, Rejection
from hemgang.messages.readers import Line
from hemgang.messages.validation import read_message
from hemgang.references import reference_of
from hemgang.services.ingest import LineProblem, Report
from hemgang.services.installation import load_reference_data
from hemgang.services.replay import replay as replay_replay
from hemgang.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang replay messages.ndjson --until 2023-04-01T00:00 --format json"))(replay)


def replay(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="NDJSON, or CSV if the name ends in .csv; - is standard input."),
    ],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="The last instant replayed, included.")],
    form: FormatOption = Format.TABLE,
    directory: DirectoryOption = None,
) -> None:
    """List the alerts that files would cause, sending nothing.

    The engine on a virtual clock: every alert that would have been sent up to a time, in order; no database. With
    --format json one alert a line (NDJSON). Bad lines are reported on standard error by line, code and field.
    References are the same in every replay and differ from those of an installation.
    """
    pass  # dropped import

    replay_files(files, until=until, form=form, directory=directory)


SHOWN_OF_A_KIND = 10


@dataclass(slots=True)
class Source:
    """What was read: the messages that count, and what became of all lines."""

    messages: list[Message] = field(default_factory=list)
    counts: Report = field(default_factory=Report)
    _digests: dict[str, str] = field(default_factory=dict)

    def take(self, line: Line, *, source: str) -> None:
        """Count one line; of messages with one id the first is kept, as at ingest."""
        outcome = line.content if isinstance(line.content, Rejection) else read_at_receipt(line)
        if isinstance(outcome, Rejection):
            self.counts.quarantined += 1
            self._note(outcome.problems, line, outcome.id, source)
            return
        message = outcome.message
        content = digest(message)
        first = self._digests.get(message.id)
        if first is None:
            self._digests[message.id] = content
            self.messages.append(message)
            self.counts.accepted += 1
            self._note(outcome.problems, line, message.id, source)
        elif first == content:
            self.counts.duplicate += 1
        else:
            self.counts.conflicting += 1
            self._note((Problem(Code.CONFLICTING),), line, message.id, source)

    def bad_lines(self) -> Iterator[str]:
        """Yield one text for each problem, at most some for each code, then how many more there are."""
        by_code: dict[str, list[LineProblem]] = {}
        for problem in self.counts.problems:
            by_code.setdefault(problem.code, []).append(problem)
        totals: Counter[str] = Counter()
        for (code, _), count in self.counts.reasons.items():
            totals[code] += count
        for code, total in totals.items():
            listed = by_code.get(code, [])[:SHOWN_OF_A_KIND]
            for one in listed:
                yield f"{one.source}:{one.line}: {code}{f' ({one.field})' if one.field else ''}"
            if total > len(listed):
                yield f"and {total - len(listed)} more lines with {code}"

    def _note(self, problems: Sequence[Problem], line: Line, named: str | None, source: str) -> None:
        self.counts.note(problems, line=line.number, message=named, source=source)


def read_sources(files: Sequence[str]) -> Source:
    """Read every file, one after the other.

    Raises:
        SourceUnreadableError, SourceFormatError: a file cannot be used.
    """
    source = Source()
    for number, file in enumerate(files, start=1):
        for line in counted(lines_of(file), "lines"):
            source.take(line, source=source_name(file, number))
    return source


def read_at_receipt(line: Line) -> Accepted | Rejection:
    """Check a message as it would have been checked when it was received: it may not lie in that clock's future."""
    if isinstance(line.content, Rejection):
        return line.content
    outcome = read_message(line.content, now=None)
    if isinstance(outcome, Accepted) and outcome.message.at > outcome.message.received_at:
        return read_message(line.content, now=outcome.message.received_at)
    return outcome


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
    rules = load_reference_data(directory=read_settings().at(directory=directory).directory)
    source = read_sources(files)
    _report(source)
    alerts = replay_replay(source.messages, rules, until=last)
    if form is Format.JSON:
        for alert in alerts:
            if not print_json_line(_as_json(alert)):
                return
    else:
        print_lines(_as_table(alerts))


def _as_json(alert: Alert) -> dict[str, object]:
    return {
        "at": iso_text(alert.release_at),
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
            table_text(alert.release_at),
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
