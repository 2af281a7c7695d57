"""`hemgang duties`: what must be done by when, by whom and why.

`hemgang acknowledge`: a named person has seen an alert.

Acknowledges an alert, or a bundle of them, by reference.

Duties of all episodes, or one, as they stood at an instant.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from calendars.timezone import local
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import database_at, installation_at
from hemgang.cli.output import Format, counted, print_json, print_lines, table
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
    kept_text,
    now_or,
    place,
    read_time,
)
from hemgang.cli.reader import reader
from hemgang.duties.model import Duty, Status
from hemgang.i18n.formats import iso_text, table_text
from hemgang.messages.identity_numbers import redacted
from hemgang.queries.episodes import list_duties
from hemgang.references import as_references_are_written
from hemgang.scope import Scope
from hemgang.store.outbox import acknowledge as outbox_acknowledge


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
    pass  # dropped import

    acknowledge_reference(place(context, database), reference, by=by, form=form, now=now)


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
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    where = place(context, database, directory)
    show_duties(where, scope_of(context), at=at, statuses=status, episode=episode, why=why, form=form, now=now)


_LONGEST_NAME = 128


def acknowledge_reference(place: Place, reference: str, *, by: str, form: Format, now: str | None) -> None:
    """Store that somebody has seen the alert, or every alert of the bundle, with a reference.

    Raises:
        WrongUse: no alert has the reference, or the name cannot be kept.
    """
    at = now_or(now)
    named = as_references_are_written(reference)
    name = kept_text(by, "--by", longest=_LONGEST_NAME)
    with database_at(place) as database, database.writing() as session:
        found = outbox_acknowledge(session, named, by=name, at=at)
    if not found:
        raise WrongUse(f"no alert has the reference {redacted(reference)!r}")
    duties = [{"episode": one.episode, **_duty(one.key), "revision": one.revision} for one in found]
    if form is Format.JSON:
        print_json({"reference": named, "by": name, "at": iso_text(at), "acknowledged": duties})
        return
    rows = [(one["episode"], one["duty"], one["period"], one["revision"]) for one in duties]
    print_lines(table(("episode", "duty", "no", "revision"), rows, right=(2, 3)))


def _duty(key: str) -> dict[str, object]:
    kind, period, _ = key.split("/", 2)
    return {"duty": kind, "period": int(period) or None}


NEVER = datetime.max.replace(tzinfo=UTC)


def show_duties(
    place: Place,
    scope: Scope,
    *,
    at: str | None,
    statuses: Sequence[str] | None,
    episode: str | None,
    why: str,
    form: Format,
    now: str | None,
) -> None:
    """List duties by strict due (none last), episode and duty.

    Raises:
        WrongUse: a time or status is wrong, or nothing is known of the episode within the scope.
    """
    clock = now_or(now)
    instant = read_time(at, "--at") if at is not None else clock
    wanted = chosen(Status, statuses, "--status")
    by = reader(why)
    with installation_at(place) as installation:
        each = counted(list_duties(installation, by, scope, known_at=instant, episode=episode), "episodes")
        found = sorted((duty for own in each for duty in own if duty.status in wanted), key=_order)
    if form is Format.JSON:
        print_json([duty_json(duty) for duty in found])
    else:
        print_lines(duty_table(found))


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
        "why": duty.why,
    }


def duty_table(duties: Sequence[Duty]) -> Iterator[str]:
    """Yield duties as a table, clause and reason below each."""
    rows = [
        (
            table_text(duty.strict_due),
            table_text(duty.practical_due),
            duty.status.value,
            duty.kind.value,
            duty.episode,
            duty.period,
            ", ".join(duty.owners),
        )
        for duty in duties
    ]
    headers = ("strict due", "practical due", "status", "duty", "episode", "no", "owner")
    yield from table(headers, rows, right=(5,), under=[_below(duty) for duty in duties])


def _below(duty: Duty) -> str:
    extended = f"; extended to {local(duty.extended_due):%Y-%m-%d %H:%M}" if duty.extended_due else ""
    met = f"; met {table_text(duty.met_at)}" if duty.met_at else ""
    clause = "" if duty.clause in duty.why else f"{duty.clause}: "
    return f"{clause}{duty.why.removesuffix('.')}{extended}{met}"


def _order(duty: Duty) -> tuple[datetime, str, str]:
    return (duty.strict_due or NEVER, duty.episode, duty.key)
