"""Reads retention rules from an installation's TOML file and refuses what is unclear, with file, line and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from agreements.errors import AgreementFileError
from agreements.municipalities import municipalities
from agreements.toml_text import TomlFile, read_toml
from hemgang.errors import ConfigurationError
from hemgang.messages.identity import holds_identity_number
from hemgang.retention.rules import OF_PAYERS, SHORTEST_YEARS, SINCE, Keep, Kind, RetentionRules, Rule, Since

E = TypeVar("E", bound=StrEnum)

KEYS = ("controller", "kind", "keep_years", "keep_days", "from", "basis")
LONGEST_YEARS = 1_000
LONGEST_BASIS = 500
_DAYS_IN_YEARS = {1: 366, 5: 1827}
"""So many days are never fewer than so many years."""


class RetentionFileError(ConfigurationError):
    """The file of retention rules cannot be used as it stands; names the file, the line where known, and the key."""


def read_rules(path: Path) -> RetentionRules:
    """Read a file of `[[rule]]` tables.

    Raises:
        RetentionFileError: the file cannot be read, has no rule, or one that is wrong or stands twice.
    """
    try:
        file = read_toml(path)
        file.allow(("rule",))
        tables = file.tables("rule")
    except AgreementFileError as problem:
        raise RetentionFileError(str(problem)) from problem
    if not tables:
        raise RetentionFileError(f"{file.label}: rule: there is no [[rule]]; without one nothing is ever deleted")
    found: dict[tuple[str, Kind], Rule] = {}
    for nth, table in enumerate(tables):
        row = _Row(file, nth, table)
        rule = _rule(row)
        earlier = found.setdefault((rule.controller, rule.kind), rule)
        if earlier is not rule:
            raise row.error("kind", f"{rule.kind} of {rule.controller} has a rule already, in line {earlier.line}")
    return RetentionRules(tuple(found.values()), file.digest)


def _rule(row: "_Row") -> Rule:
    row.allow()
    kind = row.one_of("kind", Kind)
    return Rule(
        controller=row.controller(kind),
        kind=kind,
        keep=row.keep(kind),
        since=row.since(kind),
        basis=row.basis(),
        line=row.line(""),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One rule's table, with its place for error messages."""

    file: TomlFile
    nth: int
    table: Mapping[str, object]

    def line(self, key: str) -> int:
        return self.file.line_of("rule", nth=self.nth, key=key) or 0

    def error(self, key: str, reason: str) -> RetentionFileError:
        line = self.line(key if key in self.table else "")
        place = f"{self.file.label}:{line}" if line else self.file.label
        return RetentionFileError(f"{place}: rule.{key}: {reason}")

    def allow(self) -> None:
        for key in self.table:
            if key not in KEYS:
                raise self.error(key, f"unknown key; known are {', '.join(KEYS)}")

    def one_of(self, key: str, words: type[E]) -> E:
        try:
            return words(str(self.table.get(key)))
        except ValueError:
            raise self.error(key, f"must be one of {', '.join(words)}") from None

    def controller(self, kind: Kind) -> str:
        value = self.table.get("controller")
        known = municipalities()
        counties = {one.county for one in known.values()}
        if not isinstance(value, str) or (value not in counties and value.partition("/")[0] not in known):
            raise self.error(
                "controller", 'must be a county code ("23"), a municipality code ("2380") or a payer ("0180/district")'
            )
        if value not in counties and kind not in OF_PAYERS:
            raise self.error("controller", f"{kind} is the region's alone; write a county code")
        return value

    def keep(self, kind: Kind) -> Keep:
        given = [key for key in ("keep_years", "keep_days") if key in self.table]
        if len(given) != 1:
            raise self.error("keep_years", "write keep_years or keep_days, one of them")
        key = given[0]
        value = self.table[key]
        longest = LONGEST_YEARS * (366 if key == "keep_days" else 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= longest:
            raise self.error(key, f"must be a whole number from 1 to {longest}")
        if kind is Kind.CLOSINGS and key == "keep_days":
            raise self.error(key, "closings are kept by calendar years; write keep_years")
        shortest = SHORTEST_YEARS.get(kind.value, 0)
        if value < (shortest if key == "keep_years" else _DAYS_IN_YEARS.get(shortest, 0)):
            raise self.error(key, _too_short(kind, shortest))
        return Keep(years=value) if key == "keep_years" else Keep(days=value)

    def since(self, kind: Kind) -> Since:
        since = self.one_of("from", Since)
        if since is not SINCE[kind]:
            raise self.error("from", f'{kind} is counted from "{SINCE[kind]}"')
        return since

    def basis(self) -> str:
        value = self.table.get("basis")
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_BASIS:
            raise self.error(
                "basis", f"the law or decision behind the rule, in 1 to {LONGEST_BASIS} characters; no rule without it"
            )
        if holds_identity_number(value):
            raise self.error("basis", "part of it is shaped like an identity number, which is never stored")
        return value.strip()


def _too_short(kind: Kind, shortest: int) -> str:
    sources = {
        Kind.ACCESS_LOG: "HSLF-FS 2016:40 4 kap. 9 §",
        Kind.CLOSINGS: "lag (2018:597) 3 kap.; to the end of the seventh year after the year's end",
    }
    source = f" ({sources[kind]})" if kind in sources else ""
    return f"{kind} is kept at least {shortest} {'year' if shortest == 1 else 'years'}{source}"
