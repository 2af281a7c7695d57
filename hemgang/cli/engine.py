"""`hemgang run` and `hemgang demo`: this process becomes the engine, which lives outside this package."""

import importlib.util
import os
import sys

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.params import DatabaseOption, DirectoryOption, Place, examples, place
from hemgang.i18n.catalogue import phrase
from hemgang.settings import variable


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
    _become("deployments.run", place(context, database, directory))


def demo() -> None:
    """Tell the whole story on embedded defaults.

    It keeps to a folder of its own, HEMGANG_DEMO or demo-output here, which is made anew each time.
    """
    _become("deployments.demo", Place(None))


def _become(module: str, place: Place) -> None:
    """Run a module with Python in the place of this process; it finds database and directory in its environment."""
    package = module.partition(".")[0]
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(module) is None:
        raise WrongUse(phrase("cli_operation.not_installed", module=module))
    if place.database is not None:
        os.environ[variable("database")] = place.database
    if place.directory is not None:
        os.environ[variable("directory")] = str(place.directory)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606  our own interpreter, no shell
