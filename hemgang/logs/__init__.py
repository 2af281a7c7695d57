"""Logs without personal data: fixed events with allow-listed fields, one line each; of others only who spoke and where.

`configure()` once at the start of a process, then `event(log, Event.X, field=...)`. More in docs/monitoring.md.
"""

from hemgang.logs.events import Event
from hemgang.logs.saying import event
from hemgang.logs.setup import configure
from hemgang.logs.wordless import WordlessError, wordless

__all__ = ["Event", "WordlessError", "configure", "event", "wordless"]
