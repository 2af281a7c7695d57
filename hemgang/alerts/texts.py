"""The fixed texts of alerts in each language, read once from wording.toml beside this file (specification 3.3)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from hemgang.alerts.directory import Language
from hemgang.duties.model import DutyKind


class Lead(StrEnum):
    """How an alert begins: what it says has become of the duty."""

    REMINDER = "reminder"
    MISSED = "missed"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    CHANGED = "changed"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language: `phrases` by name, and the nouns and reasons of the duties."""

    phrases: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    leads: Mapping[Lead, str]
    nouns: Mapping[DutyKind, str]
    whys: Mapping[DutyKind, str]

    def say(self, phrase: str, **values: str | int) -> str:
        """Return a phrase with its values put in; values are never read as phrases themselves.

        Raises:
            KeyError: there is no such phrase, or it asks for a value that was not given.
        """
        return self.phrases[phrase].format(**values)


@cache
def texts_in(language: Language) -> Texts:
    """Return the texts of a language; a duty or lead without its text is an error at the first use."""
    written: dict[str, Any] = tomllib.loads(
        files("hemgang.alerts").joinpath("wording.toml").read_text(encoding="utf-8")
    )[language.value]
    duties: dict[str, dict[str, str]] = written["duties"]
    return Texts(
        phrases={name: text for name, text in written.items() if isinstance(text, str)},
        weekdays=tuple(written["weekdays"]),
        months=tuple(written["months"]),
        leads={lead: written["leads"][lead.value] for lead in Lead},
        nouns={kind: duties[kind.value]["noun"] for kind in DutyKind},
        whys={kind: duties[kind.value]["why"] for kind in DutyKind},
    )
