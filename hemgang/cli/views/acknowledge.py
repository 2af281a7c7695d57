"""Acknowledges an alert, or a bundle of them, by reference."""

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines, shown
from hemgang.cli.table import table
from hemgang.cli.views.choices import kept_text
from hemgang.cli.views.moments import iso, now_or
from hemgang.cli.views.opening import database_at
from hemgang.store.acknowledging import acknowledge

_LONGEST_NAME = 128
_GROUP = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
"""Crockford's base 32 has none of these letters; whoever writes one means the digit."""


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


def as_references_are_written(text: str) -> str:
    """Return a reference in capitals and groups, however it was written.

    >>> as_references_are_written("7k3m q9tb2xwo")
    '7K3M-Q9TB-2XW0'
    """
    letters = "".join(c for c in text.upper() if c.isalnum()).translate(_READ_AS)
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _duty(key: str) -> dict[str, object]:
    kind, period, _ = key.split("/", 2)
    return {"duty": kind, "period": int(period) or None}
