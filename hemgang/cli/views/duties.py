"""Duties of all episodes, or one, as they stood at an instant."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from calendars.zone import local
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.choices import chosen
from hemgang.cli.views.moments import iso, now_or, read_time, written
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.reading import ALL, log_reading, reader
from hemgang.cli.views.stays import every_stay, one_stay
from hemgang.duties.duties import duties_of
from hemgang.duties.model import Duty, Status
from hemgang.engine.installation import Installation
from hemgang.episode.model import Episode
from hemgang.scope import Scope

NEVER = datetime.max.replace(tzinfo=UTC)


def list_duties(
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
        stays = _stays(installation, scope, episode, known_at=instant)
        log_reading(installation.database, by, action="duties", episode=episode or ALL)
        found = sorted((duty for duty in _duties(stays, installation, instant) if duty.status in wanted), key=_order)
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
        "opened_at": iso(duty.opened_at),
        "strict_due": iso(duty.strict_due),
        "extended_due": iso(duty.extended_due),
        "practical_due": iso(duty.practical_due),
        "status": duty.status.value,
        "met_at": iso(duty.met_at),
        "owner": ",".join(duty.owners),
        "clause": duty.clause,
        "why": duty.why,
    }


def duty_table(duties: Sequence[Duty]) -> Iterator[str]:
    """Yield duties as a table, clause and reason below each."""
    rows = [
        (
            written(duty.strict_due),
            written(duty.practical_due),
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
    met = f"; met {written(duty.met_at)}" if duty.met_at else ""
    clause = "" if duty.clause in duty.why else f"{duty.clause}: "
    return f"{clause}{duty.why.removesuffix('.')}{extended}{met}"


def _stays(installation: Installation, scope: Scope, episode: str | None, *, known_at: datetime) -> Iterable[Episode]:
    if episode is None:
        return every_stay(installation.database, scope, known_at=known_at)
    return [one_stay(installation.database, scope, episode, known_at=known_at)[0]]


def _duties(stays: Iterable[Episode], installation: Installation, now: datetime) -> Iterator[Duty]:
    for stay in stays:
        yield from duties_of(stay, installation.rules.agreements, installation.rules.roster, now)


def _order(duty: Duty) -> tuple[datetime, str, str]:
    return (duty.strict_due or NEVER, duty.episode, duty.key)
