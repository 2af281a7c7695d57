"""The small parts: tables, names of places, references, times, simulated messages."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from agreements.payers import municipalities
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import fields, paragraph, plain, speak, table
from hemgang.cli.params import payer_code, payer_name, read_time, region_code, region_name
from hemgang.episode.model import State
from hemgang.i18n.formats import iso_text
from hemgang.i18n.language import Language
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import WITHHELD, redacted
from hemgang.references import normalized_reference
from hemgang.simulate import lines
from tests.cli.running import ROOT, Run


def test_a_table_is_aligned_and_says_what_is_missing() -> None:
    assert list(table(("episode", "days", "why"), [("Åre", 7, None), ("b", 11, True)], right=(1,))) == [
        "EPISODE  DAYS  WHY",
        "Åre         7  -",
        "b          11  yes",
    ]


def test_values_are_written_by_their_type_in_the_language_of_the_run() -> None:
    values = (
        datetime(2023, 3, 5, 13, tzinfo=UTC),
        date(2023, 3, 5),
        Decimal("10500"),
        Fraction(1227, 50),
        Month(2023, 3),
        State.READY,
        12345,
    )
    assert next(_rows(values)) == "2023-03-05 14:00|2023-03-05|10,500.00 kr|24.54 (1227/50)|March 2023|ready|12,345"
    speak(Language.SWEDISH)
    swedish = "2023-03-05 14:00|2023-03-05|10 500,00 kr|24,54 (1227/50)|mars 2023|utskrivningsklar|12 345"
    assert next(_rows(values)) == swedish


def _rows(values: tuple[object, ...]) -> Iterator[str]:
    columns = ("at", "date", "amount", "days", "today", "state", "rows")
    yield from ("|".join(re.split(" {2,}", line)) for line in list(table(columns, [values]))[1:])


@pytest.mark.parametrize("columns", ["48", "60", "100", "200"])
def test_what_does_not_fit_is_wrapped_and_never_lost(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    words = [f"word{number}" for number in range(60)]
    cells = ("x" * 70, " ".join(words), datetime(2023, 3, 5, 13, tzinfo=UTC))
    lines = list(table(("episode", "why", "at"), [cells], under=["below " * 40]))
    assert all(len(line) <= int(columns) for line in lines)
    together = "".join("".join(lines).split())
    assert together.count("x") == 70
    assert sum(line.count("below") for line in lines) == 40
    assert "…" not in together
    assert sum(together.count(digit) for digit in "word") >= 4 * len(words)


def test_instants_stay_whole_where_other_columns_can_give_way() -> None:
    at = datetime(2023, 3, 5, 13, tzinfo=UTC)
    lines = list(table(("at", "received", "why"), [(at, at, "word " * 60)]))
    assert lines[1].startswith("2023-03-05 14:00  2023-03-05 14:00  word word")


def test_an_empty_table_is_its_headers() -> None:
    assert list(table(("episode", "why"), [])) == ["EPISODE  WHY"]


def test_control_characters_in_a_cell_are_escapes_or_spaces() -> None:
    assert list(table(("why",), [("a\x1b[2Jb\x1fc",)])) == ["WHY", "a\\x1b[2Jb c"]


def test_fields_leave_out_what_there_is_none_of() -> None:
    assert list(fields([("episode", "x"), ("why", None), ("last_day", 0)])) == ["episode   x", "last day  0"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Östersund", "Östersund"), ("a\x1b[2Jb", "a\\x1b[2Jb"), ("a\nb", "a\\nb"), ("\u202egnol", "\\u202egnol")],
)
def test_text_cannot_move_the_terminal(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("text", ["19121212-1212", "x 191212121212", "file-121212-1212.ndjson"])
def test_what_may_be_an_identity_number_is_withheld(text: str) -> None:
    assert redacted(text) == WITHHELD
    assert redacted("2023-03-05T14:00") == "2023-03-05T14:00"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("23", "23"),
        ("Jämtland Härjedalen", "23"),
        ("region jämtland  härjedalen", "23"),
        ("Västra Götalandsregionen", "14"),
        ("Västra Götaland", "14"),
        ("Örebro län", "18"),
        ("SKÅNE", "12"),
    ],
)
def test_a_region_by_code_or_name(written: str, code: str) -> None:
    assert region_code(written) == code


def test_every_region_and_municipality_is_found_by_its_own_name() -> None:
    for code, municipality in municipalities().items():
        assert region_code(municipality.region) == municipality.county
        assert region_name(municipality.county) == municipality.region
        assert payer_code(municipality.name) == code
        assert payer_name(code) == f"{code} {municipality.name}"


@pytest.mark.parametrize("written", ["", "2", "230", "Region", "Jämt", "Jämtland Härjedalen Skåne"])
def test_what_is_no_region(written: str) -> None:
    with pytest.raises(WrongUse, match="there is no region"):
        region_code(written)


def test_a_district_stays_with_its_city() -> None:
    assert payer_code("Stockholm/Södermalm") == "0180/Södermalm"
    assert payer_code("0180/Södermalm") == "0180/Södermalm"


@pytest.mark.parametrize(
    "written", ["7K3M-Q9TB-2XW0", "7k3m-q9tb-2xw0", "7k3mq9tb2xw0", " 7K3M Q9TB 2XWO ", "7k3m-q9tb-2xwo"]
)
def test_a_reference_however_it_was_written(written: str) -> None:
    assert normalized_reference(written) == "7K3M-Q9TB-2XW0"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2023-03-05T14:00", "2023-03-05T13:00:00+00:00"),
        ("2023-03-05 14:00:30", "2023-03-05T13:00:30+00:00"),
        ("2023-07-05T14:00", "2023-07-05T12:00:00+00:00"),
        ("2023-03-05T14:00+05:00", "2023-03-05T09:00:00+00:00"),
        ("2023-03-05", "2023-03-04T23:00:00+00:00"),
        ("2023-10-29T02:30", "2023-10-29T00:30:00+00:00"),
        ("2023-10-29T02:30+01:00", "2023-10-29T01:30:00+00:00"),
    ],
)
def test_a_time_is_stockholms_unless_it_has_an_offset(written: str, instant: str) -> None:
    assert read_time(written, "--at") == datetime.fromisoformat(instant)


@pytest.mark.parametrize("written", ["", "now", "14:00", "2023-03-05T25:00", "1999-12-31", "2101-01-01", "2023-3-5"])
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(WrongUse, match=r"--at: .* is not a time"):
        read_time(written, "--at")


def test_an_instant_has_stockholms_offset_and_its_own_fineness() -> None:
    assert iso_text(datetime(2023, 3, 5, 13, tzinfo=UTC)) == "2023-03-05T14:00:00+01:00"
    assert iso_text(datetime(2023, 7, 5, 13, 0, 0, 5, tzinfo=UTC)) == "2023-07-05T15:00:00.000005+02:00"
    assert iso_text(None) is None


def test_simulated_messages_are_the_same_each_time_and_can_be_taken_in(run: Run) -> None:
    asked = ("simulate", "Jämtland Härjedalen", "--from", "2023-03-01", "--to", "2023-03-07", "--discharges", "5")
    first = run(*asked, "--dirt", "0")
    assert first.code == 0
    assert len(first.lines) > 20
    assert first.out == run(*asked, "--dirt", "0").out
    assert first.out != run(*asked, "--dirt", "0", "--seed", "2").out
    taken = run("ingest", "-", "--format", "json", given=first.out.encode()).json
    assert (taken["accepted"], taken["quarantined"]) == (len(first.lines), 0)


def test_what_is_simulated_as_broken_stays_broken_to_the_byte() -> None:
    asked = ("simulate", "23", "--from", "2023-03-01", "--to", "2023-03-31", "--discharges", "100", "--dirt", "20")
    done = subprocess.run([sys.executable, "-m", "hemgang", *asked], capture_output=True, cwd=ROOT, check=True)
    expected = lines("23", start=date(2023, 3, 1), end=date(2023, 3, 31), seed=1, discharges=100, dirt=20)
    assert done.stdout == "".join(f"{line}\n" for line in expected).encode("utf-8", "surrogateescape")


def test_an_amount_is_never_broken_over_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for width in range(48, 90):
        monkeypatch.setenv("COLUMNS", str(width))
        text = "Vårddygn 4–5 debiteras Östersund (2380) för mars 2023, 2 × 10 500,00 kr = 21 000,00 kr."
        assert " ".join(line.strip() for line in paragraph(text)) == text
        assert any("21 000,00 kr" in line for line in paragraph(text))
