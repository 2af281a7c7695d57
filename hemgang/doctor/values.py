"""Whether the settings can be used, and what they name: said before anything starts, and by the doctor."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hemgang import clock
from hemgang.errors import HemgangError
from hemgang.retention.loading import read_rules
from hemgang.settings import Examined, Settings, SettingsError, examine_settings, variable


def check_values(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment (None = this process's) if a process can start with them.

    Raises:
        SettingsError: it cannot; names each fault in one line.
    """
    examined = examine_settings(environment)
    if wrong := tuple(wrong_values(examined)):
        raise SettingsError(wrong)
    return examined.settings


def wrong_values(examined: Examined) -> Iterator[str]:
    """Yield a line for each variable that cannot be used, or that names what cannot; never the value of a secret."""
    yield from examined.faults.values()
    for field, check in CHECKS.items():
        if variable(field) not in examined.faults:
            lines = check(examined.settings).splitlines()
            yield from (one if one.startswith(variable(field)) else f"{variable(field)}: {one}" for one in lines)


def _clock(settings: Settings) -> str:
    return _trouble(lambda: clock.now({} if settings.clock is None else {clock.VARIABLE: str(settings.clock)}))


def _inbox(settings: Settings) -> str:
    return f"there is no folder {settings.inbox}" if settings.inbox and not settings.inbox.is_dir() else ""


def _retention(settings: Settings) -> str:
    named = settings.retention
    return "" if named is None else _trouble(lambda: read_rules(named))


def _state(settings: Settings) -> str:
    """The folder is made when it is needed: it must be one, or lie in one that may be written to."""
    folder = settings.state
    there: Path = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


def _trouble(work: Callable[[], object]) -> str:
    try:
        work()
    except HemgangError as wrong:
        return str(wrong)
    return ""


CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "clock": _clock,
    "inbox": _inbox,
    "retention": _retention,
    "state": _state,
}
"""What a setting names, by its field: the line of what is wrong with it, empty if nothing is."""
