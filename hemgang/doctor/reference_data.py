"""The doctor's checks of agreements, amounts and ladder, and of time zone data and the calendar."""

import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from agreements.loader import examine
from agreements.tomlfile import SourceNotFound
from agreements.validation import read_sources
from calendars import STOCKHOLM, long_holidays_by_third_day
from hemgang.doctor.finding import Finding, count_of, error, ok, warning
from hemgang.duties.escalation_config import read_ladder
from hemgang.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What was seen of the rules.

    `problems`: what the agreements' check lists, a line each; `sources`: whether the texts that quotes are held
    against are here; `agreements`: how many there are. `missing`:
    this year and the last, as far as no amount is known. `ladder`: the file's trouble, "" if it is right, None without
    one.
    """

    problems: tuple[str, ...]
    sources: bool
    agreements: int
    missing: tuple[int, ...]
    ladder: str | None


def judge_rules(facts: RuleFacts) -> Iterator[Finding]:
    """Yield what is to be said of the rules."""
    if facts.problems:
        see = "mend the file; `hemgang agreements check` lists the problems again"
        yield from (error("agreements", line, see) for line in facts.problems)
    else:
        quotes = "dates and quotes hold" if facts.sources else "dates hold; the source texts are not here to compare"
        yield ok("agreements", f"{count_of(facts.agreements, 'agreement')}; {quotes}")
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
    texts = _texts()
    examined = examine(sources=texts)
    problems = tuple(str(one) for one in examined.problems if texts or one.code not in _OF_SOURCES)
    count = 0 if examined.agreements is None else len(examined.agreements.names())
    known = () if examined.rates is None else examined.rates.years()
    missing = tuple(year for year in (today.year - 1, today.year) if year not in known)
    return RuleFacts(problems, bool(texts), count, missing, _ladder(ladder))


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


KEY = "Europe/Stockholm"
KNOWN_INSTANTS = (
    ("2026-01-15T12:00", 1),
    ("2026-03-29T00:59:59", 1),
    ("2026-03-29T01:00", 2),
    ("2026-07-15T12:00", 2),
    ("2026-10-25T00:59:59", 2),
    ("2026-10-25T01:00", 1),
    ("2035-10-28T00:59:59", 2),
    ("2035-10-28T01:00", 1),
)
"""Instants in UTC, and the hours that Stockholm's clock is ahead then (förordning 2001:127)."""

LOCKED = "holidays"


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """What was seen.

    `wrong`: known instants at which the zone in use errs; `tzdata`: the package's version, "" without it; `system`:
    whether the machine has data of its own; `differ`: instants at which package and system differ. `years`: those whose
    calendar could be worked out of the `wanted`; `holidays`: that package's version, `locked` what hemgang asks for.
    """

    wrong: tuple[str, ...]
    tzdata: str
    system: bool
    differ: tuple[str, ...]
    wanted: tuple[int, ...]
    years: tuple[int, ...]
    holidays: str
    locked: str


def judge_times(facts: TimeFacts) -> Iterator[Finding]:
    """Yield what is to be said of time."""
    do = "install the newest tzdata, of the machine and of Python: `pip install --upgrade tzdata`"
    if facts.wrong:
        yield error("time zone", f"Stockholm's clock is wrong at {', '.join(facts.wrong)} UTC", do)
    elif facts.differ:
        found = f"the machine's data and the package tzdata {facts.tzdata} differ at {', '.join(facts.differ[:3])} UTC"
        yield error("time zone", found, do)
    elif not facts.tzdata and not facts.system:
        yield error("time zone", "neither the machine nor Python has time zone data", do)
    else:
        beside = "as the machine's own" if facts.system and facts.tzdata else "the only data there is"
        yield ok(
            "time zone",
            f"Stockholm right at {len(KNOWN_INSTANTS)} known instants; tzdata {facts.tzdata or 'none'}, {beside}",
        )
    yield _calendar(facts)


def _calendar(facts: TimeFacts) -> Finding:
    missing = sorted(set(facts.wanted) - set(facts.years))
    if missing:
        named = ", ".join(map(str, missing))
        return error("calendar", f"the holidays of {named} cannot be worked out", "upgrade hemgang")
    shown = " and ".join(map(str, facts.years))
    if not satisfies(facts.holidays, facts.locked):
        found = f"holidays {facts.holidays or 'missing'}, hemgang asks for {facts.locked}"
        return warning("calendar", found, "install the locked packages: another version may know other dates")
    return ok("calendar", f"{shown} worked out; holidays {facts.holidays}")


def gather_times(today: date) -> TimeFacts:
    """Look at the time zone data and the calendar of this machine."""
    wanted = (today.year, today.year + 1)
    asked = [*_months(today.year), *(_instant(text) for text, _ in KNOWN_INSTANTS)]
    return TimeFacts(
        wrong=tuple(
            text for text, hours in KNOWN_INSTANTS if _ahead(STOCKHOLM, _instant(text)) != timedelta(hours=hours)
        ),
        tzdata=_version("tzdata"),
        system=_of_system() is not None,
        differ=tuple(f"{instant:%Y-%m-%d %H:%M}" for instant in asked if _differ(instant)),
        wanted=wanted,
        years=tuple(year for year in wanted if _known(year)),
        holidays=_version(LOCKED),
        locked=_locked(LOCKED),
    )


def satisfies(version: str, asked: str) -> bool:
    """Whether a version is what is asked for, as `<0.110,>=0.109`; of digits and points only."""
    found = _numbers(version)
    for part in filter(None, asked.split(",")):
        sign = part.rstrip("0123456789.")
        limit = _numbers(part[len(sign) :])
        told = {
            ">=": found >= limit,
            "<": found < limit,
            "==": found == limit,
            ">": found > limit,
            "<=": found <= limit,
        }
        if not version or not told.get(sign, True):
            return False
    return bool(version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _months(year: int) -> Sequence[datetime]:
    return [datetime(one, month, 1, tzinfo=UTC) for one in range(year, year + 10) for month in range(1, 13)]


def _ahead(zone: zoneinfo.ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _differ(instant: datetime) -> bool:
    system, package = _of_system(), _of_package()
    return system is not None and package is not None and _ahead(system, instant) != _ahead(package, instant)


def _of_system() -> zoneinfo.ZoneInfo | None:
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / KEY
        if path.is_file():
            with path.open("rb") as data:
                return zoneinfo.ZoneInfo.from_file(data, key=KEY)
    return None


def _of_package() -> zoneinfo.ZoneInfo | None:
    try:
        found = files("tzdata.zoneinfo").joinpath("Europe", "Stockholm")
    except ModuleNotFoundError:
        return None
    with found.open("rb") as data:
        return zoneinfo.ZoneInfo.from_file(data, key=KEY)


def _known(year: int) -> bool:
    try:
        return bool(long_holidays_by_third_day(year))
    except ValueError:
        return False


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _locked(package: str) -> str:
    try:
        asked = metadata.requires("hemgang") or []
    except metadata.PackageNotFoundError:
        return ""
    rows = (one.partition(";")[0].strip() for one in asked)
    return next((one.removeprefix(package).strip() for one in rows if one.startswith(package)), "")
