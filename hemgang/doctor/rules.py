"""What is to be said of the rules: the agreements' own check, the amounts of a care day, a ladder of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agreements.check import check
from agreements.errors import AgreementError, SourceNotFound
from agreements.loader import load_agreements, load_payers, load_rates
from agreements.sources import read_sources
from hemgang.doctor.finding import Finding, counted, error, ok, warning
from hemgang.duties.ladder_file import read_ladder
from hemgang.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What was seen of the rules.

    `trouble`: why the agreements cannot be read, "" if they can; `problems`: what their check lists, as `file: code`;
    `sources`: whether the texts that quotes are held against are here; `agreements`: how many there are. `missing`:
    this year and the last, as far as no amount is known. `ladder`: the file's trouble, "" if it is right, None without
    one.
    """

    trouble: str
    problems: tuple[str, ...]
    sources: bool
    agreements: int
    missing: tuple[int, ...]
    ladder: str | None


def judge_rules(facts: RuleFacts) -> Iterator[Finding]:
    """Yield what is to be said of the rules."""
    see = "`hemgang agreements check` lists every problem with its line"
    if facts.trouble:
        yield error("agreements", facts.trouble, see)
    elif facts.problems:
        yield error("agreements", f"{counted(len(facts.problems), 'problem')}, the first: {facts.problems[0]}", see)
    else:
        quotes = "dates and quotes hold" if facts.sources else "dates hold; the source texts are not here to compare"
        yield ok("agreements", f"{counted(facts.agreements, 'agreement')}; {quotes}")
    if facts.missing:
        years = ", ".join(map(str, facts.missing))
        do = "add it to agreements/rates.toml: a month with charged days of that year cannot be closed"
        yield warning("amounts", f"no amount of a care day is known for {years}", do)
    else:
        yield ok("amounts", "known for this year and the last")
    if facts.ladder is None:
        yield ok("ladder", "the shipped one")
    elif facts.ladder:
        do = "mend the file that HEMGANG_LADDER names; until then a running engine keeps the last good one"
        yield from (error("ladder", line, do) for line in facts.ladder.splitlines())
    else:
        yield ok("ladder", "one of its own")


def gather_rules(today: date, *, ladder: Path | None) -> RuleFacts:
    """Read the agreements, amounts and the ladder, and check them."""
    trouble, count, sources = "", 0, True
    problems: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    try:
        agreements, rates, payers = load_agreements(), load_rates(), load_payers()
        texts = _texts()
        sources = bool(texts)
        found = check(agreements, sources=texts, rates=rates, payers=payers)
        problems = tuple(f"{one.file}: {one.code}" for one in found if sources or one.code not in _OF_SOURCES)
        count = len(agreements.names())
        missing = tuple(year for year in (today.year - 1, today.year) if year not in rates.by_year)
    except AgreementError as wrong:
        trouble = str(wrong)
    return RuleFacts(trouble, problems, sources, count, missing, _ladder(ladder))


def _texts() -> Mapping[str, str]:
    try:
        return read_sources()
    except SourceNotFound:
        return {}


def _ladder(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        read_ladder(path)
    except ConfigurationError as wrong:
        return str(wrong)
    return ""


_OF_SOURCES = frozenset({"unknown_source", "unproved_quote"})
