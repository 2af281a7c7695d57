"""Every command in Swedish and in English, over the worked example: no word of the code, none of the other language."""

import re
from collections.abc import Iterator
from enum import EnumMeta, StrEnum
from importlib import import_module
from pathlib import Path

import pytest

from agreements.loader import load_agreements
from hemgang.i18n.catalogue import texts_in
from hemgang.i18n.language import Language
from tests.cli.running import EXAMPLE_1, Run, message, write

MODULES = (
    "hemgang.closing.review",
    "hemgang.duties.model",
    "hemgang.episode.model",
    "hemgang.findings",
    "hemgang.liability.model",
    "hemgang.messages.model",
    "hemgang.retention.decide",
    "hemgang.retention.policy",
    "hemgang.store.installation",
    "agreements.model",
)
"""Where the enumerations stand whose values are stored, and are words of the code."""

ENGLISH = (
    "accepted",
    "admitted",
    "alert",
    "amount",
    "and",
    "because",
    "broken",
    "care day",
    "charged",
    "clause",
    "discharge",
    "discharged",
    "due",
    "duty",
    "episode",
    "findings",
    "kept",
    "length",
    "nothing",
    "opened",
    "owner",
    "payer",
    "planning starts",
    "rows",
    "the",
    "threshold",
    "within",
    "yes",
)
SWEDISH = (
    "anmärkning",
    "ansvarig",
    "avisering",
    "belopp",
    "betalare",
    "dygn",
    "inget",
    "inskriven",
    "klart",
    "mottagare",
    "och",
    "orsak",
    "planeringen",
    "rader",
    "senast",
    "utskriven",
    "villkor",
    "vårdtillfälle",
    "åtagande",
    "öppnat",
)
BROKEN = message("q", "q", "nonsense", "2023-03-01T10:00")
NOW = ("--now", "2024-02-01T08:00")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("episodes", *NOW),
    ("episodes", "--region", "23", "--state", "cancelled", *NOW),
    ("episode", "jh1-02", *NOW),
    ("episode", "x1", *NOW),
    ("episode", "x2", *NOW),
    ("episode", "x4", *NOW),
    ("duties", "--at", "2023-03-07T12:00"),
    ("duties", "--episode", "x3", *NOW),
    ("duties", "--status", "void", "--at", "2023-03-07T12:00"),
    ("quarantine", "list"),
    ("access-log", "list"),
    ("access-log", "check"),
    ("sending", "status"),
    ("sending", "hold", "--by", "B. Lind"),
    ("sending", "release", "--by", "B. Lind"),
    ("calendar", "third-days", "2018"),
    ("calendar", "planning-start", "2018-03-29T18:05"),
    ("calendar", "planning-start", "2026-03-29T18:05", "--agreement", "jamtland-harjedalen"),
    ("calendar", "deadline", "2026-03-04T09:00", "3"),
    ("replay", str(EXAMPLE_1), "--until", "2023-03-03"),
    ("retention", "--rules", "{rules}", "--now", "2034-01-15T13:00"),
    ("ingest", "{broken}", *NOW),
)


def codes() -> Iterator[str]:
    """Yield the words of the code that people are never shown: values of enumerations that could be no word."""
    for module in map(import_module, MODULES):
        for kind in vars(module).values():
            if isinstance(kind, EnumMeta) and issubclass(kind, StrEnum):
                yield from (member.value for member in kind if "_" in member.value)


def clauses() -> Iterator[str]:
    """Yield what the sources call their clauses, which is not translated."""
    for dated in load_agreements().dated.values():
        for clause in dated.clauses:
            yield clause.name
            yield from (citation.clause for citation in clause.citations)


NAMES = re.compile("|".join(re.escape(name) for name in sorted(set(clauses()), key=len, reverse=True)))
CODES = re.compile(rf"\b(?:{'|'.join(sorted(set(codes()), key=len, reverse=True))})\b|\bcondition-\d")


def strangers(text: str, words: tuple[str, ...]) -> set[str]:
    """Return which words of the other language a text holds; the names of clauses are taken out first."""
    return {found.lower() for found in re.findall(rf"\b(?:{'|'.join(words)})\b", NAMES.sub(" ", text), re.IGNORECASE)}


@pytest.fixture
def shown_by(stored: Path, run: Run, tmp_path: Path) -> Run:
    """Return what runs a command and returns what people read of it."""
    assert stored.exists()
    rule = '[[rule]]\ncontroller = "23"\nkind = "episodes"\nkeep_years = 10\nfrom = "end"\nbasis = "plan 4.1"\n'
    (tmp_path / "rules.toml").write_text(rule, encoding="utf-8")
    places = {
        "{rules}": str(tmp_path / "rules.toml"),
        "{broken}": str(write(tmp_path / "in.ndjson", *["{"] * 7, BROKEN)),
    }
    return lambda *arguments: run(*(places.get(one, one) for one in arguments))


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_speaks_the_language_it_is_asked_for_and_no_code(
    command: tuple[str, ...], language: str, shown_by: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    done = shown_by(*command, "--language", language)
    assert done.code in (0, 1), done
    text = re.sub(r"\[\[rate\]\].*", "", done.out + done.err)  # keys of a file are keys in both languages
    assert text.strip()
    assert set(CODES.findall(text)) == set(), text
    assert strangers(text, ENGLISH if language == "sv" else SWEDISH) == set(), text


@pytest.mark.parametrize(
    ("arguments", "swedish", "english"),
    [
        (("duties", "--at", "then"), "'then' är ingen tid", "'then' is not a time"),
        (("episodes", "--region", "99"), "det finns ingen region", "there is no region"),
        (("calendar", "third-days", "18"), "ligger utanför", "lies outside"),
        (("episode", "nobody"), "inget är lagrat om", "nothing is stored of"),
        (("episodes", "--reference", "7K3M-Q9TB-2XWD"), "ingen utskrivning", "no discharge"),
        (("acknowledge", "7K3M-Q9TB-2XWD", "--by", "B. Lind"), "ingen avisering", "no alert"),
        (("acknowledge", "7K3M-Q9TB-2XWD", "--by", ""), "skriv 1 till 128 tecken", "write 1 to 128 characters"),
        (("duties", "--status", "done"), "är inget av", "is not one of"),
        (("retention", "--apply"), "--apply kräver", "--apply needs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("stored")
def test_wrong_use_is_said_in_the_language_too(
    arguments: tuple[str, ...], swedish: str, english: str, run: Run
) -> None:
    assert swedish in run(*arguments, "--language", "sv").complaint
    assert english in run(*arguments, "--language", "en").complaint


@pytest.mark.parametrize(
    ("before", "after", "environment", "swedish"),
    [
        (("--language", "sv"), (), {}, True),
        (("--language", "sv"), ("--language", "en"), {}, False),
        ((), (), {"HEMGANG_LANGUAGE": "sv"}, True),
        ((), (), {"HEMGANG_LANGUAGE": "en", "LANG": "sv_SE.UTF-8"}, False),
        ((), (), {"LANG": "sv_SE.UTF-8"}, True),
        ((), (), {"LC_ALL": "C.UTF-8", "LANG": "sv_SE.UTF-8"}, False),
        ((), (), {}, False),
        (("--language", "en"), (), {"HEMGANG_LANGUAGE": "sv"}, False),
    ],
)
def test_the_language_is_the_options_else_the_variables_else_the_locales(
    before: tuple[str, ...],
    after: tuple[str, ...],
    environment: dict[str, str],
    swedish: bool,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = run(*before, "calendar", "third-days", "2018", *after)
    assert shown.lines[0].split()[0] == ("BÖRJAN" if swedish else "START")


def test_a_variable_that_names_no_language_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_LANGUAGE", "fr")
    assert run("calendar", "third-days", "2018").complaint == "HEMGANG_LANGUAGE must be one of sv, en"
    assert run("--language", "sv", "calendar", "third-days", "2018").code == 0


def test_a_backup_is_reported_in_both_languages_but_for_the_names_of_the_tables(run: Run, stored: Path) -> None:
    for language, head in (("sv", "TABELL"), ("en", "TABLE")):
        shown = run("backup", str(stored.with_name(f"copy-{language}")), "--language", language)
        assert shown.lines[0].split()[0] == head
        assert shown.lines[-1].split()[0] == {"sv": "rader", "en": "rows"}[language]


def test_json_is_the_same_in_both_languages(shown_by: Run) -> None:
    for command in (("episode", "x1", *NOW), ("duties", *NOW), ("calendar", "deadline", "2026-03-04T09:00", "3")):
        swedish, english = (shown_by(*command, "--format", "json", "--language", one).out for one in ("sv", "en"))
        assert swedish == english


def test_every_text_of_the_commands_is_there_in_both_languages() -> None:
    swedish, english = texts_in(Language.SWEDISH), texts_in(Language.ENGLISH)
    assert {key for key in swedish if key.startswith("cli")} == {key for key in english if key.startswith("cli")}
