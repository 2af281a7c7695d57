"""`hemgang close` and `hemgang explain`: the worked examples of 001, closing once, and why a day is charged."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import EXAMPLE_1, EXAMPLE_2, Run, message, write

AFTER = ("--now", "2023-04-03T08:00")
BY = ("--commit", "--by", "A. Ek", "--attest", "B. Ström")


def close(run: Run, *arguments: str) -> Any:
    """Return the JSON of a closing that goes well."""
    done = run("close", "23", "2023-03", *AFTER, *arguments, "--format", "json")
    assert done.code == 0, done
    return done.json


def clauses(statement: dict[str, Any]) -> dict[str, tuple[bool, str | None, int, str]]:
    """Return what each clause of a payer says: exempt, value, persons, care days."""
    return {
        line["clause"]: (line["exempt"], line["value"], line["persons"], line["care_days"])
        for line in statement["clauses"]
    }


def test_exempel_1_is_not_exempt(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    (payer,) = close(run)["payers"]
    assert (payer["payer"], payer["name"], payer["population"]) == ("2380", "Östersund", 30)
    assert clauses(payer)["condition-1"][:2] == (False, "2/3")
    assert clauses(payer)["condition-2"][2] == 2


def test_exempel_2_is_exempt_but_for_one_person(run: Run) -> None:
    run("ingest", str(EXAMPLE_2))
    (payer,) = close(run)["payers"]
    assert clauses(payer)["condition-1"] == (True, "5/6", 0, "0")
    assert clauses(payer)["condition-2"][2] == 1
    assert {row["episode"] for row in payer["rows"]} == {payer["rows"][0]["episode"]}


def test_the_statement_is_the_sum_of_its_rows(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    (payer,) = close(run)["payers"]
    charged = [row for row in payer["rows"] if row["outcome"] == "charged"]
    assert payer["care_days"] == str(len(charged))
    assert payer["amount"] == f"{sum(float(row['amount']) for row in charged):.2f}"


@pytest.mark.usefixtures("stored")
def test_every_payer_with_an_episode_in_the_month_is_there(run: Run) -> None:
    assert [payer["payer"] for payer in close(run)["payers"]] == ["2303", "2305", "2380"]
    for written in ("2303", "Ragunda", "ragunda"):
        assert [payer["payer"] for payer in close(run, "--payer", written)["payers"]] == ["2303"]
    elsewhere = run("close", "Stockholm", "2023-03", *AFTER, "--format", "json")
    assert [payer["payer"] for payer in elsewhere.json["payers"]] == ["0180"]


@pytest.mark.usefixtures("stored")
def test_a_payer_without_an_episode_is_said_so(run: Run) -> None:
    done = run("close", "23", "2023-03", *AFTER, "--payer", "Åre")
    assert (done.code, done.out) == (0, "")
    assert done.err == "hemgang: payer 2321 has no episode in county 23 in March 2023\n"
    assert close(run, "--payer", "Åre")["payers"] == []


@pytest.mark.usefixtures("stored")
def test_a_region_without_an_episode_in_the_month_is_one_line(run: Run) -> None:
    done = run("close", "Skåne", "2023-03", *AFTER, "--language", "sv")
    assert (done.code, done.out) == (0, "")
    assert done.err == "hemgang: inget vårdtillfälle i län 12 hör till mars 2023\n"


def test_a_payer_in_no_register_is_wrong_use(run: Run) -> None:
    assert "there is no municipality 'Atlantis'" in run("close", "23", "2023-03", "--payer", "Atlantis").complaint


@pytest.mark.usefixtures("stored")
def test_as_of_leaves_out_what_came_later(run: Run, tmp_path: Path) -> None:
    before = close(run)
    late = message("late", "x2", "retracted", "2023-03-20T12:00", received_at="2023-04-02T12:00", message="x2-3")
    run("ingest", str(write(tmp_path / "late.ndjson", late)))
    assert close(run) != before
    assert close(run, "--as-of", "2023-04-02T11:59") == before


@pytest.mark.usefixtures("stored")
def test_strict_refuses_assumptions_with_exit_1(run: Run) -> None:
    done = run("close", "23", "2023-03", *AFTER, "--strict")
    assert (done.code, done.out) == (1, "")
    assert "jamtland-harjedalen, free care days" in done.err


def test_a_month_is_closed_once(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    draft = close(run)
    closed = close(run, *BY)
    assert (draft["status"], closed["status"]) == ("draft", "closed")
    assert draft | {"status": "closed"} == closed
    again = run("close", "23", "2023-03", *AFTER, *BY)
    assert again.code == 0
    assert again.err == "hemgang: March 2023 was closed with the same content 2023-04-03 08:00 by A. Ek\n"
    looked = run("close", "23", "2023-03", "--now", "2023-04-05T08:00", "--format", "json")
    assert looked.json["status"] == "draft"
    assert looked.err == "hemgang: March 2023 was closed 2023-04-03 08:00 by A. Ek with the same content\n"


def test_a_closed_month_never_changes(run: Run, tmp_path: Path) -> None:
    run("ingest", str(EXAMPLE_1))
    close(run, *BY)
    late = message(
        "late", "jh1-02", "retracted", "2023-03-20T12:00", received_at="2023-04-04T12:00", message="jh1-02-07"
    )
    run("ingest", str(write(tmp_path / "late.ndjson", late)))
    changed = ("close", "23", "2023-03", "--now", "2023-04-05T08:00")
    noted = run(*changed, "--format", "json").err.splitlines()
    assert noted[0].endswith("by A. Ek with other content")
    assert noted[1].endswith("1 episode has messages that came in after the closing; see hemgang restate 23 2023-03")
    assert "a closed month never changes" in run(*changed, *BY).complaint
    assert "is closed already for all payers" in run(*changed, *BY, "--payer", "2380").complaint


def test_a_month_that_is_not_over_is_a_forecast(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    early = ("close", "23", "2023-03", "--now", "2023-03-20T08:00")
    assert run(*early).err == "hemgang: March 2023 is not over: this is a forecast\n"
    assert "status     draft, a forecast: the month is not over" in run(*early).lines
    assert run(*early, *BY).complaint == "2023-03 is not over; a month is closed when it has ended"


@pytest.mark.usefixtures("stored")
def test_closing_over_findings_needs_a_named_decision(run: Run) -> None:
    closing = ("close", "23", "2023-03", *AFTER, *BY)
    assert run(*closing).complaint.startswith("1 finding touches money")
    assert run(*closing, "--decision", "x3 is disputed", "--format", "json").json["status"] == "closed"


@pytest.mark.usefixtures("stored")
def test_the_table_holds_statements_clauses_and_assumptions(run: Run) -> None:
    lines = run("close", "Jämtland Härjedalen", "2023-03", *AFTER).lines
    assert lines[0] == "region     23 Region Jämtland Härjedalen"
    assert lines[1] == "month      March 2023"
    assert any(line.split() == ["2380", "Östersund", "30", "22", "231,000.00", "kr"] for line in lines)
    assert any("share below the" in line and "66.67% (2/3)  75% (3/4)" in line for line in lines)
    assert any("values that no source gives" in line for line in lines)
    assert all(len(line) <= 100 for line in lines)


@pytest.mark.usefixtures("stored")
def test_every_charged_row_is_listed_with_episode_dates_clause_days_and_amount(run: Run) -> None:
    lines = [line.split("  ") for line in run("close", "23", "2023-03", *AFTER).lines]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert ["2380", "jh1-02", "2023-03-07 – 2023-03-08", "Condition 1", "2", "21,000.00 kr"] in cells
    charged = [row for payer in close(run)["payers"] for row in payer["rows"] if row["outcome"] == "charged"]
    assert [f"{len(charged)} charged care days:"] in cells
    days = [int(row[4]) for row in cells if len(row) == 6 and row[2].startswith("2023-03-") and row[5].endswith(" kr")]
    assert sum(days) == len(charged)


@pytest.mark.usefixtures("stored")
def test_what_holds_up_the_closing_is_listed_with_what_would_settle_it(run: Run) -> None:
    english = " ".join(run("close", "23", "2023-03", *AFTER).out.split())
    assert "1 finding holds up the closing" in english
    assert "admission notice missing x3 x3-3 the admission notice that was sent during the stay" in english
    swedish = " ".join(run("close", "23", "2023-03", *AFTER, "--language", "sv").out.split())
    assert "inskrivningsmeddelande saknas x3 x3-3 inskrivningsmeddelandet som skickades" in swedish


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_code_word_stands_in_what_people_read(run: Run, language: str) -> None:
    shown = run("close", "23", "2023-03", *AFTER, "--language", language).out
    assert re.findall(r"[a-zåäö]+_[a-zåäö]+|condition-\d", shown) == []


@pytest.mark.usefixtures("stored")
def test_a_charged_day_is_explained_with_clause_and_quote(run: Run) -> None:
    (one,) = run("explain", "jh1-02", "--date", "2023-03-08", "--language", "en", "--format", "json").json
    assert (one["outcome"], one["first"], one["period"]) == ("charged", "2023-03-08", 1)
    assert any("75% eller mer" in sentence for sentence in one["sentences"])
    free, charged = run("explain", "jh1-02", "--language", "sv", "--format", "json").json
    assert (free["outcome"], charged["outcome"]) == ("free", "charged")
    assert free["sentences"][0].startswith("Vårddygn 1–3, 2023-03-04 till 2023-03-06: kostnadsfritt")


@pytest.mark.usefixtures("stored")
def test_where_there_is_no_care_day_it_says_why(run: Run) -> None:
    (one,) = run("explain", "jh1-02", "--date", "2023-03-09", "--language", "en", "--format", "json").json
    assert (one["outcome"], one["period"], one["reason"]) == (None, None, "no_care_day")
    assert run("explain", "x4", "--language", "en").lines == [
        "No ready notice counts, so there are no care days to charge."
    ]


@pytest.mark.usefixtures("stored")
def test_days_of_a_year_without_an_amount_are_explained_all_the_same(run: Run) -> None:
    found = run("explain", "x1", "--language", "en", "--now", "2024-02-01T08:00", "--format", "json")
    assert found.code == 0
    assert "not known" in " ".join(sentence for one in found.json for sentence in one["sentences"])
