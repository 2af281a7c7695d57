"""The language a command speaks: of `--language`, else HEMGANG_LANGUAGE, else the locale (specification 7)."""

import os
from contextvars import ContextVar

from hemgang.i18n.catalogue import Phrase, say, text
from hemgang.i18n.language import Language, chosen_language

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where the user's locale stands, the first that is set counts (POSIX)."""

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)


def speak(language: Language) -> None:
    """Speak a language from here on."""
    _spoken.set(language)


def speak_locale() -> None:
    """Speak the language of the locale, before anything else is known of the user."""
    speak(chosen_language(None, {}, _locale()))


def speak_environment() -> None:
    """Speak the language of HEMGANG_LANGUAGE, else of the locale.

    Raises:
        ValueError: the variable names a language that there are no texts in.
    """
    speak(chosen_language(None, os.environ, _locale()))


def spoken() -> Language:
    """Return the language of this run."""
    return _spoken.get()


def words(key: str, **values: object) -> str:
    """Return the text of a key of the catalogue in the language of this run."""
    return text(spoken(), key, **values)


def in_words(what: Phrase | str) -> str:
    """Return a phrase in the language of this run; a text that is none as it stands."""
    return say(spoken(), what)


def _locale() -> str | None:
    return next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), None)
