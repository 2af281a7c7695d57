"""Replaces this process by the engine or the demo, which live outside this package."""

import importlib.util
import os
import sys

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.settings import variable


def become(module: str, place: Place) -> None:
    """Run a module with Python in the place of this process; it finds database and directory in its environment.

    Raises:
        WrongUse: the module is not installed.
    """
    package = module.partition(".")[0]
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(module) is None:
        raise WrongUse(f"{module} is not installed; install hemgang with its deployments")
    if place.database is not None:
        os.environ[variable("database")] = place.database
    if place.directory is not None:
        os.environ[variable("directory")] = str(place.directory)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606  our own interpreter, no shell
