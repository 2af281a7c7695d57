"""`hemgang retention`: what may go by the installation's retention rules, and letting it go.

What may go by the retention rules, shown, and let go if that was asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, print_json, print_lines, table, told
from hemgang.cli.params import DatabaseOption, FormatOption, NowOption, Place, examples, now_or, person_name, place
from hemgang.i18n.formats import iso_text
from hemgang.retention.decide import KEEP_REASON_TEXTS
from hemgang.retention.policy import PlanSummary, read_retention_rules
from hemgang.services.retention_apply import RetentionReport, apply_retention
from hemgang.services.retention_plan import plan_retention
from hemgang.settings import read_settings, variable


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang retention --rules retention.toml",
            'hemgang retention --rules retention.toml --apply --plan 3f9c0a1b2c3d4e5f --by "A. Ek"',
        )
    )(retention)


def retention(
    context: typer.Context,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="The retention rules (TOML); else HEMGANG_RETENTION."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Let go what the dry run with this --plan showed.")] = False,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="DIGEST", help="Of the dry run; needed with --apply.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who lets it go; needed with --apply.")] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show what would go by the retention rules, and what is kept though it is old.

    A dry run, unless --apply is given with the digest that a dry run of the same day printed. Without a file of rules
    nothing is ever deleted.
    """
    pass  # dropped import

    show_retention(place(context, database), rules, Appliers(apply, plan, by), form=form, now=now)


@dataclass(frozen=True, slots=True)
class Appliers:
    """Whether anything is to go, by the plan of which dry run, and who says so."""

    apply: bool
    plan: str | None
    by: str | None

    def wanted(self) -> tuple[str, str] | None:
        """Return the plan's digest and the person; None for a dry run.

        Raises:
            WrongUse: one of the three is given without the others.
        """
        if not self.apply:
            if self.plan is not None or self.by is not None:
                raise WrongUse("--plan and --by belong to --apply")
            return None
        if self.plan is None or self.by is None:
            raise WrongUse(
                "--apply needs --plan DIGEST, which the dry run prints (hemgang retention), and --by NAME: who says so"
            )
        return self.plan, person_name(self.by, "--by")


def show_retention(place: Place, rules: Path | None, who: Appliers, *, form: Format, now: str | None) -> None:
    """Show the plan of a date, or let go what it holds.

    Raises:
        WrongUse: there is no file of rules, or --apply lacks its plan or person.
        RetentionFileError: the file is wrong.
        RetentionRefused: something else would go than the plan says.
    """
    wanted, at = who.wanted(), now_or(now)
    path = rules or read_settings().retention
    if path is None:
        name = variable("retention")
        raise WrongUse(f"there are no retention rules, so nothing goes; name the file with --rules or {name}")
    kept_for = read_retention_rules(path)
    with installation_at(place) as installation:
        database = installation.database
        try:
            if wanted is None:
                found = plan_retention(database, kept_for, installation.rules, now=at, told=_looked).plan
                applied = None
            else:
                digest, by = wanted
                applied = apply_retention(
                    database, kept_for, installation.rules, digest=digest, by=by, now=at, told=_gone
                )
                found = applied.plan
        finally:
            told("")
    document = _as_json(found) | _applied_json(applied, wanted)
    if form is Format.JSON:
        print_json(document)
    else:
        print_lines(_text(document))


def _looked(count: int) -> None:
    told(f"{count} old episodes looked at …")


def _gone(count: int) -> None:
    told(f"{count} gone …")


def _as_json(found: PlanSummary) -> dict[str, Any]:
    return {
        "today": found.today.isoformat(),
        "plan": found.digest,
        "goes": [
            {
                "controller": group.rule.controller,
                "kind": group.rule.kind.value,
                "keep": str(group.rule.keep),
                "from": group.rule.since.value,
                "basis": group.rule.basis,
                "count": group.count,
                "oldest": group.oldest.isoformat(),
                "newest": group.newest.isoformat(),
            }
            for group in found.groups
        ],
        "kept": [
            {"region": one.region or None, "kind": one.kind.value, "why": one.why.value, "count": one.count}
            for one in found.kept
        ],
    }


def _applied_json(applied: RetentionReport | None, wanted: tuple[str, str] | None) -> dict[str, Any]:
    if applied is None or wanted is None:
        return {"by": None, "gone": None, "changed": None, "anchor": None}
    anchor = applied.anchor
    told_of = None if anchor is None else {"seq": anchor.seq, "hash": anchor.hash, "at": iso_text(anchor.at)}
    return {"by": wanted[1], "gone": applied.gone, "changed": applied.changed, "anchor": told_of}


def _text(document: dict[str, Any]) -> Iterator[str]:
    yield from fields([("today", document["today"]), ("plan", document["plan"]), ("by", document["by"])])
    yield ""
    yield from _goes(document)
    if document["kept"]:
        yield from ("", "kept though old:")
        words = {why.value: text for why, text in KEEP_REASON_TEXTS.items()}
        rows = [(one["region"], one["kind"], one["count"], one["why"], words[one["why"]]) for one in document["kept"]]
        yield from table(("region", "kind", "count", "why", "meaning"), rows, right=(2,))
    if document["gone"] is None:
        yield from ("", _next_step(document))
        return
    gone = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in document["gone"].items() if count)
    yield from ("", f"gone: {gone or 'nothing'}")
    if document["changed"]:
        yield f"stayed, as it had changed meanwhile: {document['changed']}"
    if (anchor := document["anchor"]) is not None:
        yield f"the access log goes on from row {anchor['seq']}, hash {anchor['hash']}; write it down elsewhere"


def _goes(document: dict[str, Any]) -> Iterator[str]:
    if not document["goes"]:
        yield "nothing is old enough to go"
        return
    names = ("controller", "kind", "keep", "from", "count", "oldest", "newest", "basis")
    yield from table(names, [[one[name] for name in names] for one in document["goes"]], right=(4,))


def _next_step(document: dict[str, Any]) -> str:
    if not document["goes"]:
        return "nothing was deleted"
    return f"nothing was deleted; to let it go today: --apply --plan {document['plan']} --by NAME"
