"""What is to be said of the directory: does it load, and does it reach everyone whom open discharges name; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hemgang.doctor.finding import Finding, counted, error, ok, warning

SHOWN = 5
CODE = re.compile(r"[a-z0-9åäö]+(?:[-._/][a-z0-9åäö]+)+|[0-9]{2,6}")
"""What a unit or payer must look like to be shown: a code. Anything else is counted only, since it may be free text."""


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """What was seen of the directory, and of the open discharges that it has to reach people for.

    `trouble`: why it cannot be used, "" if it can, None where none is set. `looked_at` of `open_discharges` were held
    against it: `unreached` counts those in which a role reaches nobody, `unknown_units` and `unknown_payers` those that
    name one that the directory lacks.
    """

    trouble: str | None
    units: int = 0
    contacts: int = 0
    channels: int = 0
    operator: bool = False
    open_discharges: int = 0
    looked_at: int = 0
    unreached: Mapping[str, int] = field(default_factory=dict)
    unknown_units: Mapping[str, int] = field(default_factory=dict)
    unknown_payers: Mapping[str, int] = field(default_factory=dict)


def judge_directory(facts: DirectoryFacts) -> Iterator[Finding]:
    """Yield what is to be said of the directory."""
    if facts.trouble is None:
        do = "write one and set HEMGANG_DIRECTORY: docs/directory.md"
        yield warning("directory", "none: duties are followed, nobody is told", do)
        return
    if facts.trouble:
        do = "mend the file: docs/directory.md; until then a running engine keeps the last good one"
        yield from (error("directory", line, do) for line in facts.trouble.splitlines())
        return
    parts = (facts.units, "unit"), (facts.contacts, "contact"), (facts.channels, "channel")
    yield ok("directory", ", ".join(counted(number, noun) for number, noun in parts))
    if facts.operator:
        yield ok("operator", "set")
    else:
        yield error("operator", "none: what nobody can be told reaches no one", "add [operator]: docs/directory.md")
    yield from _reached(facts)


def _reached(facts: DirectoryFacts) -> Iterator[Finding]:
    held = counted(facts.looked_at, "open discharge")
    if facts.looked_at < facts.open_discharges:
        held = f"{facts.looked_at} of {facts.open_discharges} open discharges"
    for role, count in sorted(facts.unreached.items()):
        found = f"the {role} reaches nobody in {counted(count, 'open discharge')}"
        yield warning("recipients", found, "add the unit or its channel to the directory: the operator is told instead")
    if not facts.unreached:
        yield ok("recipients", f"every role of {held} reaches someone")
    missing = (("units", facts.unknown_units, "[[unit]]"), ("payers", facts.unknown_payers, "[[unit]] with that payer"))
    for name, unknown, table in missing:
        if unknown:
            found = f"{counted(len(unknown), name[:-1])} not in the directory: {_codes(unknown)}"
            yield warning(name, found, f"add a {table} for each")


def _codes(unknown: Mapping[str, int]) -> str:
    """Return the most frequent codes with their counts; what is no code is only counted."""
    codes = sorted((one for one in unknown if CODE.fullmatch(one)), key=lambda one: (-unknown[one], one))
    shown = [f"{one} ({unknown[one]})" for one in codes[:SHOWN]]
    rest = len(unknown) - len(shown)
    return ", ".join(shown + ([f"{rest} more"] if rest and shown else [f"{rest} without a code"] if rest else []))
