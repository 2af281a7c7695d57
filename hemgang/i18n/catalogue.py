"""The catalogue: keys to texts in each language, read once from the TOML files beside this module.

A key is the file's name and the path inside it, such as `duty.because.sip_call`. A text is a `str.format` template;
what is put in is written in the language by its type, or as the template asks: `{day:weekday}`, `{amount:kr}`. A text
with a plural is a table of `one` and `other`, chosen by `count`. A member of an enumeration is written by its name.
"""

import re
import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hemgang.i18n import formats
from hemgang.i18n.language import Language

Text = str | Mapping[str, str]
"""A template, or the templates of its plural forms by `one` and `other`."""

PLURALS: Final = frozenset({"one", "other"})
NAMES: Final = "names"
"""The file of what the members of enumerations are called."""

OF_DATA: Final = "data"
"""The file of texts that stand in data, by the text there: Swedish for what is English in the data, and the reverse."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that is still to be said: its key and the values that go into it. As a `str`, English."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        """Say it in English, the language of what is stored and of the JSON that other programs read."""
        return say(Language.ENGLISH, self)


def phrase(key: str, **values: object) -> Phrase:
    """Return a phrase; the key is looked up when it is said."""
    return Phrase(key, tuple(values.items()))


def say(language: Language, what: Phrase | str) -> str:
    """Return a phrase in a language; a text that is none as it stands.

    Raises:
        KeyError: there is no such key, or a value that its text asks for is missing.
    """
    return what if isinstance(what, str) else text(language, what.key, **dict(what.values))


def text(language: Language, key: str, **values: object) -> str:
    """Return the text of a key with its values put in; values are never read as templates themselves.

    Raises:
        KeyError: there is no such key, or a value that its text asks for is missing.
        ValueError: the text asks for a style that the value's type does not have.
    """
    found = texts_in(language)[key]
    if not isinstance(found, str):
        found = found[formats.plural_form(language, _count(key, values))]
    return _FORMATTERS[language].vformat(found, (), values)


def name_of(language: Language, member: Enum) -> str:
    """Return what people call a member of an enumeration, such as `Status.MET_LATE`: "met late".

    Raises:
        KeyError: it has no name; only what people are shown has one.
    """
    return say(language, name_phrase(member))


def name_phrase(member: Enum) -> Phrase:
    """Return the name of a member of an enumeration as a phrase."""
    return Phrase(f"{name_family(type(member))}.{member.value}")


@cache
def name_family(kind: type[Enum]) -> str:
    """Return where the names of an enumeration stand: `names.duties.alert_kind` for `AlertKind` of `hemgang.duties`."""
    package = kind.__module__.removeprefix("hemgang.").partition(".")[0]
    return f"{NAMES}.{package}.{re.sub('(?<!^)(?=[A-Z])', '_', kind.__name__).lower()}"


def text_of_data(language: Language, sentence: str) -> str:
    """Return a text of the shipped data files in a language; one that was added by an installation as it stands."""
    return _data(language).get(sentence, sentence)


@cache
def texts_in(language: Language) -> Mapping[str, Text]:
    """Return every text of a language by its key."""
    found: dict[str, Text] = {}
    for file in sorted(files("hemgang.i18n").joinpath(language.value).iterdir(), key=lambda file: file.name):
        stem, _, ending = file.name.rpartition(".")
        if ending == "toml" and stem != OF_DATA:
            _flatten(stem, tomllib.loads(file.read_text(encoding="utf-8")), found)
    return found


@cache
def _data(language: Language) -> Mapping[str, str]:
    file = files("hemgang.i18n").joinpath(language.value, f"{OF_DATA}.toml")
    found: dict[str, dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {sentence: told for table in found.values() for sentence, told in table.items()}


def _flatten(prefix: str, table: Mapping[str, Any], found: dict[str, Text]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict) and set(value) != PLURALS:
            _flatten(key, value, found)
        else:
            found[key] = value


def _count(key: str, values: Mapping[str, object]) -> int | Fraction:
    count = values["count"]
    if not isinstance(count, int | Fraction):
        raise TypeError(f"{key}: the count is no number")
    return count


class _Formatter(string.Formatter):
    """Writes values as a language writes them."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Phrase):
            return say(self.language, value)
        if isinstance(value, Enum):
            return name_of(self.language, value)
        if isinstance(value, tuple | list):
            return formats.list_text(self.language, [self.format_field(one, format_spec) for one in value])
        if format_spec:
            return self._in_style(value, format_spec)
        return next((write(self.language, value) for kind, write in _BY_TYPE if isinstance(value, kind)), str(value))

    def _in_style(self, value: Any, style: str) -> str:
        kinds, write = _STYLES[style]
        if not isinstance(value, kinds):
            raise ValueError(f"{type(value).__name__} cannot be written as {style!r}")
        return write(self.language, value)


_FORMATTERS: Final = {language: _Formatter(language) for language in Language}

_Write = Callable[[Language, Any], str]

_BY_TYPE: Final[Sequence[tuple[type, _Write]]] = (
    (datetime, formats.instant_text),
    (date, lambda _, day: str(day.isoformat())),
    (time, formats.clock_text),
    (Fraction, formats.number_text),
)
"""How a value is written where the template asks for nothing else; the first type that fits."""

_STYLES: Final[Mapping[str, tuple[type | tuple[type, ...], _Write]]] = {
    "weekday": (date, formats.day_text),
    "month": (date, formats.month_text),
    "clock": ((datetime, time), formats.clock_text),
    "kr": (Decimal, formats.kronor_text),
    "share": (Fraction, formats.share_text),
    "count": (int, formats.count_text),
}
"""The styles a template can ask for, each with the types that have it."""
