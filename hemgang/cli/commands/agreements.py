"""`hemgang agreements`: what the agreements say, by date, with clause and quote."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="An agreement's name, as `list` shows it.")]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="As it holds on this date; today, or its last day.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang agreements list"))(list_all)
    group.command("show", epilog=examples("hemgang agreements show jamtland-harjedalen --date 2023-03-01"))(show)
    group.command(
        "diff",
        epilog=examples(
            "hemgang agreements diff lus jamtland-harjedalen --date 2023-03-01",
            "hemgang agreements diff stockholm --from 2020-10-31 --to 2020-11-01",
            "hemgang agreements diff vastmanland --from 2019-09-30 --to 2019-10-01 --region 19 --year 2023",
        ),
    )(diff)
    group.command("check", epilog=examples("hemgang agreements check --sources docs/sources"))(check)
    app.add_typer(group, name="agreements", help="What the agreements say, by date, with clause and quote.")


def list_all(form: FormatOption = Format.TABLE) -> None:
    """List the agreements: dates, region, version."""
    from hemgang.cli.views.agreements import list_agreements

    list_agreements(form=form)


def show(
    name: NameArgument,
    date: DateOption = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
) -> None:
    """Show every value and clause that holds on a date.

    Each with its source's words, or the assumption it rests on.
    """
    from hemgang.cli.views.agreements import show_agreement

    show_agreement(name, date=date, form=form, now=now)


def diff(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="NAME", help="An agreement's name, as `list` shows it.")],
    second: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The agreement it is held against; none with --from and --to.")
    ] = None,
    date: DateOption = None,
    before: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="One agreement alone: as it holds on this date…")
    ] = None,
    after: Annotated[str | None, typer.Option("--to", metavar="DATE", help="…against as it holds on this one.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="With --year: what the change does to a county…")
    ] = None,
    year: Annotated[str | None, typer.Option("--year", metavar="YEAR", help="…in each month of this year.")] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show what two agreements say differently on a date, or what changed in one between two dates.

    With a region and a year also what each of the two versions comes to on what is stored, had it always governed.
    """
    from hemgang.cli.errors import WrongUse
    from hemgang.cli.views.agreements import compare_agreements, compare_versions

    if region is not None or year is not None:
        if second is not None or before is None or after is None or region is None or year is None:
            raise WrongUse("--region and --year go together, with one agreement and --from and --to")
        _effect(context, (first, before, after, region, year), database, form=form, now=now)
    elif second is not None and before is None and after is None:
        compare_agreements(first, second, date=date, form=form, now=now)
    elif second is None and before is not None and after is not None and date is None:
        compare_versions(first, before=before, after=after, form=form)
    else:
        raise WrongUse("write either two agreements, and --date if need be, or one agreement with --from and --to")


def _effect(
    context: typer.Context,
    wanted: tuple[str, str, str, str, str],
    database: str | None,
    *,
    form: Format,
    now: str | None,
) -> None:
    from hemgang.cli.views.scoping import scope_of
    from hemgang.cli.views.version_effect import Wanted, show_version_effect

    show_version_effect(place(context, database), scope_of(context), Wanted(*wanted), form=form, now=now)


def check(
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="FOLDER", help="The source texts; else those of a checkout.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="A folder of agreements; else the shipped ones.")
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
) -> None:
    """Check the dates, payers and quotes; exit 1 on problems.

    Neither gap nor overlap of dates, and each quote stands in its source. Years whose amount is not known are named
    apart; they are no problem.
    """
    from hemgang.cli.views.agreement_check import check_agreements

    if not check_agreements(sources, folder=folder, form=form, now=now):
        raise typer.Exit(1)
