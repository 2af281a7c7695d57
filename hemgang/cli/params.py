"""What commands take from the command line: the options that several share, and values checked as they are read.

Times and dates as users write them (Stockholm's clock without an offset), regions and payers by code or by name as the
official list of municipalities has them, names and reasons that are kept, files of messages.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from agreements.payers import municipalities
from calendars.timezone import plain_utc, start_of_day
from hemgang import clock
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, note, speak, speak_environment
from hemgang.findings import Code
from hemgang.i18n.catalogue import phrase
from hemgang.i18n.formats import iso_text
from hemgang.i18n.language import Language
from hemgang.messages.identity_numbers import holds_identity_number, redacted
from hemgang.messages.readers import STANDARD_INPUT, Line, open_source
from hemgang.messages.schema import read_instant
from hemgang.scope import Scope

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


def _speak(context: typer.Context, language: Language | None) -> None:
    if language is not None:
        speak(language)
    elif context.parent is None:
        try:
            speak_environment()
        except ValueError as wrong:
            raise WrongUse(str(wrong)) from None


LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--language",
        callback=_speak,
        is_eager=True,
        expose_value=False,
        help="Of what people read; else HEMGANG_LANGUAGE, else the locale's.",
    ),
]
"""Stands before the command; `hemgang.cli.main` gives it to every command too."""

NOT_SAID: Final = "not said"
"""What the access log says where the reader gave no reason."""

_LONGEST_NAME: Final = 128
_LONGEST_REASON: Final = 10_000
_LONGEST_SOURCE: Final = 255

Word = TypeVar("Word", bound=StrEnum)


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


def chosen(kind: type[Word], words: Sequence[str] | None, name: str) -> frozenset[Word]:
    """Return the words of an option as values; none given means all of them.

    Raises:
        WrongUse: a word is not one of them.
    """
    if not words:
        return frozenset(kind)
    for word in words:
        if word not in set(kind):
            raise WrongUse(phrase("cli.wrong.no_such_word", name=name, word=redacted(word), words=", ".join(kind)))
    return frozenset(kind(word) for word in words)


def person_name(name: str, option: str) -> str:
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
    return kept_text(text, option, longest=_LONGEST_REASON)


def kept_text(text: str, name: str, *, longest: int) -> str:
    """Return a text that will be stored; `name` is the option or variable it came from, `longest` in characters.

    Raises:
        WrongUse: it is empty or too long, or part of it is shaped like an identity number.
    """
    if not text.strip() or len(text) > longest:
        raise WrongUse(phrase("cli.wrong.text_length", name=name, longest=longest))
    if holds_identity_number(text):
        raise WrongUse(phrase("cli.wrong.identity_number", name=name))
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
            raise WrongUse(phrase("cli.wrong.nonexistent_time", name=name, time=text))
        case Code():
            raise WrongUse(phrase("cli.wrong.no_time", name=name, time=redacted(text)))
        case (instant, remark):
            if remark is not None:
                note(phrase("cli.note.ambiguous_time", name=name, time=text, taken=iso_text(instant)))
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
        raise WrongUse(phrase("cli.wrong.no_date", name=name, date=redacted(text)))
    return day


def region_code(text: str) -> str:
    """Return the two-digit county code of a region written as its code or its name, "Region" or not.

    Raises:
        WrongUse: there is no such region.
    """
    wanted = _region_key(text)
    for municipality in municipalities().values():
        if wanted in {municipality.county, _region_key(municipality.region)}:
            return municipality.county
    example = region_name("23").removeprefix("Region ")
    raise WrongUse(phrase("cli.wrong.no_region", region=redacted(text), example=example))


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
    raise WrongUse(phrase("cli.wrong.no_municipality", municipality=redacted(text)))


def payer_name(payer: str) -> str:
    """Return a payer's code with its name where the list has one."""
    municipality = municipalities().get(payer.partition("/")[0])
    return f"{payer} {municipality.name}" if municipality else payer


def lines_of(file: str) -> Iterator[Line]:
    """Return the lines of a file, or of standard input for `-`.

    Raises:
        WrongUse: there is no standard input.
    """
    if file == STANDARD_INPUT and sys.stdin is None:
        raise WrongUse(phrase("cli.wrong.no_standard_input"))
    return open_source(file)


def source_name(file: str, number: int) -> str:
    """Return what a source is called in reports and in the quarantine: its name, unless that may name a person."""
    return f"file {number}" if holds_identity_number(file) else file[-_LONGEST_SOURCE:]


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2023-03-05") else None
    except ValueError:
        return None


def _region_key(name: str) -> str:
    """A region's name without what it may be written with or without: "Västra Götaland" is Västra Götalandsregionen."""
    text, ending = " ".join(name.casefold().split()).removeprefix("region "), "regionen"
    return text.removesuffix(ending).removesuffix("s") if text.endswith(ending) else text
