"""Words a user wrote, checked against the words there are."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import shown
from hemgang.messages.identity import holds_identity_number

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
            raise WrongUse(f"{name}: {shown(word)!r} is not one of {', '.join(kind)}")
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
