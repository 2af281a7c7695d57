"""Retention rules (gallringsregler): whose data, of which kind, kept how long from when, on which basis.

They are read from an installation's TOML file; what is unclear is refused with file, line and key. No rule is shipped:
without a file nothing is ever deleted. A plan's summary counts what would go and what is old and kept, with a digest
over exactly what would go.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from agreements.fields import one_of
from agreements.payers import municipalities
from agreements.tomlfile import AgreementFileError, Faults, TableShape, read_toml
from hemgang.errors import ConfigurationError
from hemgang.messages.identity_numbers import holds_identity_number
from hemgang.retention.decide import KeepReason

SHORTEST_YEARS = {"access_log": 5, "closings": 7, "episodes": 1}
"""Whole years that a kind is kept at least.

Access log: HSLF-FS 2016:40 4 kap. 9 §. Closings: lag (2018:597) 3 kap., as bokföringslagen 7 kap. 2 §. Episodes: no
source, a wall against a slip of the pen.
"""


class DataKind(StrEnum):
    """What a rule is about; docs/retention.md says what each holds."""

    EPISODES = "episodes"
    QUARANTINE = "quarantine"
    ACCESS_LOG = "access_log"
    CLOSINGS = "closings"
    FORECASTS = "forecasts"


class PeriodStart(StrEnum):
    """From when the time is counted."""

    END = "end"
    STORED = "stored"
    READ = "read"
    YEAR_END = "year_end"
    MADE = "made"


PERIOD_STARTS = {
    DataKind.EPISODES: PeriodStart.END,
    DataKind.QUARANTINE: PeriodStart.STORED,
    DataKind.ACCESS_LOG: PeriodStart.READ,
    DataKind.CLOSINGS: PeriodStart.YEAR_END,
    DataKind.FORECASTS: PeriodStart.MADE,
}
"""The one starting point of each kind; a file writes it out, so that whoever reads it need not know this table."""

OF_PAYERS = frozenset({DataKind.EPISODES, DataKind.CLOSINGS})
"""Kinds for which a municipality can have a rule beside the region's."""


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """A length of time: whole years, or days where `years` is 0."""

    years: int = 0
    days: int = 0

    def floor(self, today: date, since: PeriodStart) -> date:
        """Return the first date that is kept today; what began its time before it may go.

        >>> RetentionPeriod(years=5).floor(date(2029, 3, 1), PeriodStart.END)
        datetime.date(2024, 3, 1)
        >>> RetentionPeriod(years=7).floor(date(2029, 3, 1), PeriodStart.YEAR_END)
        datetime.date(2022, 1, 1)
        """
        if not self.years:
            return today - timedelta(days=self.days)
        if since is PeriodStart.YEAR_END:
            return date(today.year - self.years, 1, 1)
        try:
            return today.replace(year=today.year - self.years)
        except ValueError:  # 29 February: the time of 28 February was out the day before
            return date(today.year - self.years, 3, 1)

    def __str__(self) -> str:
        """Name the length as a record does."""
        return f"{self.years} years" if self.years else f"{self.days} days"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One row of the file: `controller` is a county code, a municipality code or a payer; `line` is where it stands."""

    controller: str
    kind: DataKind
    keep: RetentionPeriod
    since: PeriodStart
    basis: str
    line: int

    def floor(self, today: date) -> date:
        """Return the first date that is kept today."""
        return self.keep.floor(today, self.since)


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """An installation's rules; `digest` changes with any of their words."""

    rules: tuple[RetentionRule, ...]
    digest: str

    def regions(self, kind: DataKind) -> frozenset[str]:
        """Return the county codes that have a rule for a kind."""
        return frozenset(rule.controller for rule in self._of(kind) if len(rule.controller) == 2)

    def longest(
        self, kind: DataKind, *, regions: Iterable[str], payers: Iterable[str] = (), today: date
    ) -> RetentionRule | None:
        """Return the rule that keeps longest of those that hold; None if one of the regions, or every one, has none.

        The regions run the store, so only their rules let anything go; a municipality's can only keep it longer.
        """
        wanted = frozenset(regions)
        if not wanted or not wanted <= self.regions(kind):
            return None
        named = {code for payer in payers for code in (payer, payer.partition("/")[0])}
        holding = [rule for rule in self._of(kind) if rule.controller in wanted | named]
        return min(holding, key=lambda rule: (rule.floor(today), rule.line))

    def loosest_floor(self, kind: DataKind, today: date) -> date | None:
        """Return the first date that every region's rule for a kind keeps; None where there is no rule."""
        return max((rule.floor(today) for rule in self._of(kind) if len(rule.controller) == 2), default=None)

    def _of(self, kind: DataKind) -> Iterator[RetentionRule]:
        return (rule for rule in self.rules if rule.kind is kind)


LONGEST_YEARS = 1_000
LONGEST_BASIS = 500
_DAYS_IN_YEARS = {1: 366, 5: 1827}
"""So many days are never fewer than so many years."""


class RetentionFileError(ConfigurationError):
    """The file of retention rules cannot be used as it stands; one line for each fault with file, line and key."""


def read_retention_rules(path: Path) -> RetentionRules:
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


def _rules(faults: Faults) -> tuple[RetentionRule, ...]:
    if not faults.file.content.get("rule", []):
        faults.note((), "rule", "there is no [[rule]]; without one nothing is ever deleted")
    found: dict[tuple[str, DataKind], RetentionRule] = {}
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


_CONTROLLER = 'must be a county code ("23"), a municipality code ("2380") or a payer ("0180/district")'
_YEARS = f"must be a whole number from 1 to {LONGEST_YEARS}"
_DAYS = f"must be a whole number from 1 to {LONGEST_YEARS * 366}"
_BASIS = f"the law or decision behind the rule, in 1 to {LONGEST_BASIS} characters; no rule without it"


class _RuleShape(TableShape):
    """One rule as the file writes it; a key is judged by those above it, so `kind` is the first."""

    kind: Annotated[DataKind, one_of(DataKind)]
    controller: Annotated[str, Field(description=_CONTROLLER)]
    keep_days: Annotated[int | None, Field(ge=1, le=LONGEST_YEARS * 366, description=_DAYS)] = None
    keep_years: Annotated[int | None, Field(ge=1, le=LONGEST_YEARS, description=_YEARS)] = None
    since: Annotated[PeriodStart, Field(alias="from"), one_of(PeriodStart)]
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
        if kind is DataKind.CLOSINGS:
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
    def _of_kind(cls, since: PeriodStart, info: ValidationInfo) -> PeriodStart:
        kind = info.data.get("kind")
        if kind is not None and since is not PERIOD_STARTS[kind]:
            raise ValueError(f'{kind} is counted from "{PERIOD_STARTS[kind]}"')
        return since

    @field_validator("basis")
    @classmethod
    def _without_numbers(cls, basis: str) -> str:
        if holds_identity_number(basis):
            raise ValueError("part of it is shaped like an identity number, which is never stored")
        return basis.strip()

    def rule(self, line: int) -> RetentionRule:
        keep = (
            RetentionPeriod(years=self.keep_years)
            if self.keep_years is not None
            else RetentionPeriod(days=self.keep_days or 0)
        )
        return RetentionRule(self.controller, self.kind, keep, self.since, self.basis, line)


def _too_short(kind: DataKind, shortest: int) -> str:
    sources = {
        DataKind.ACCESS_LOG: "HSLF-FS 2016:40 4 kap. 9 §",
        DataKind.CLOSINGS: "lag (2018:597) 3 kap.; to the end of the seventh year after the year's end",
    }
    source = f" ({sources[kind]})" if kind in sources else ""
    return f"{kind} is kept at least {shortest} {'year' if shortest == 1 else 'years'}{source}"


@dataclass(frozen=True, slots=True)
class ExpiredGroup:
    """What goes by one rule: how many, and the oldest and newest date from which their time was counted."""

    rule: RetentionRule
    count: int
    oldest: date
    newest: date


@dataclass(frozen=True, slots=True, order=True)
class KeptCount:
    """How many of one kind are older than a rule asks and kept for one reason; `region` is "" where nobody knows it."""

    region: str
    kind: DataKind
    why: KeepReason
    count: int


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The result of a dry run on a Stockholm date."""

    today: date
    groups: tuple[ExpiredGroup, ...]
    kept: tuple[KeptCount, ...]
    digest: str

    @property
    def count(self) -> int:
        """How much would go."""
        return sum(group.count for group in self.groups)


def group_by_rule(going: Iterable[tuple[RetentionRule, date]]) -> tuple[ExpiredGroup, ...]:
    """Return what goes by rule, in the order of the file."""
    found: dict[RetentionRule, list[date]] = {}
    for rule, day in going:
        found.setdefault(rule, []).append(day)
    ordered = sorted(found.items(), key=lambda one: one[0].line)
    return tuple(ExpiredGroup(rule, len(days), min(days), max(days)) for rule, days in ordered)


def plan_digest(rules: str, going: Iterable[tuple[str, ...]]) -> str:
    """Return a digest over the rules' own digest and the name of everything that goes, in any order; 16 digits."""
    told = hashlib.sha256(rules.encode())
    for line in sorted(json.dumps(named) for named in going):
        told.update(f"\n{line}".encode())
    return told.hexdigest()[:16]
