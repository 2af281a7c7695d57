"""The languages hemgang speaks, and how a user's is chosen (specification 7)."""

from collections.abc import Mapping
from enum import StrEnum

VARIABLE = "HEMGANG_LANGUAGE"


class Language(StrEnum):
    """The languages of every text."""

    SWEDISH = "sv"
    ENGLISH = "en"


def chosen_language(option: Language | None, environ: Mapping[str, str], locale: str | None) -> Language:
    """Return the language of `--language`, else of HEMGANG_LANGUAGE, else of the locale: Swedish for `sv`.

    Raises:
        ValueError: the variable names a language that there are no texts in.
    """
    if option is not None:
        return option
    if written := environ.get(VARIABLE):
        try:
            return Language(written)
        except ValueError:
            raise ValueError(f"{VARIABLE} must be one of {', '.join(Language)}") from None
    swedish = locale is not None and locale.lower().replace("-", "_").partition("_")[0] in ("sv", "swedish")
    return Language.SWEDISH if swedish else Language.ENGLISH
