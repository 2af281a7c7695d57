"""`hemgang retention`: what may go by the installation's retention rules, and letting it go."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, joined, print_json, print_lines, table, told, words
from hemgang.cli.params import DatabaseOption, FormatOption, NowOption, examples, now_or, person_name, place
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.formats import iso_text
from hemgang.retention.policy import ExpiredGroup, PlanSummary, RetentionPeriod, read_retention_rules
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
    order, at = _order(apply=apply, plan=plan, by=by), now_or(now)
    path = rules or read_settings().retention
    if path is None:
        raise WrongUse(phrase("cli_operation.retention.no_rules", variable=variable("retention")))
    periods = read_retention_rules(path)
    report: RetentionReport | None = None
    with installation_at(place(context, database)) as installation:
        stored = installation.database
        try:
            if order is None:
                summary = plan_retention(stored, periods, installation.rules, now=at, told=_planning).plan
            else:
                report = apply_retention(
                    stored, periods, installation.rules, digest=order.plan, by=order.by, now=at, told=_applying
                )
                summary = report.plan
        finally:
            told("")
    if form is Format.JSON:
        print_json(_summary_json(summary) | _report_json(report, order))
    else:
        print_lines(_summary_text(summary, order))
        print_lines(_next_step(summary) if report is None else _report_text(report))


@dataclass(frozen=True, slots=True)
class _Order:
    """That what a plan holds is to go: the digest of its dry run, and who says so."""

    plan: str
    by: str


def _order(*, apply: bool, plan: str | None, by: str | None) -> _Order | None:
    """Return the order to let go, None for a dry run; the three options belong together."""
    if not apply:
        if plan is not None or by is not None:
            raise WrongUse(phrase("cli_operation.retention.belongs_to_apply"))
        return None
    if plan is None or by is None:
        raise WrongUse(phrase("cli_operation.retention.apply_needs_plan"))
    return _Order(plan, person_name(by, "--by"))


def _planning(count: int) -> None:
    told(words("cli_operation.retention.planning", count=count))


def _applying(count: int) -> None:
    told(words("cli_operation.retention.applying", count=count))


def _summary_json(summary: PlanSummary) -> dict[str, Any]:
    return {
        "today": summary.today.isoformat(),
        "plan": summary.digest,
        "goes": [_group_json(group) for group in summary.groups],
        "kept": [
            {"region": one.region or None, "kind": one.kind.value, "why": one.why.value, "count": one.count}
            for one in summary.kept
        ],
    }


def _group_json(group: ExpiredGroup) -> dict[str, Any]:
    return {
        "controller": group.rule.controller,
        "kind": group.rule.kind.value,
        "keep": str(group.rule.keep),
        "from": group.rule.since.value,
        "basis": group.rule.basis,
        "count": group.count,
        "oldest": group.oldest.isoformat(),
        "newest": group.newest.isoformat(),
    }


def _report_json(report: RetentionReport | None, order: _Order | None) -> dict[str, Any]:
    if report is None or order is None:
        return {"by": None, "gone": None, "changed": None, "anchor": None}
    anchor = report.anchor
    anchored = None if anchor is None else {"seq": anchor.seq, "hash": anchor.hash, "at": iso_text(anchor.at)}
    return {"by": order.by, "gone": report.gone, "changed": report.changed, "anchor": anchored}


def _summary_text(summary: PlanSummary, order: _Order | None) -> Iterator[str]:
    yield from fields([("today", summary.today), ("plan", summary.digest), ("by", order.by if order else None)])
    yield ""
    yield from _group_table(summary)
    if summary.kept:
        yield from ("", words("cli_operation.retention.kept"))
        rows = [
            (one.region or None, one.kind, one.count, phrase(f"cli_operation.keep_reason.{one.why}"))
            for one in summary.kept
        ]
        yield from table(("region", "data_kind", "count", "why"), rows, right=(2,))


def _group_table(summary: PlanSummary) -> Iterator[str]:
    if not summary.groups:
        return iter([words("cli_operation.retention.nothing_old")])
    rows = [
        (
            group.rule.controller,
            group.rule.kind,
            _period(group.rule.keep),
            group.rule.since,
            group.count,
            group.oldest,
            group.newest,
            group.rule.basis,
        )
        for group in summary.groups
    ]
    columns = ("controller", "data_kind", "keep", "kept_from", "count", "oldest", "newest", "basis")
    return table(columns, rows, right=(4,))


def _period(keep: RetentionPeriod) -> Phrase:
    unit, count = ("years", keep.years) if keep.years else ("days", keep.days)
    return phrase(f"cli_operation.retention.{unit}", count=count)


def _next_step(summary: PlanSummary) -> Iterator[str]:
    key = "nothing_deleted_yet" if summary.groups else "nothing_deleted"
    yield from ("", words(f"cli_operation.retention.{key}", plan=summary.digest))


def _report_text(report: RetentionReport) -> Iterator[str]:
    gone = [
        phrase("cli_operation.retention.count_of_kind", count=count, kind=phrase(f"names.retention.data_kind.{kind}"))
        for kind, count in report.gone.items()
        if count
    ]
    yield from (
        "",
        words("cli_operation.retention.gone", gone=joined(gone) or words("cli_operation.retention.nothing")),
    )
    if report.changed:
        yield words("cli_operation.retention.changed", count=report.changed)
    if report.anchor is not None:
        yield words("cli_operation.retention.anchor", row=report.anchor.seq, hash=report.anchor.hash)
