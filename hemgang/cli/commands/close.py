"""`hemgang close`: a month's statement, ledger and review list; drafted, and with --commit closed."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang close 23 2023-03",
            'hemgang close "Jämtland Härjedalen" 2023-03 --payer 2380 --format json',
            'hemgang close 23 2023-03 --commit --by "A. Ek" --attest "B. Ström" --decision "agreed in April"',
        )
    )(close)


def close(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")],
    payer: Annotated[
        str | None,
        typer.Option(
            "--payer", metavar="PAYER", help="Only this payer: a municipality's code or name (0180/district)."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="From what had been received by then.")
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Close the month; it never changes after that.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who closes; needed with --commit.")] = None,
    attest: Annotated[
        str | None,
        typer.Option("--attest", metavar="NAME", help="The second person, where no review was agreed by both sides."),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option("--decision", metavar="TEXT", help="Why it is closed over findings that touch money."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if the result rests on values that no source gives.")
    ] = False,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Draft a month's statement for each payer, or close it.

    Shows care days and amounts, clause by clause, with the assumptions the result rests on and how much is up for
    review. JSON holds every row that is not free, the review list and the findings. Closing takes two persons.
    """
    from hemgang.cli.views.close import Wanted, close_or_draft
    from hemgang.cli.views.deciding import Closers
    from hemgang.cli.views.scoping import scope_of

    wanted = Wanted(region=region, month=month, payer=payer, as_of=as_of, strict=strict)
    where = place(context, database)
    scope = scope_of(context)
    if not close_or_draft(where, scope, wanted, Closers(commit, by, attest, decision), form=form, now=now):
        raise typer.Exit(1)
