"""Who closes or restates a month, as the user wrote it, and which month is meant.

The options that several commands share, and the examples their help ends with.

Words a user wrote, checked against the words there are.

Times and dates as a user writes them and as a result shows them: Stockholm's clock (specification 7).

Regions and payers by code or by name, as the official list of municipalities has them.

The files of messages that a user names: opened, and called by a name that may be repeated.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from agreements.payers import municipalities
from calendars.timezone import local, plain_utc, start_of_day
from hemgang import clock
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, note
from hemgang.findings import Code
from hemgang.messages.identity_numbers import holds_identity_number, redacted
from hemgang.messages.readers import STANDARD_INPUT, Line, open_source
from hemgang.messages.schema import read_instant
from hemgang.scope import Scope
from hemgang.services.closing import Decision

_LONGEST_NAME, _LONGEST_TEXT = 128, 10_000


@dataclass(frozen=True, slots=True)
class Closers:
    """Whether to close, who does and who attests it, and the decision over findings."""

    commit: bool
    by: str | None
    attest: str | None
    decision: str | None

    def decided(self) -> Decision | None:
        """Return the decision to close, None where nothing is to be closed.

        Raises:
            WrongUse: names or a decision are given without --commit, or --commit without --by.
        """
        if not self.commit:
            if any(one is not None for one in (self.by, self.attest, self.decision)):
                raise WrongUse("--by, --attest and --decision belong to --commit")
            return None
        if self.by is None:
            raise WrongUse("--commit needs --by NAME: who closes the month")
        return Decision(
            by=named(self.by, "--by"),
            reason=reason(self.decision, "--decision") if self.decision is not None else "",
            attested_by=named(self.attest, "--attest") if self.attest is not None else "",
        )


def named(name: str, option: str) -> str:
    """Return a person's name as it is kept.

    Raises:
        WrongUse: it is empty or too long, or shaped like an identity number.
    """
    return kept_text(name, option, longest=_LONGEST_NAME)


def reason(text: str, option: str) -> str:
    """Return a reason as it is kept.

    Raises:
        WrongUse: it is empty or too long, or holds what is shaped like an identity number.
    """
    return kept_text(text, option, longest=_LONGEST_TEXT)


FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///path/to/file.db or postgresql://user@host/name; else HEMGANG_DATABASE, else a file in the "
        "user's data directory.",
    ),
]
DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--directory",
        metavar="FILE",
        help="The directory of units and contacts (TOML); else HEMGANG_DIRECTORY, else every role reaches itself.",
    ),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now", metavar="TIME", help="The time to reckon with instead of the clock's; Stockholm without offset."
    ),
]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="Why the episode is read; kept in the access log.")
]

NOT_SAID = "not said"
"""What the access log says where the reader gave no reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the database's URL and the directory's file, as far as the command line says."""

    database: str | None
    directory: Path | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Where a command works, and whose months it may touch."""

    place: Place
    scope: Scope


def place(context: typer.Context, database: str | None, directory: Path | None = None) -> Place:
    """Return where a command works; `--database` may stand before the command too, the one after it wins."""
    before: str | None = context.find_root().params.get("database")
    return Place(database or before, directory)


def examples(*lines: str) -> str:
    """Return the end of a command's help: its examples, line by line as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


Word = TypeVar("Word", bound=StrEnum)


def chosen(kind: type[Word], words: Sequence[str] | None, name: str) -> frozenset[Word]:
    """Return the words of an option as values; none said means all of them.

    Raises:
        WrongUse: a word is not one of them.
    """
    if not words:
        return frozenset(kind)
    for word in words:
        if word not in set(kind):
            raise WrongUse(f"{name}: {redacted(word)!r} is not one of {', '.join(kind)}")
    return frozenset(kind(word) for word in words)


def kept_text(text: str, name: str, *, longest: int) -> str:
    """Return a text that will be stored, such as a name or a reason.

    Raises:
        WrongUse: it is empty or too long, or part of it is shaped like an identity number.
    """
    if not text.strip() or len(text) > longest:
        raise WrongUse(f"{name}: write 1 to {longest} characters")
    if holds_identity_number(text):
        raise WrongUse(f"{name}: part of it is shaped like an identity number, which is never stored")
    return text


def read_time(text: str, name: str) -> datetime:
    """Return the instant (UTC) that a user wrote; `name` is the option or argument it was written for.

    Without an offset it is Stockholm's clock; a date alone is the beginning of that day.

    Raises:
        WrongUse: it is no time from 2000 to 2100, or Stockholm's clock never shows it.
    """
    day = _as_date(text)
    if day is not None and 2000 <= day.year <= 2100:
        return plain_utc(start_of_day(day))
    match read_instant(text):
        case Code.NONEXISTENT_TIME:
            raise WrongUse(f"{name}: {text} never is in Stockholm, where the clock then goes forward an hour")
        case Code():
            raise WrongUse(
                f"{name}: {redacted(text)!r} is not a time; write 2023-03-05T14:00 (Stockholm) or "
                "2023-03-05T14:00+01:00, from 2000 to 2100"
            )
        case (instant, remark):
            if remark is not None:
                note(f"{name}: {text} comes twice in Stockholm; the first of the two is taken, {iso(instant)}")
            return instant


def now_or(text: str | None) -> datetime:
    """Return the instant written for `--now`, else the clock's.

    Raises:
        WrongUse: what was written is no time.
        ConfigurationError: a virtual clock is set and cannot be read.
    """
    return clock.now() if text is None else read_time(text, "--now")


def read_date(text: str, name: str) -> date:
    """Return the date that a user wrote as YYYY-MM-DD.

    Raises:
        WrongUse: it is no date.
    """
    day = _as_date(text)
    if day is None:
        raise WrongUse(f"{name}: {redacted(text)!r} is not a date; write YYYY-MM-DD, such as 2023-03-05")
    return day


def iso(instant: datetime | None) -> str | None:
    """Return an instant as JSON carries it: ISO 8601 with Stockholm's offset, to the second or finer."""
    return None if instant is None else local(instant).isoformat()


def written(instant: datetime | None) -> str | None:
    """Return an instant as tables show it: Stockholm's date and clock, to the minute."""
    return None if instant is None else f"{local(instant):%Y-%m-%d %H:%M}"


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2023-03-05") else None
    except ValueError:
        return None


_BEFORE, _AFTER = "region ", "regionen"


def region_code(text: str) -> str:
    """Return the two-digit county code of a region written as its code or its name, "Region" or not.

    Raises:
        WrongUse: there is no such region.
    """
    wanted = _plain(text)
    for municipality in municipalities().values():
        if wanted in {municipality.county, _plain(municipality.region)}:
            return municipality.county
    raise WrongUse(
        f"there is no region {redacted(text)!r}; write a county code such as 23, or a name such as {_named('23')}"
    )


def region_name(code: str) -> str:
    """Return the region's name as the list has it, the code itself where it is not on the list."""
    return next((one.region for one in municipalities().values() if one.county == code), code)


def payer_code(text: str) -> str:
    """Return the payer's code: a municipality's code or name, in Stockholm city `0180/district`.

    Raises:
        WrongUse: the municipality is not on the list.
    """
    named, slash, district = text.partition("/")
    wanted = named.strip().casefold()
    for code, municipality in municipalities().items():
        if wanted in {code, municipality.name.casefold()}:
            return f"{code}{slash}{district}"
    raise WrongUse(f"there is no municipality {redacted(text)!r}; write its four-digit code or its name")


def payer_name(payer: str) -> str:
    """Return a payer's code with its name where the list has one."""
    municipality = municipalities().get(payer.partition("/")[0])
    return f"{payer} {municipality.name}" if municipality else payer


def _named(code: str) -> str:
    return f'"{region_name(code).removeprefix("Region ")}"'


def _plain(name: str) -> str:
    """A region's name without what it may be written with or without: "Västra Götaland" is Västra Götalandsregionen."""
    text = " ".join(name.casefold().split()).removeprefix(_BEFORE)
    return text.removesuffix(_AFTER).removesuffix("s") if text.endswith(_AFTER) else text


_LONGEST_NAME_SOURCES = 255


def lines_of(file: str) -> Iterator[Line]:
    """Return the lines of a file, or of standard input for `-`.

    Raises:
        WrongUse: there is no standard input.
    """
    if file == STANDARD_INPUT and sys.stdin is None:
        raise WrongUse("-: there is no standard input")
    return open_source(file)


def source_name(file: str, number: int) -> str:
    """Return what a source is called in reports and in the quarantine: its name, unless that may name a person."""
    return f"file {number}" if holds_identity_number(file) else file[-_LONGEST_NAME_SOURCES:]
