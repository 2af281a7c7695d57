"""The options that several commands share, and the examples their help ends with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.output import Format
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
