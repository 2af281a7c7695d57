"""Whether the values of hemgang's variables can be used, each in the words of what reads it: before anything starts."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from hemgang import clock
from hemgang.engine.installation import HEARTBEAT, RETENTION, STATE, database_url, regions, state_folder
from hemgang.engine.pace import LEAST, number
from hemgang.errors import ConfigurationError, HemgangError
from hemgang.logs.handler import form_wanted
from hemgang.logs.setup import level_wanted
from hemgang.metrics.endpoint import place_wanted
from hemgang.retention.loading import read_rules

Environment = Mapping[str, str]


def check_values(environment: Environment = os.environ) -> None:
    """Return if every value can be used.

    Raises:
        ConfigurationError: some cannot; names each in one line.
    """
    if wrong := list(wrong_values(environment)):
        raise ConfigurationError("; ".join(wrong))


def wrong_values(environment: Environment = os.environ) -> Iterator[str]:
    """Yield, for each variable whose value cannot be used, its name and what it needs; never the value of a secret."""
    for check in CHECKS:
        try:
            check(environment)
        except HemgangError as wrong:
            yield str(wrong)


def _heartbeat(environment: Environment) -> None:
    if not all(one.startswith(("https://", "http://")) for one in environment.get(HEARTBEAT, "").split()):
        raise ConfigurationError(f"{HEARTBEAT}: each address must begin with https:// or http://")


def _retention(environment: Environment) -> None:
    named = environment.get(RETENTION)
    try:
        if named:
            read_rules(Path(named))
    except HemgangError as wrong:
        raise ConfigurationError(f"{RETENTION}: {wrong}") from wrong


def _state(environment: Environment) -> None:
    """The folder is made when it is needed: it must be one, or lie in one that may be written to."""
    folder = state_folder(environment)
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise ConfigurationError(f"{STATE}: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{STATE}: {there} may not be written to")


def _number(name: str, environment: Environment) -> float:
    return number(environment, name, shipped=LEAST[name])


CHECKS: tuple[Callable[[Environment], object], ...] = (
    database_url,
    regions,
    _state,
    clock.now,
    form_wanted,
    level_wanted,
    place_wanted,
    _heartbeat,
    _retention,
    *(partial(_number, name) for name in LEAST),
)
