"""Retention rules (gallringsregler) as values: whose data, of which kind, how long from when, on which basis.

There is no shipped rule: without a file of the installation nothing is ever deleted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SHORTEST_YEARS = {"access_log": 5, "closings": 7, "episodes": 1}
"""Whole years that a kind is kept at least.

Access log: HSLF-FS 2016:40 4 kap. 9 §. Closings: lag (2018:597) 3 kap., as bokföringslagen 7 kap. 2 §. Episodes: no
source, a wall against a slip of the pen.
"""


class Kind(StrEnum):
    """What a rule is about; docs/retention.md says what each holds."""

    EPISODES = "episodes"
    QUARANTINE = "quarantine"
    ACCESS_LOG = "access_log"
    CLOSINGS = "closings"
    FORECASTS = "forecasts"


class Since(StrEnum):
    """From when the time is counted."""

    END = "end"
    STORED = "stored"
    READ = "read"
    YEAR_END = "year_end"
    MADE = "made"


SINCE = {
    Kind.EPISODES: Since.END,
    Kind.QUARANTINE: Since.STORED,
    Kind.ACCESS_LOG: Since.READ,
    Kind.CLOSINGS: Since.YEAR_END,
    Kind.FORECASTS: Since.MADE,
}
"""The one starting point of each kind; a file writes it out, so that whoever reads it need not know this table."""

OF_PAYERS = frozenset({Kind.EPISODES, Kind.CLOSINGS})
"""Kinds for which a municipality can have a rule beside the region's."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A length of time: whole years, or days where `years` is 0."""

    years: int = 0
    days: int = 0

    def floor(self, today: date, since: Since) -> date:
        """Return the first date that is kept today; what began its time before it may go.

        >>> Keep(years=5).floor(date(2029, 3, 1), Since.END), Keep(years=7).floor(date(2029, 3, 1), Since.YEAR_END)
        (datetime.date(2024, 3, 1), datetime.date(2022, 1, 1))
        """
        if not self.years:
            return today - timedelta(days=self.days)
        if since is Since.YEAR_END:
            return date(today.year - self.years, 1, 1)
        try:
            return today.replace(year=today.year - self.years)
        except ValueError:  # 29 February: the time of 28 February was out the day before
            return date(today.year - self.years, 3, 1)

    def __str__(self) -> str:
        """Name the length as a record does."""
        return f"{self.years} years" if self.years else f"{self.days} days"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the file: `controller` is a county code, a municipality code or a payer; `line` is where it stands."""

    controller: str
    kind: Kind
    keep: Keep
    since: Since
    basis: str
    line: int

    def floor(self, today: date) -> date:
        """Return the first date that is kept today."""
        return self.keep.floor(today, self.since)


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """An installation's rules; `digest` changes with any of their words."""

    rules: tuple[Rule, ...]
    digest: str

    def regions(self, kind: Kind) -> frozenset[str]:
        """Return the county codes that have a rule for a kind."""
        return frozenset(rule.controller for rule in self._of(kind) if len(rule.controller) == 2)

    def longest(self, kind: Kind, *, regions: Iterable[str], payers: Iterable[str] = (), today: date) -> Rule | None:
        """Return the rule that keeps longest of those that hold; None if one of the regions, or every one, has none.

        The regions run the store, so only their rules let anything go; a municipality's can only keep it longer.
        """
        wanted = frozenset(regions)
        if not wanted or not wanted <= self.regions(kind):
            return None
        named = {code for payer in payers for code in (payer, payer.partition("/")[0])}
        holding = [rule for rule in self._of(kind) if rule.controller in wanted | named]
        return min(holding, key=lambda rule: (rule.floor(today), rule.line))

    def loosest_floor(self, kind: Kind, today: date) -> date | None:
        """Return the first date that every region's rule for a kind keeps; None where there is no rule."""
        return max((rule.floor(today) for rule in self._of(kind) if len(rule.controller) == 2), default=None)

    def _of(self, kind: Kind) -> Iterator[Rule]:
        return (rule for rule in self.rules if rule.kind is kind)
