"""`hemgang retention`: what may go by the installation's retention rules, and letting it go."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


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
    from hemgang.cli.views.retention import Appliers, show_retention

    show_retention(place(context, database), rules, Appliers(apply, plan, by), form=form, now=now)
