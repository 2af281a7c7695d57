"""Where an exception came from: the frames of our own packages as file and line, and the types it was caused by."""

import traceback
from pathlib import Path

from hemgang.logs.fields import kept

OURS = ("agreements", "calendars", "hemgang", "tasks", "flows", "deployments")
MOST = 5
_ROOT = Path(__file__).parent.parent.parent
_HERE = Path(__file__).parent.relative_to(_ROOT)


def where(error: BaseException) -> list[str]:
    """Return our own frames, the innermost first, at most five: `hemgang/engine/look.py:33`."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [f"{place}:{frame.lineno}" for frame in reversed(frames) if (place := _place(frame.filename)) is not None]
    return found[:MOST]


def caused_by(error: BaseException) -> list[str]:
    """Return the types of the exceptions that led to this one, the nearest first, at most five."""
    found: list[str] = []
    current = error.__cause__ or error.__context__
    while current is not None and len(found) < MOST:
        found.append(str(kept("error", current)))
        current = current.__cause__ or current.__context__
    return found


def _place(filename: str) -> str | None:
    try:
        inside = Path(filename).relative_to(_ROOT)
    except ValueError:
        return None
    return inside.as_posix() if inside.parts[0] in OURS and inside.parent != _HERE else None
