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
from hemgang.i18n.catalogue import phrase


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
        see = phrase("doctor.do.mend_agreements")
        yield from (error("agreements", line, see) for line in facts.problems)
    else:
        key = "doctor.found.agreements" if facts.sources else "doctor.found.agreements_no_sources"
        yield ok("agreements", phrase(key, agreements=count_of(facts.agreements, "agreement")))
    if facts.missing:
        years = ", ".join(map(str, facts.missing))
        found = phrase("doctor.found.no_amount", years=years)
        yield warning("amounts", found, phrase("doctor.do.add_amount"))
    else:
        yield ok("amounts", phrase("doctor.found.amounts"))
    if facts.ladder is None:
        yield ok("ladder", phrase("doctor.found.ladder_shipped"))
    elif facts.ladder:
        do = phrase("doctor.do.mend_ladder")
        yield from (error("ladder", line, do) for line in facts.ladder.splitlines())
    else:
        yield ok("ladder", phrase("doctor.found.ladder_own"))


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
    do = phrase("doctor.do.update_tzdata")
    if facts.wrong:
        yield error("time zone", phrase("doctor.found.zone_wrong", instants=", ".join(facts.wrong)), do)
    elif facts.differ:
        found = phrase("doctor.found.zone_differs", version=facts.tzdata, instants=", ".join(facts.differ[:3]))
        yield error("time zone", found, do)
    elif not facts.tzdata and not facts.system:
        yield error("time zone", phrase("doctor.found.zone_missing"), do)
    else:
        both = facts.system and facts.tzdata
        found = phrase(
            "doctor.found.zone_right",
            number=len(KNOWN_INSTANTS),
            version=facts.tzdata or phrase("doctor.found.zone_no_package"),
            beside=phrase("doctor.found.zone_same" if both else "doctor.found.zone_only"),
        )
        yield ok("time zone", found)
    yield _calendar(facts)


def _calendar(facts: TimeFacts) -> Finding:
    missing = sorted(set(facts.wanted) - set(facts.years))
    if missing:
        named = ", ".join(map(str, missing))
        return error("calendar", phrase("doctor.found.years_unknown", years=named), phrase("doctor.do.upgrade_hemgang"))
    if not satisfies(facts.holidays, facts.locked):
        key = "doctor.found.holidays_other" if facts.holidays else "doctor.found.holidays_missing"
        found = phrase(key, version=facts.holidays, locked=facts.locked)
        return warning("calendar", found, phrase("doctor.do.install_locked"))
    return ok("calendar", phrase("doctor.found.calendar", years=facts.years, version=facts.holidays))


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
