"""What would go and what is kept though it is old, counted, with a digest over exactly what would go."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hemgang.retention.deciding import Why
from hemgang.retention.rules import Kind, Rule


@dataclass(frozen=True, slots=True)
class Group:
    """What goes by one rule: how many, and the oldest and newest date from which their time was counted."""

    rule: Rule
    count: int
    oldest: date
    newest: date


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """How many of one kind are older than a rule asks and kept for one reason; `region` is "" where nobody knows it."""

    region: str
    kind: Kind
    why: Why
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The result of a dry run on a Stockholm date."""

    today: date
    groups: tuple[Group, ...]
    kept: tuple[Kept, ...]
    digest: str

    @property
    def count(self) -> int:
        """How much would go."""
        return sum(group.count for group in self.groups)


def grouped(going: Iterable[tuple[Rule, date]]) -> tuple[Group, ...]:
    """Return what goes by rule, in the order of the file."""
    found: dict[Rule, list[date]] = {}
    for rule, day in going:
        found.setdefault(rule, []).append(day)
    ordered = sorted(found.items(), key=lambda one: one[0].line)
    return tuple(Group(rule, len(days), min(days), max(days)) for rule, days in ordered)


def digest_of(rules: str, going: Iterable[tuple[str, ...]]) -> str:
    """Return a digest over the rules' own digest and the name of everything that goes, in any order; 16 digits."""
    told = hashlib.sha256(rules.encode())
    for line in sorted(json.dumps(named) for named in going):
        told.update(f"\n{line}".encode())
    return told.hexdigest()[:16]
