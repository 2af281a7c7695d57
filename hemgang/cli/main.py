"""The command `hemgang`: every command by its name, and the one place where it is run (specification 7)."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from hemgang import __version__
from hemgang.cli import errors, output
from hemgang.cli.output import speak_locale
from hemgang.cli.params import LanguageOption

COMMANDS: Mapping[str, str] = {
    "ingest": "ingest",
    "episodes": "episodes",
    "episode": "episodes",
    "duties": "duties",
    "replay": "replay",
    "close": "close",
    "review": "review",
    "closings": "closings",
    "restate": "closings",
    "decide": "closings",
    "explain": "explain",
    "threshold": "threshold",
    "forecast": "forecast",
    "whatif": "whatif",
    "backtest": "whatif",
    "acknowledge": "duties",
    "calendar": "calendar",
    "agreements": "agreements",
    "quarantine": "quarantine",
    "sending": "sending",
    "access-log": "access_log",
    "retention": "retention",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
    "simulate": "simulate",
    "run": "engine",
    "demo": "engine",
}
"""Each command and the module of `hemgang.cli` it stands in, in the order of the help."""

EVERYWHERE = ("language",)
"""The options that may stand before the command and after it."""


class CommandsOnDemand(Mapping[str, Any]):
    """The commands by name; a command's module is imported when it is asked for.

    So `hemgang calendar` never loads the database layer, and `hemgang run` never loads polars. Every command takes the
    options that are given to all of them after its own.
    """

    def __init__(self, options: Sequence[Any]) -> None:
        """Begin with none imported."""
        self._options = options
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a command, importing its module if it was not.

        Raises:
            KeyError: there is no such command.
        """
        if name not in self._built:
            module = import_module(f"hemgang.cli.{COMMANDS[name]}")
            app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
            app.callback()(_nothing)
            module.register(app)
            commands = cast(TyperGroup, typer.main.get_command(app)).commands
            for command in commands.values():
                self._give_options(command)
            self._built |= commands
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names in the order of the help."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """Count the commands."""
        return len(COMMANDS)

    def _give_options(self, command: Any) -> None:
        own = {param.name for param in command.params}
        command.params.extend(option for option in self._options if option.name not in own)
        for below in getattr(command, "commands", {}).values():
            self._give_options(below)


class HemgangGroup(TyperGroup):
    """The group whose commands are imported on demand."""

    def __init__(self, **attributes: Any) -> None:
        """Take the group's own attributes; its commands come from `COMMANDS`."""
        everywhere = [param for param in attributes["params"] if param.name in EVERYWHERE]
        super().__init__(**attributes | {"commands": CommandsOnDemand(everywhere)})


app = typer.Typer(
    name="hemgang",
    cls=HemgangGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _nothing() -> None:
    """Make a group of a module's commands, also where it has only one."""


def _version(wanted: bool) -> None:
    if wanted:
        output.print_lines([f"hemgang {__version__}"])
        raise typer.Exit


@app.callback()
def hemgang(
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="The database; may stand after the command too.")
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            metavar="CODES",
            help="Whose episodes are shown, before the command: county codes (23), municipality codes (2380) and "
            "payers (0180/district) with comma between them, or all; empty shows nothing. Else HEMGANG_SCOPE, else "
            "all, for whoever holds the database file and its password.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    language: LanguageOption = None,
) -> None:
    """Deadlines and liability when patients leave hospital in Sweden, under LUS (2017:612).

    Results go to standard output, remarks to standard error. Exit code 0: done; 1: findings that the command was asked
    to fail on; 2: wrong use or bad input, said in one line.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (None = the process's own arguments) and return the exit code, 0, 1 or 2."""
    output.prepare_streams()
    speak_locale()
    code = errors.at_the_edge(lambda: app(args=arguments, standalone_mode=False, prog_name="hemgang"))
    finished = errors.at_the_edge(output.finish)
    return max(code, finished)
