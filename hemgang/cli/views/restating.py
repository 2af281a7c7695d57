"""How a closed month would come out now, and its restatement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Where
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.deciding import named
from hemgang.cli.views.deciding import reason as kept_reason
from hemgang.cli.views.moments import now_or
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.engine.restating import Restated, restate, restated, restated_json
from hemgang.liability.month import Month
from hemgang.scope import Scope


@dataclass(frozen=True, slots=True)
class Restaters:
    """Whether to restate, who does, who attests it, and why."""

    commit: bool
    by: str | None
    attest: str | None
    reason: str


def restate_month(
    where: Where, region: str, month: str | None, who: Restaters, *, form: Format, now: str | None
) -> None:
    """Show what differs from what was closed (None = in every closed month); with `who.commit` charge it.

    Raises:
        WrongUse: the region is wrong or outside the scope, or --commit lacks its two names.
        ClosingRefused, FourEyes: the month is not closed, or cannot be restated as asked.
    """
    at, code, wanted = now_or(now), region_code(region), Month.parse(month) if month is not None else None
    refuse_outside(where.scope, region=code, payer=None, commit=who.commit)
    if who.commit and (who.by is None or who.attest is None):
        raise WrongUse("--commit needs --by NAME and --attest NAME, two persons")
    if not who.commit and (who.by is not None or who.attest is not None or who.reason):
        raise WrongUse("--by, --attest and --reason belong to --commit")
    with installation_at(where.place) as installation:
        log_reading(installation.database, reader(f"{code} {wanted or 'all'}"), action="restate")
        database = installation.database
        found = restated(database, region=code, month=wanted, rules=installation.rules, now=at)
        if who.commit:
            stored = restate(
                database,
                found,
                region=code,
                by=named(who.by or "", "--by"),
                attested_by=named(who.attest or "", "--attest"),
                reason=kept_reason(who.reason, "--reason") if who.reason else "",
                now=at,
            )
            for each in stored:
                told = f"{each.month} restated as version {each.version}"
                note(f"{told}; the difference is charged in {each.charged_in}")
    found = tuple(_within(where.scope, code, one) for one in found)
    if form is Format.JSON:
        print_json([restated_json(one) for one in found])
    else:
        print_lines(_text(found))


def _within(scope: Scope, region: str, one: Restated) -> Restated:
    """Return what the scope shows of a restatement: everything of a region's own, else the payers' rows."""
    if scope.shows(region, ()):
        return one
    return replace(one, found=tuple(each for each in one.found if each.payer in scope.payers))


def _text(found: Sequence[Restated]) -> Iterator[str]:
    for one in found:
        whom = f"payer {one.payer}" if one.payer else "all payers"
        if not one.found:
            yield f"{one.month}, {whom}: nothing differs from what was closed"
            continue
        differing = len({each.row for each in one.found})
        what = "1 row differs" if differing == 1 else f"{differing} rows differ"
        yield f"{one.month}, {whom}: {what} from what was closed"
        sums = [(each.payer, each.cause.value, each.care_days, f"{each.amount:.2f}") for each in one.adjustments()]
        yield from table(("payer", "cause", "care days", "amount (kr)"), sums, right=(2, 3))
        yield ""
        rows = [
            (each.payer, each.episode or "mean", each.date, each.cause.value, each.care_days, f"{each.amount:.2f}")
            for each in one.found
        ]
        yield from table(("payer", "episode", "date", "cause", "care days", "amount (kr)"), rows, right=(4, 5))
