"""`hemgang duties`: what must be done by when, by whom and why; `hemgang acknowledge`: somebody has seen an alert."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import database_at, installation_at, reader, scope_of
from hemgang.cli.output import Format, counted, in_words, joined, print_json, print_lines, table, words
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
    person_name,
    place,
    read_time,
)
from hemgang.duties.model import Duty, Status, kind_of_key
from hemgang.i18n.catalogue import phrase
from hemgang.i18n.formats import iso_text, table_text
from hemgang.messages.identity_numbers import redacted
from hemgang.queries import episodes
from hemgang.references import normalized_reference
from hemgang.store import outbox
from hemgang.store.outbox import AcknowledgedDuty

_NO_DUE = datetime.max.replace(tzinfo=UTC)
"""Where a duty without a strict due stands in the list."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("hemgang duties --status open", "hemgang duties --at 2023-03-05T14:00 --format json"))(
        duties
    )
    app.command(epilog=examples('hemgang acknowledge 7K3M-Q9TB-2XWD --by "B. Lind"'))(acknowledge)


def duties(
    context: typer.Context,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As they stood then, from what had been received by then."),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only this status: open, met, met_late, missed or void; may be repeated.",
        ),
    ] = None,
    episode: Annotated[str | None, typer.Option("--episode", metavar="ID", help="Only this episode.")] = None,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """List what must be done by when, by whom, and why.

    With strict, extended and practical due, owner and clause; by strict due. The reading is kept in the access log.
    """
    known_at = now_or(now) if at is None else read_time(at, "--at")
    statuses = chosen(Status, status, "--status")
    by, scope = reader(why), scope_of(context)
    with installation_at(place(context, database, directory)) as installation:
        every = episodes.list_duties(installation, by, scope, known_at=known_at, episode=episode)
        found = [duty for own in counted(every, "episodes") for duty in own if duty.status in statuses]
    found.sort(key=lambda duty: (duty.strict_due or _NO_DUE, duty.episode, duty.key))
    if form is Format.JSON:
        print_json([duty_json(duty) for duty in found])
    else:
        print_lines(duty_table(found))


def acknowledge(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The reference that the alert shows.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who has seen it.")],
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say that a named person has seen an alert, or a bundle.

    Its ladder rests until the acknowledgement runs out. The reference may be written in small letters and without
    hyphens.
    """
    at, written = now_or(now), normalized_reference(reference)
    name = person_name(by, "--by")
    with database_at(place(context, database)) as opened, opened.writing() as session:
        found = outbox.acknowledge(session, written, by=name, at=at)
    if not found:
        raise WrongUse(phrase("cli_reading.no_such_reference", reference=redacted(reference)))
    if form is Format.JSON:
        print_json(
            {
                "reference": written,
                "by": name,
                "at": iso_text(at),
                "acknowledged": [_acknowledged_json(one) for one in found],
            }
        )
        return
    rows = [(one.episode, kind_of_key(one.key), _period(one), one.revision) for one in found]
    print_lines(table(("episode", "duty", "period", "revision"), rows, right=(2, 3)))


def duty_json(duty: Duty) -> dict[str, object]:
    """Return a duty as documented; several owners are joined by a comma."""
    return {
        "duty": duty.kind.value,
        "episode": duty.episode,
        "period": duty.period,
        "opened_at": iso_text(duty.opened_at),
        "strict_due": iso_text(duty.strict_due),
        "extended_due": iso_text(duty.extended_due),
        "practical_due": iso_text(duty.practical_due),
        "status": duty.status.value,
        "met_at": iso_text(duty.met_at),
        "owner": ",".join(duty.owners),
        "clause": duty.clause,
        "why": str(duty.why),
    }


def duty_table(found: Sequence[Duty]) -> Iterator[str]:
    """Yield duties as a table, clause and reason below each; one line where there is none."""
    if not found:
        return iter([words("cli_reading.none.duties")])
    rows = [
        (
            duty.strict_due,
            duty.practical_due,
            duty.status,
            duty.kind,
            duty.episode,
            duty.period,
            joined(duty.owners),
        )
        for duty in found
    ]
    columns = ("strict_due", "practical_due", "status", "duty", "episode", "period", "owner")
    return table(columns, rows, right=(5,), under=[_reason(duty) for duty in found])


def _reason(duty: Duty) -> str:
    why = in_words(duty.because).removesuffix(".")
    parts = [why if duty.clause in why else f"{duty.clause}: {why}"]
    if duty.extended_due is not None:
        parts.append(words("cli_reading.extended_to", due=table_text(duty.extended_due)))
    if duty.met_at is not None:
        parts.append(words("cli_reading.met_at", met=table_text(duty.met_at)))
    return "; ".join(parts)


def _acknowledged_json(one: AcknowledgedDuty) -> dict[str, object]:
    return {
        "episode": one.episode,
        "duty": kind_of_key(one.key).value,
        "period": _period(one),
        "revision": one.revision,
    }


def _period(one: AcknowledgedDuty) -> int | None:
    return int(one.key.split("/", 2)[1]) or None
