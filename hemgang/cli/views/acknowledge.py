"""Acknowledges an alert, or a bundle of them, by reference."""

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines, shown
from hemgang.cli.table import table
from hemgang.cli.views.choices import kept_text
from hemgang.cli.views.moments import iso, now_or
from hemgang.cli.views.opening import database_at
from hemgang.references import as_references_are_written
from hemgang.store.acknowledging import acknowledge

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
        found = acknowledge(session, named, by=name, at=at)
    if not found:
        raise WrongUse(f"no alert has the reference {shown(reference)!r}")
    duties = [{"episode": one.episode, **_duty(one.key), "revision": one.revision} for one in found]
    if form is Format.JSON:
        print_json({"reference": named, "by": name, "at": iso(at), "acknowledged": duties})
        return
    rows = [(one["episode"], one["duty"], one["period"], one["revision"]) for one in duties]
    print_lines(table(("episode", "duty", "no", "revision"), rows, right=(2, 3)))


def _duty(key: str) -> dict[str, object]:
    kind, period, _ = key.split("/", 2)
    return {"duty": kind, "period": int(period) or None}
