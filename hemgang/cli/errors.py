"""The edge: whatever goes wrong becomes one line `hemgang: …` on standard error and exit code 2 (specification 7)."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from hemgang.cli.output import in_words, note
from hemgang.errors import HemgangError
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.messages.identity_numbers import redacted

DONE = 0
FOUND = 1
WRONG = 2


class WrongUse(HemgangError):
    """A command was asked for something it cannot do; the text or phrase says what to write instead."""


def error_text(error: Any) -> str:
    """Return what an error says, in the language of this run where its text is a phrase."""
    if _is(error, "agreements.tomlfile", "RateUnknown"):
        return in_words(phrase("cli.wrong.rate_unknown", file=error.file, year=str(error.year)))
    what = error.args[0] if len(error.args) == 1 else None
    return in_words(what) if isinstance(what, Phrase) else str(error)


def at_the_edge(run: Callable[[], object]) -> int:
    """Run a command and return its exit code: its own, or 2 after saying in one line what went wrong."""
    try:
        returned = run()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE
    except typer.Abort:
        note(phrase("cli.note.stopped"))
        return WRONG
    except typer.TyperException as wrong:
        return _usage(wrong)
    except HemgangError as wrong:
        for line in error_text(wrong).splitlines() or [""]:
            note(line)
        return WRONG
    except OSError as wrong:
        note(_of_file(wrong))
        return WRONG
    except Exception as error:
        return _unexpected(error)
    return returned if isinstance(returned, int) else DONE


def _usage(wrong: typer.TyperException) -> int:
    """Say what is wrong with the words of a command; a command group called alone shows its help."""
    text = wrong.format_message()
    if text.startswith("Usage:"):
        sys.stderr.write(f"{text}\n")
        return WRONG
    context = getattr(wrong, "ctx", None)
    said = redacted(text.rstrip("."))
    note(said if context is None else phrase("cli.wrong.see_help", wrong=said, command=context.command_path))
    return WRONG


def _of_file(wrong: OSError) -> str:
    reason = wrong.strerror or type(wrong).__name__
    return reason if wrong.filename is None else f"{redacted(os.fsdecode(wrong.filename))}: {reason}"


def _unexpected(error: Exception) -> int:
    """Tell of a wrong agreement, of a database that failed, or of an error of our own.

    Neither text nor traceback of the last two is shown: they may name a person.
    """
    if _is(error, "agreements.tomlfile", "AgreementError"):
        for line in str(error).splitlines():
            note(line)
        return WRONG
    if _traceback_wanted():
        raise error
    if _is(error, "sqlalchemy.exc", "SQLAlchemyError"):
        note(phrase("cli.wrong.database", reason=database_reason(error)))
        return WRONG
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"
    note(phrase("cli.wrong.internal_error", kind=type(error).__name__, place=place))
    return WRONG


def _traceback_wanted() -> bool:
    """Whether an internal error goes through with its traceback, for whoever mends it."""
    from hemgang.settings import examine_settings

    return examine_settings().settings.traceback


def _is(error: BaseException, module: str, name: str) -> bool:
    """Whether an error is of a kind whose module is imported only by the commands that need it."""
    known = sys.modules.get(module)
    return known is not None and isinstance(error, getattr(known, name))


def database_reason(error: Exception) -> str:
    """Return in one line why a database failed, without the values it was given."""
    from hemgang.store.database import reason_of

    return reason_of(error)
