"""The field table made ready for reading: one set of rules for each type of message (specification 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from hemgang.messages.fields import COMMON, OPEN_KINDS, OWN
from hemgang.messages.model import MessageType
from hemgang.messages.values import Reader, reader_of


@dataclass(frozen=True, slots=True)
class Rules:
    """What reading one type takes.

    `readers` are those of every field it names, `needed` the fields it cannot be without, `closed` the fields
    that, once read, cannot hold just any text.
    """

    readers: Mapping[str, Reader]
    needed: frozenset[str]
    closed: frozenset[str]


def rules_for(kind: MessageType | None) -> Rules:
    """Return the rules for a type; for None those of the fields that every message may have."""
    return _RULES[kind]


def _rules_of(kind: MessageType | None) -> Rules:
    fields = {**COMMON, **(OWN[kind] if kind else {})}
    return Rules(
        readers={name: reader_of(rule) for name, rule in fields.items()},
        needed=frozenset(name for name, rule in fields.items() if rule.needed),
        closed=frozenset(name for name, rule in fields.items() if rule.kind not in OPEN_KINDS),
    )


_RULES = {kind: _rules_of(kind) for kind in (None, *MessageType)}
