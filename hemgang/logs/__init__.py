"""Logs without personal data: fixed events with allow-listed fields, one line each; of others only who spoke and where.

`configure()` once at the start of a process, then `event(log, Event.X, field=...)`. More in docs/monitoring.md.
"""

from hemgang.logs.events import Event, WordlessError, event, wordless
from hemgang.logs.handlers import configure

__all__ = ["Event", "WordlessError", "configure", "event", "wordless"]
