"""Both languages say everything, with the same values, each in its own way."""

import re
import string
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import agreements
import hemgang.i18n
from agreements import load_agreements
from hemgang.duties.model import DutyKind
from hemgang.i18n.catalogue import Text, phrase, say, text, text_of_data, texts_in
from hemgang.i18n.language import Language, chosen_language
from hemgang.liability.model import DayOutcome, Situation
from hemgang.notifications.rendering import Lead, Trouble

SHIPPED = Path(agreements.__file__).parent
DATA = Path(hemgang.i18n.__file__).parent / "sv" / "data.toml"

WRITTEN_BY_USERS = {"amount_kr"}
"""Keys of files that a text tells somebody to write."""

SV, EN = Language.SWEDISH, Language.ENGLISH


def blanks(told: Text) -> set[str]:
    """Return the names of the values that a text asks for, whatever their style."""
    templates = [told] if isinstance(told, str) else list(told.values())
    return {name for one in templates for _, name, _, _ in string.Formatter().parse(one) if name}


def test_both_languages_have_the_same_keys_with_the_same_values() -> None:
    swedish, english = texts_in(SV), texts_in(EN)
    assert {key: blanks(told) for key, told in swedish.items()} == {key: blanks(told) for key, told in english.items()}


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("alert.noun", DutyKind),
        ("alert.because", DutyKind),
        ("alert.lead", Lead),
        ("liability.outcome", DayOutcome),
    ],
)
def test_every_value_that_people_read_has_a_name_and_nothing_else_has(family: str, members: type[StrEnum]) -> None:
    named = {key.rpartition(".")[2] for key in texts_in(SV) if key.rpartition(".")[0] == family}
    assert named == {member.value for member in members}


def test_every_trouble_and_every_situation_is_told() -> None:
    keys = set(texts_in(SV))
    assert {f"alert.trouble.{trouble.value}" for trouble in Trouble} < keys
    amiss = set(Situation) - {Situation.IN_ORDER}
    assert {f"liability.{part}.{one.value}" for one in amiss for part in ("situation", "repair")} < keys


def test_no_text_holds_a_code_word() -> None:
    for told in (told for language in Language for told in texts_in(language).values()):
        for one in [told] if isinstance(told, str) else told.values():
            words = "".join(literal for literal, _, _, _ in string.Formatter().parse(one))
            assert "`" not in words
            assert set(re.findall("[a-z]+_[a-z_]+", words)) <= WRITTEN_BY_USERS, words


def written_in(value: Any, name: str) -> Iterator[str]:
    """Yield every text under a key of this name, at any depth of a TOML file."""
    if isinstance(value, list):
        yield from (found for one in value for found in written_in(one, name))
    elif isinstance(value, dict):
        yield from (one for key, one in value.items() if key == name and isinstance(one, str))
        yield from (found for one in value.values() for found in written_in(one, name))


def test_every_assumption_of_the_shipped_data_can_be_said_in_swedish_and_nothing_else_is_translated() -> None:
    shipped = [tomllib.loads(file.read_text(encoding="utf-8")) for file in SHIPPED.glob("*.toml")]
    assumed = {one for file in shipped for one in written_in(file, "assumption")}
    names = {one for file in shipped for one in written_in(file, "name")}
    translated = tomllib.loads(DATA.read_text(encoding="utf-8"))
    assert set(translated["assumption"]) == assumed != set()
    assert set(translated["clause_name"]) <= names
    assert {one for one in names if " care" in one} == set(translated["clause_name"])
    assert all(text_of_data(SV, one) != one == text_of_data(EN, one) for one in assumed)


def test_a_sentence_that_an_installation_added_stands_as_it_is() -> None:
    assert text_of_data(SV, "Our own reading.") == "Our own reading."


def test_an_unknown_key_and_a_missing_value_are_errors() -> None:
    with pytest.raises(KeyError):
        text(SV, "duty.nothing")
    with pytest.raises(KeyError):
        text(SV, "alert.why")


def test_a_value_is_never_read_as_a_template() -> None:
    assert text(EN, "alert.why", why="{x} {0!r}") == "Because {x} {0!r}."


def test_a_value_of_another_type_than_its_style_is_an_error() -> None:
    with pytest.raises(ValueError, match="str cannot be written as 'month'"):
        text(SV, "liability.decided", month="2023-03")


def test_money_months_and_plurals_are_written_by_the_language() -> None:
    values = {"payer": "Berg (2326)", "month": date(2023, 3, 1), "name": "Villkor 1"}
    assert text(SV, "liability.free_by_mean", **values).startswith("Berg (2326) debiteras inget för mars 2023 ")
    assert "for March 2023" in text(EN, "liability.free_by_mean", **values)
    amount = {"amount": Decimal("10500"), "count": Fraction(1)}
    assert text(EN, "threshold.cost", **amount) == "failing costs 10,500.00 kr (1 care day) with what is known now"
    assert "10 500,00 kr (24,54 (1227/50) vårddygn)" in text(
        SV, "threshold.cost", **{**amount, "count": Fraction(1227, 50)}
    )


def test_a_phrase_is_english_where_it_becomes_a_text() -> None:
    said = phrase("duty.unit.days", count=1)
    assert (str(said), say(SV, said), say(SV, "as it stands")) == ("1 day", "1 dag", "as it stands")


@pytest.mark.parametrize(
    ("option", "environ", "locale", "language"),
    [
        (EN, {"HEMGANG_LANGUAGE": "sv"}, "sv_SE", EN),
        (None, {"HEMGANG_LANGUAGE": "sv"}, "en_GB", SV),
        (None, {"HEMGANG_LANGUAGE": ""}, "sv_SE.UTF-8", SV),
        (None, {}, "sv-FI", SV),
        (None, {}, "svx", EN),
        (None, {}, "de_DE", EN),
        (None, {}, None, EN),
    ],
)
def test_the_option_goes_before_the_variable_and_that_before_the_locale(
    option: Language | None, environ: dict[str, str], locale: str | None, language: Language
) -> None:
    assert chosen_language(option, environ, locale) is language


def test_a_language_without_texts_is_one_clear_line() -> None:
    with pytest.raises(ValueError, match="HEMGANG_LANGUAGE must be one of sv, en"):
        chosen_language(None, {"HEMGANG_LANGUAGE": "fi"}, None)


def test_every_clause_of_the_shipped_agreements_has_a_name_in_both_languages() -> None:
    names = {clause.name for dated in load_agreements().dated.values() for clause in dated.clauses}
    swedish, english = ({text_of_data(language, one) for one in names} for language in (SV, EN))
    assert not [name for name in swedish if re.search(r"\b(care|day|mean|interim|condition)\b", name, re.IGNORECASE)]
    assert not [name for name in english if re.search(r"[åäö]|\b(villkor|dag|dygn|genomsnitt)", name, re.IGNORECASE)]
