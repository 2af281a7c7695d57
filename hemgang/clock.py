"""The only place where the time is read; everything else is handed one `now` per decision.

`HEMGANG_CLOCK` names a file that holds the instant of a virtual clock (the demo and the fault tests move it);
without it the machine's own clock answers.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from hemgang.errors import ConfigurationError

VARIABLE = "HEMGANG_CLOCK"


def now(environment: Mapping[str, str] = os.environ) -> datetime:
    """Return the current instant in UTC: the virtual clock's if one is set, else the machine's.

    Raises:
        ConfigurationError: the clock file is not there, or does not hold an instant with an offset.
    """
    named = environment.get(VARIABLE)
    if named is None:
        return machine_now()
    try:
        return _parse(Path(named).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{VARIABLE}: {named}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{VARIABLE}: {error}") from error


def is_virtual() -> bool:
    """Whether a virtual clock is set."""
    return VARIABLE in os.environ


def machine_now() -> datetime:
    """Return the machine's own instant in UTC, for what measures real time (leases, durations)."""
    return datetime.now(UTC)


def set_virtual(path: Path, instant: datetime) -> None:
    """Move the virtual clock in `path` to `instant`; a reader sees the old instant or the new, never half of it."""
    beside = path.with_suffix(".next")
    beside.write_text(instant.astimezone(UTC).isoformat(), encoding="utf-8")
    beside.replace(path)


def _parse(text: str) -> datetime:
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError("the virtual clock holds a time without an offset")
    return instant.astimezone(UTC)
