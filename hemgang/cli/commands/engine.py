"""`hemgang run` and `hemgang demo`: this process becomes the engine."""

import typer

from hemgang.cli.options import DatabaseOption, DirectoryOption, Place, examples, place


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("hemgang run --database postgresql://hemgang@localhost/hemgang --directory directory.toml"),
    )(run)
    app.command(epilog=examples("hemgang demo"))(demo)


def run(context: typer.Context, directory: DirectoryOption = None, database: DatabaseOption = None) -> None:
    """Run the engine until it is stopped.

    Prefect with the flows scheduled, on the database and the directory that are named.
    """
    from hemgang.cli.views.engine import become

    become("deployments.run", place(context, database, directory))


def demo() -> None:
    """Tell the whole story on embedded defaults.

    It keeps to a folder of its own, HEMGANG_DEMO or demo-output here, which is made anew each time.
    """
    from hemgang.cli.views.engine import become

    become("deployments.demo", Place(None))
