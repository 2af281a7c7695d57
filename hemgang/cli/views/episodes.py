"""The list of episodes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.choices import chosen
from hemgang.cli.views.moments import iso, now_or
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.stays import every_stay, findings_of, stays_named
from hemgang.engine.rules import Rules
from hemgang.episode.model import Episode, State
from hemgang.scope import Scope


def list_episodes(
    place: Place,
    scope: Scope,
    *,
    region: str | None,
    states: Sequence[str] | None,
    reference: str | None,
    why: str,
    form: Format,
    now: str | None,
) -> None:
    """List what was known of every episode in the scope at `now`, by id, or of those that a reference names.

    Raises:
        WrongUse: the region, a state or the reference does not exist.
    """
    known_at = now_or(now)
    county = region_code(region) if region is not None else None
    wanted = chosen(State, states, "--state")
    by = reader(why)
    with installation_at(place) as installation:
        stays: Iterable[Episode]
        if reference is None:
            log_reading(installation.database, by, action="episodes")
            stays = every_stay(installation.database, scope, known_at=known_at, region=county)
        else:
            stays = stays_named(installation.database, scope, reference, known_at=known_at)
            for stay in stays:
                log_reading(installation.database, by, action="episodes", episode=stay.id)
        found = [
            _as_json(stay, installation.rules, known_at)
            for stay in stays
            if stay.state in wanted and county in (None, stay.region)
        ]
    if form is Format.JSON:
        print_json(found)
    else:
        print_lines(_as_table(found))


def _as_table(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    headers = ("episode", "state", "region", "payer", "opened", "ended", "ready", "findings")
    rows = [
        (
            one["episode"],
            one["state"],
            one["region"],
            one["payer"],
            _day(one["opened_at"]),
            _day(one["ended_at"]),
            one["ready_periods"],
            ", ".join(one["findings"]),
        )
        for one in found
    ]
    return table(headers, rows, right=(6,))


def _as_json(stay: Episode, rules: Rules, now: datetime) -> dict[str, Any]:
    return {
        "episode": stay.id,
        "state": stay.state.value,
        "region": stay.region,
        "payer": stay.payers[-1].payer if stay.payers else None,
        "opened_at": iso(stay.opened.at) if stay.opened else None,
        "ended_at": iso(stay.end.at) if stay.end else None,
        "ready_periods": len(stay.periods),
        "findings": [finding.code.value for finding in findings_of(stay, rules, now=now)],
    }


def _day(instant: str | None) -> str | None:
    return instant[: len("2023-03-05")] if instant else None
