"""Logs without personal data: fixed events with allow-listed fields, one line each; of others only who spoke and where.

`configure()` once at the start of a process, then `event(log, Event.X, field=...)`. More in docs/monitoring.md.
"""

from hemgang.logs.events import Event, ScrubbedError, event, scrub_errors
from hemgang.logs.handlers import configure

__all__ = ["Event", "ScrubbedError", "configure", "event", "scrub_errors"]
