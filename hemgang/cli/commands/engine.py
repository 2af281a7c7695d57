"""`hemgang run` and `hemgang demo`: this process becomes the engine."""

import typer

from hemgang.cli.options import DatabaseOption, DirectoryOption, examples, place

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        context_settings=PASS_ON,
        epilog=examples("hemgang run --database postgresql://hemgang@localhost/hemgang --directory directory.toml"),
    )(run)
    app.command(context_settings=PASS_ON, epilog=examples("hemgang demo"))(demo)


def run(context: typer.Context, directory: DirectoryOption = None, database: DatabaseOption = None) -> None:
    """Run the engine until it is stopped.

    Prefect with the flows scheduled. Options that are not named here are handed on to the engine.
    """
    from hemgang.cli.views.engine import become

    become("deployments.run", context.args, place(context, database, directory))


def demo(context: typer.Context, directory: DirectoryOption = None, database: DatabaseOption = None) -> None:
    """Tell the whole story on embedded defaults.

    As the README does. Options that are not named here are handed on to the demo.
    """
    from hemgang.cli.views.engine import become

    become("deployments.demo", context.args, place(context, database, directory))
