"""Reads retention rules from an installation's TOML file and refuses what is unclear, with file, line and key."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from agreements.errors import AgreementFileError
from agreements.municipalities import municipalities
from agreements.toml_text import Faults, TableShape, read_toml
from hemgang.errors import ConfigurationError
from hemgang.messages.identity import holds_identity_number
from hemgang.retention.rules import OF_PAYERS, SHORTEST_YEARS, SINCE, Keep, Kind, RetentionRules, Rule, Since

LONGEST_YEARS = 1_000
LONGEST_BASIS = 500
_DAYS_IN_YEARS = {1: 366, 5: 1827}
"""So many days are never fewer than so many years."""


class RetentionFileError(ConfigurationError):
    """The file of retention rules cannot be used as it stands; one line for each fault with file, line and key."""


def read_rules(path: Path) -> RetentionRules:
    """Read a file of `[[rule]]` tables.

    Raises:
        RetentionFileError: the file cannot be read, has no rule, or one that is wrong or stands twice.
    """
    try:
        file = read_toml(path)
    except AgreementFileError as problem:
        raise RetentionFileError(str(problem)) from problem
    faults = Faults(file)
    for name in file.content:
        if name != "rule":
            faults.note((name,), name, "unknown table; known are rule")
    rules = _rules(faults)
    if faults:
        raise RetentionFileError(str(faults))
    return RetentionRules(rules, file.digest)


def _rules(faults: Faults) -> tuple[Rule, ...]:
    if not faults.file.content.get("rule", []):
        faults.note((), "rule", "there is no [[rule]]; without one nothing is ever deleted")
    found: dict[tuple[str, Kind], Rule] = {}
    for nth, table in enumerate(faults.tables("rule")):
        line = faults.file.places[("rule", nth)]
        shape = faults.read(_RuleShape, table, place=("rule", nth), title="rule")
        if shape is None:
            continue
        rule = shape.rule(line)
        earlier = found.setdefault((rule.controller, rule.kind), rule)
        if earlier is not rule:
            reason = f"{rule.kind} of {rule.controller} has a rule already, in line {earlier.line}"
            faults.note(("rule", nth, "kind"), "rule.kind", reason)
    return tuple(found.values())


def _one_of(words: type[StrEnum]) -> Any:
    return Field(strict=False, description=f"must be one of {', '.join(words)}")


_CONTROLLER = 'must be a county code ("23"), a municipality code ("2380") or a payer ("0180/district")'
_YEARS = f"must be a whole number from 1 to {LONGEST_YEARS}"
_DAYS = f"must be a whole number from 1 to {LONGEST_YEARS * 366}"
_BASIS = f"the law or decision behind the rule, in 1 to {LONGEST_BASIS} characters; no rule without it"


class _RuleShape(TableShape):
    """One rule as the file writes it; a key is judged by those above it, so `kind` is the first."""

    kind: Annotated[Kind, _one_of(Kind)]
    controller: Annotated[str, Field(description=_CONTROLLER)]
    keep_days: Annotated[int | None, Field(ge=1, le=LONGEST_YEARS * 366, description=_DAYS)] = None
    keep_years: Annotated[int | None, Field(ge=1, le=LONGEST_YEARS, description=_YEARS)] = None
    since: Annotated[Since, Field(alias="from"), _one_of(Since)]
    basis: Annotated[str, Field(pattern=r"\S", max_length=LONGEST_BASIS, description=_BASIS)]

    @field_validator("controller")
    @classmethod
    def _known(cls, code: str, info: ValidationInfo) -> str:
        known = municipalities()
        county = code in {one.county for one in known.values()}
        if not county and code.partition("/")[0] not in known:
            raise ValueError(_CONTROLLER)
        kind = info.data.get("kind")
        if not county and kind is not None and kind not in OF_PAYERS:
            raise ValueError(f"{kind} is the region's alone; write a county code")
        return code

    @field_validator("keep_days")
    @classmethod
    def _days(cls, days: int | None, info: ValidationInfo) -> int | None:
        kind = info.data.get("kind")
        if days is None or kind is None:
            return days
        if kind is Kind.CLOSINGS:
            raise ValueError("closings are kept by calendar years; write keep_years")
        shortest = SHORTEST_YEARS.get(kind.value, 0)
        if days < _DAYS_IN_YEARS.get(shortest, 0):
            raise ValueError(_too_short(kind, shortest))
        return days

    @field_validator("keep_years")
    @classmethod
    def _years(cls, years: int | None, info: ValidationInfo) -> int | None:
        kind = info.data.get("kind")
        if "keep_days" in info.data and (info.data["keep_days"] is None) is (years is None):
            raise ValueError("write keep_years or keep_days, one of them")
        shortest = SHORTEST_YEARS.get(kind, 0) if kind is not None else 0
        if kind is not None and years is not None and years < shortest:
            raise ValueError(_too_short(kind, shortest))
        return years

    @field_validator("since")
    @classmethod
    def _of_kind(cls, since: Since, info: ValidationInfo) -> Since:
        kind = info.data.get("kind")
        if kind is not None and since is not SINCE[kind]:
            raise ValueError(f'{kind} is counted from "{SINCE[kind]}"')
        return since

    @field_validator("basis")
    @classmethod
    def _without_numbers(cls, basis: str) -> str:
        if holds_identity_number(basis):
            raise ValueError("part of it is shaped like an identity number, which is never stored")
        return basis.strip()

    def rule(self, line: int) -> Rule:
        keep = Keep(years=self.keep_years) if self.keep_years is not None else Keep(days=self.keep_days or 0)
        return Rule(self.controller, self.kind, keep, self.since, self.basis, line)


def _too_short(kind: Kind, shortest: int) -> str:
    sources = {
        Kind.ACCESS_LOG: "HSLF-FS 2016:40 4 kap. 9 §",
        Kind.CLOSINGS: "lag (2018:597) 3 kap.; to the end of the seventh year after the year's end",
    }
    source = f" ({sources[kind]})" if kind in sources else ""
    return f"{kind} is kept at least {shortest} {'year' if shortest == 1 else 'years'}{source}"
