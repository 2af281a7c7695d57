"""`hemgang replay`: the engine on a virtual clock over files, nothing sent: the alerts that would have gone out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import typer

from hemgang.cli.episodes import recipient_name, rung_name
from hemgang.cli.output import Format, counted, note, print_json_line, print_lines, table, words
from hemgang.cli.params import DirectoryOption, FormatOption, examples, lines_of, read_time, source_name
from hemgang.duties.model import Alert
from hemgang.findings import Code
from hemgang.i18n.catalogue import Phrase, name_phrase, phrase
from hemgang.i18n.formats import iso_text
from hemgang.messages.canonical import content_digest
from hemgang.messages.model import Accepted, Message, Problem, Rejection
from hemgang.messages.readers import Line
from hemgang.messages.validation import read_message
from hemgang.references import reference_of
from hemgang.services import replay as service
from hemgang.services.ingest import LineProblem, Report
from hemgang.services.installation import load_reference_data
from hemgang.settings import read_settings

_PROBLEMS_SHOWN: Final = 10
"""How many lines of a code are named one by one."""

_SECRET: Final = b"hemgang/replay/1"
"""Stands in for an installation's secret: references are the same in every replay, and no installation's own."""


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
    last = read_time(until, "--until")
    rules = load_reference_data(directory=read_settings().at(directory=directory).directory)
    taken = _read_files(files)
    for problem in taken.problems():
        note(problem)
    note(taken.counts())
    alerts = service.replay(taken.messages, rules, until=last)
    if form is Format.TABLE:
        print_lines(_alert_table(list(alerts)))
        return
    for alert in alerts:
        if not print_json_line(_alert_json(alert)):
            return


@dataclass(slots=True)
class _Taken:
    """What was read: the messages that count, and what became of all lines."""

    messages: list[Message] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    _digests: dict[str, str] = field(default_factory=dict)

    def take(self, line: Line, *, source: str) -> None:
        """Count one line; of messages with one id the first is kept, as at ingest."""
        outcome = line.content if isinstance(line.content, Rejection) else _read_at_receipt(line)
        if isinstance(outcome, Rejection):
            self.report.quarantined += 1
            self._note(outcome.problems, line, outcome.id, source)
            return
        message = outcome.message
        content = content_digest(message)
        first = self._digests.get(message.id)
        if first is None:
            self._digests[message.id] = content
            self.messages.append(message)
            self.report.accepted += 1
            self._note(outcome.problems, line, message.id, source)
        elif first == content:
            self.report.duplicate += 1
        else:
            self.report.conflicting += 1
            self._note((Problem(Code.CONFLICTING),), line, message.id, source)

    def problems(self) -> Iterator[Phrase]:
        """Yield one text for each problem, at most some for each code, then how many more there are."""
        by_code: dict[str, list[LineProblem]] = {}
        for problem in self.report.problems:
            by_code.setdefault(problem.code, []).append(problem)
        totals: Counter[str] = Counter()
        for (code, _), count in self.report.reasons.items():
            totals[code] += count
        for code, total in totals.items():
            name, listed = name_phrase(Code(code)), by_code.get(code, [])[:_PROBLEMS_SHOWN]
            for one in listed:
                key = "problem_of_field" if one.field else "problem"
                yield phrase(f"cli_reading.{key}", source=one.source, line=one.line, problem=name, field=one.field)
            if total > len(listed):
                yield phrase("cli_reading.more_problems", count=total - len(listed), problem=name)

    def counts(self) -> Phrase:
        """Return how many messages are replayed, and what became of the other lines."""
        return phrase(
            "cli_reading.replayed",
            count=len(self.messages),
            duplicate=self.report.duplicate,
            conflicting=self.report.conflicting,
            quarantined=self.report.quarantined,
        )

    def _note(self, problems: Sequence[Problem], line: Line, named: str | None, source: str) -> None:
        self.report.note(problems, line=line.number, message=named, source=source)


def _read_files(files: Sequence[str]) -> _Taken:
    """Read every file, one after the other.

    Raises:
        SourceUnreadableError, SourceFormatError: a file cannot be used.
    """
    taken = _Taken()
    for number, file in enumerate(files, start=1):
        for line in counted(lines_of(file), "lines"):
            taken.take(line, source=source_name(file, number))
    return taken


def _read_at_receipt(line: Line) -> Accepted | Rejection:
    """Check a message as it would have been checked when it was received: it may not lie in that clock's future."""
    if isinstance(line.content, Rejection):
        return line.content
    outcome = read_message(line.content, now=None)
    if isinstance(outcome, Accepted) and outcome.message.at > outcome.message.received_at:
        return read_message(line.content, now=outcome.message.received_at)
    return outcome


def _alert_json(alert: Alert) -> dict[str, object]:
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


def _alert_table(alerts: Sequence[Alert]) -> Iterable[str]:
    if not alerts:
        return [words("cli_reading.none.alerts")]
    rows = [
        (
            alert.release_at,
            alert.duty,
            alert.episode,
            alert.period,
            rung_name(alert.rung),
            recipient_name(alert),
            _reference(alert),
        )
        for alert in alerts
    ]
    columns = ("at", "duty", "episode", "period", "rung", "recipient", "reference")
    return table(columns, rows, right=(3,))


def _reference(alert: Alert) -> str:
    revision = str(alert.revision)
    return reference_of(_SECRET, "alert", alert.episode, alert.key, revision, alert.rung, alert.recipient)
