"""Every reading of episodes goes into the access log before anything is shown (specification 6)."""

import getpass
import os

from sqlalchemy.exc import IntegrityError

from hemgang.cli.views.choices import kept_text
from hemgang.cli.views.moments import now_or
from hemgang.settings import read_settings, variable
from hemgang.store.access import Reader, record
from hemgang.store.database import Database

OPERATOR = "operator"
ALL = "*"
"""Stands in the access log for a reading of many episodes at once."""

TRIES = 5
_LONGEST_NAME, _LONGEST_REASON = 128, 200


def reader(why: str) -> Reader:
    """Return who reads: `HEMGANG_USER` or the user of the system, from `HEMGANG_UNIT` or as the operator.

    Raises:
        SettingsError: the environment cannot be used.
        WrongUse: a name or the reason is too long, or shaped like an identity number.
    """
    settings = read_settings()
    return Reader(
        who=kept_text(settings.user or _system_user(), variable("user"), longest=_LONGEST_NAME),
        unit=kept_text(settings.unit or OPERATOR, variable("unit"), longest=_LONGEST_NAME),
        why=kept_text(why, "--why", longest=_LONGEST_REASON),
    )


def log_reading(database: Database, by: Reader, *, action: str, episode: str = ALL) -> None:
    """Append a reading to the access log, at the clock's own time whatever `--now` says.

    Whoever reads at the same moment gets the next place in it.
    """
    at = now_or(None)
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                record(session, by, action=action, episode=episode, at=at)
        except IntegrityError:
            if not tries_left:
                raise
        else:
            return


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
