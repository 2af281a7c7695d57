"""The gravest level among findings of one name."""

from collections.abc import Iterable

from hemgang.doctor.finding import Finding, Level
from hemgang.i18n.catalogue import say
from hemgang.i18n.language import Language

OK, WARNING, ERROR = Level.OK, Level.WARNING, Level.ERROR


def level_of(findings: Iterable[Finding], name: str) -> Level | None:
    """Return the gravest level among the findings of a name; every finding that is not ok says what to do."""
    found = list(findings)
    assert all(
        say(language, text) is not None for one in found for language in Language for text in (one.found, one.do)
    )
    assert all(bool(one.do) is (one.level is not OK) for one in found), found
    levels = [one.level for one in found if one.name == name]
    return max(levels, key=[OK, WARNING, ERROR].index, default=None)
