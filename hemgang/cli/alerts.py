"""What alerts are called where they are listed: their rungs and recipients, by the names that the ladder ships with."""

from typing import Final

from hemgang.cli.language import spoken, words
from hemgang.duties.escalation import OPERATOR_RUNG, RESOLVED_RUNG
from hemgang.duties.model import Alert, Role
from hemgang.i18n.catalogue import name_of

_SHIPPED_RUNGS: Final = frozenset({"owner", "backup", "manager", "missed", RESOLVED_RUNG, OPERATOR_RUNG})


def rung_name(rung: str) -> str:
    """Return what a rung is called: one of the shipped ladder by the catalogue, another as its ladder names it."""
    return words(f"cli_reading.rung.{rung}") if rung in _SHIPPED_RUNGS else rung


def recipient_name(alert: Alert) -> str:
    """Return who an alert goes to; without a directory each role is its own recipient and called like the role."""
    return name_of(spoken(), Role(alert.recipient)) if alert.recipient in set(Role) else alert.recipient
