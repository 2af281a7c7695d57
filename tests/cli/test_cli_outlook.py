"""`whatif`, `backtest`, `threshold` and `forecast` as a user meets them: JSON as documented, scopes, clear refusals."""

import re
import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from hemgang.cli.main import main
from hemgang.simulate import timed_lines
from tests.cli.documented import differences, documented
from tests.cli.running import Run, write

DIFF = ("agreements", "diff", "vastmanland", "--from", "2019-09-30", "--to", "2019-10-01")
NOW = ("--now", "2024-02-01T08:00")
JAMTLAND, STATUTE = ("--agreement", "jamtland-harjedalen"), ("--agreement", "lus")
WHATIF = ("whatif", "23", "2023-03", *NOW)
BACKTEST = ("backtest", "23", "--from", "2023-03", "--to", "2024-01", *NOW)


@pytest.fixture(scope="session")
def _county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with half a year of a small simulated county."""
    folder = tmp_path_factory.mktemp("county")
    start, end = date(2023, 1, 1), date(2023, 6, 30)
    lines = timed_lines("23", start=start, end=end, seed=1, discharges=120, dirt=0.0)
    file = write(folder / "county.ndjson", *(line for _, line in lines))
    url = f"sqlite:///{folder / 'county.db'}"
    assert main(["ingest", str(file), "--now", "2023-07-15T12:00", "--database", url]) == 0
    return folder / "county.db"


@pytest.fixture
def county(_county: Path, tmp_path: Path) -> Path:
    """Return a copy of that database, which `HEMGANG_DATABASE` names."""
    return Path(shutil.copy(_county, tmp_path / "test.db"))


@pytest.mark.usefixtures("stored")
def test_what_if_says_each_definition_and_adds_up(run: Run) -> None:
    shown = run(*WHATIF, "--agreement", "vastmanland", *STATUTE, "--format", "json")
    assert shown.code == 0, shown
    assert differences(documented("hemgang whatif"), shown.json, "whatif") == []
    steps = sum(Fraction(step["care_days"]) for step in shown.json["steps"])
    assert steps == Fraction(shown.json["difference"]["care_days"])
    table = run(*WHATIF, *JAMTLAND, *STATUTE)
    assert "free care days: 7 → 3" in " ".join(table.out.split())
    swedish = " ".join(run(*WHATIF, *JAMTLAND, *STATUTE, "--language", "sv").out.split())
    assert "fria vårddygn: 7 → 3" in swedish
    assert re.findall(r"[a-zåäö]+_[a-zåäö]+|condition-\d", swedish) == []


@pytest.mark.usefixtures("stored")
def test_what_if_takes_the_nearest_day_and_says_so(run: Run) -> None:
    shown = run("whatif", "23", "2018-03", "--agreement", "jamtland-harjedalen", *STATUTE, *NOW)
    assert "has nobody who was ready in March 2018" in shown.err
    shown = run("whatif", "23", "2024-01", "--agreement", "stockholm@2019-03-01", *STATUTE, *NOW, "--format", "json")
    assert shown.json["first"] == {"name": "stockholm", "date": "2019-03-01"}
    assert "amount a care day is not known" in shown.err


@pytest.mark.usefixtures("stored")
def test_a_backtest_over_months_and_payers(run: Run) -> None:
    shown = run(*BACKTEST, "--agreement", "actual", "--agreement", "vastmanland", "--format", "json")
    assert shown.code == 0, shown
    assert differences(documented("hemgang backtest"), shown.json, "backtest") == []
    first, second = shown.json["agreements"]
    assert (first["name"], second["name"], second["date"]) == ("actual", "vastmanland", "2024-01-01")
    march = first["months"][0]
    closed = run("close", "23", "2023-03", *NOW, "--format", "json").json
    assert march["care_days"] == str(sum(Fraction(payer["care_days"]) for payer in closed["payers"]))
    assert "those months are in care days" in " ".join(run(*BACKTEST, "--agreement", "actual").out.split())


@pytest.mark.usefixtures("stored")
def test_thresholds_are_told_in_both_languages_and_as_documented(run: Run) -> None:
    shown = run("threshold", "23", "--date", "2023-03-06", *NOW, "--format", "json")
    assert shown.code == 0, shown
    assert differences(documented("hemgang threshold"), shown.json, "threshold") == []
    swedish = run("threshold", "23", "--date", "2023-03-06", *NOW, "--language", "sv")
    english = run("threshold", "23", "--now", "2023-03-06T12:00", "--language", "en")
    assert "befriad" in swedish.out
    assert "free" in english.out
    assert "befriad" not in english.out


@pytest.mark.usefixtures("county")
def test_a_forecast_is_kept_and_scored_afterwards(run: Run) -> None:
    made = run("forecast", "23", "--now", "2023-05-10T12:00", "--format", "json")
    assert made.code == 0, made
    assert differences(documented("hemgang forecast"), made.json, "forecast") == []
    assert (made.json["month"], made.json["bands"][0]["payer"]) == ("2023-05", None)
    again = run("forecast", "23", "--now", "2023-05-10T12:00", "--format", "json")
    assert again.json == made.json
    early = run("forecast", "23", "--score", "--now", "2023-05-31T12:00")
    assert early.complaint == "county 23 has no stored forecast of a month that is over"
    scored = run("forecast", "23", "--score", "--now", "2023-07-15T12:00", "--format", "json").json
    assert [one["forecasts"] for one in scored["scores"] if one["payer"] is None] == [1]
    assert scored["forecasts"][0]["median"] == made.json["bands"][0]["median"]
    outcome = run(
        "backtest",
        "23",
        "--from",
        "2023-05",
        "--to",
        "2023-05",
        "--agreement",
        "actual",
        "--now",
        "2023-07-15T12:00",
        "--format",
        "json",
    ).json
    assert scored["forecasts"][0]["outcome"] == outcome["agreements"][0]["amount"]


@pytest.mark.usefixtures("county")
def test_forecasts_can_be_tried_at_once(run: Run) -> None:
    shown = run("forecast", "23", "2023-06", "--backtest", "2", "--now", "2023-07-15T12:00", "--format", "json")
    assert shown.code == 0, shown
    region = [one for one in shown.json["forecasts"] if one["payer"] is None]
    assert [one["as_of"][:10] for one in region] == ["2023-05-10", "2023-05-20", "2023-06-10", "2023-06-20"]
    assert "BAND HELD" in run("forecast", "23", "2023-06", "--backtest", "1", "--now", "2023-07-15T12:00").out
    kept = run("forecast", "23", "--score", "--now", "2023-07-15T12:00")
    assert kept.complaint == "county 23 has no stored forecast of a month that is over"


@pytest.mark.usefixtures("stored")
def test_a_changed_agreement_says_what_it_would_have_done_to_a_year(run: Run) -> None:
    asked = ("agreements", "diff", "vastmanland", "--from", "2019-09-30", "--to", "2019-10-01", "--region", "23")
    shown = run(*asked, "--year", "2023", *NOW, "--format", "json")
    assert shown.code == 0, shown
    assert {one["name"] for one in shown.json["changes"]} >= {"mean.include_zero_days", "mean.gate_cutoff"}
    assert [one["date"] for one in shown.json["effect"]["agreements"]] == ["2019-09-30", "2019-10-01"]
    named = ("--agreement", "vastmanland@2019-09-30", "--agreement", "vastmanland@2019-10-01")
    tried = run("backtest", "23", "--from", "2023-01", "--to", "2023-12", *named, *NOW, "--format", "json")
    assert shown.json["effect"] == tried.json
    assert "23 2023 under each of them" in run(*asked, "--year", "2023", *NOW).out


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((*DIFF, "--region", "23"), "--region and --year go together"),
        ((*DIFF, "--region", "23", "--year", "last"), "'last' is not a year"),
        ((*WHATIF, *STATUTE), "--agreement is to be given twice"),
        ((*WHATIF, *STATUTE, *STATUTE), "the two agreements are the same, lus@2023-03-01"),
        ((*WHATIF, *STATUTE, "--agreement", "nobody"), "there is no agreement 'nobody'; known are"),
        ((*WHATIF, *STATUTE, "--agreement", "jamtland-harjedalen@2025-01-01"), "is not in force on 2025-01-01"),
        ((*WHATIF, *STATUTE, "--agreement", "lus@yesterday"), "'yesterday' is not a date"),
        ((*WHATIF, *STATUTE, "--agreement", "actual@2023-01-01"), "actual takes no date"),
        ((*WHATIF, *STATUTE, "--agreement", "stockholm@2021-01-01"), "is the mean of county 23 in 2020-10"),
        (("whatif", "23", "March", *STATUTE, *JAMTLAND, *NOW), "'March' is not a month"),
        (BACKTEST, "--agreement is needed"),
        ((*BACKTEST, *STATUTE, *STATUTE), "is given twice"),
        (("backtest", "23", "--from", "2023-03", "--to", "2023-02", *STATUTE, *NOW), "before they begin"),
        (("threshold", "23", "--date", "2024-03-01", *NOW), "2024-03-01 is still to come"),
        (("threshold", "23", "--date", "soon", *NOW), "'soon' is not a date"),
        (("forecast", "23", "2023-03", *NOW), "2023-03 is over"),
        (("forecast", "23", "2024-09", *NOW), "2024-09 is too far ahead"),
        (("forecast", "23", "2024-02", "--seed", "-1", *NOW), "--seed: write a whole number"),
        (("forecast", "23", "2023-03", "--score", *NOW), "--score stands alone"),
        (("forecast", "23", "2023-03", "--backtest", "0", *NOW), "--backtest: write 1 to 36 months"),
        (("forecast", "23", "2023-03", "--backtest", "1", *NOW), "whole months with ready notices"),
        (("forecast", "23", "2024-03", "--backtest", "1", *NOW), "2024-03 is not over"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(arguments: tuple[str, ...], complaint: str, run: Run) -> None:
    shown = run(*arguments)
    assert shown.code == 2, shown
    assert shown.out == ""
    last = shown.err.splitlines()[-1]
    assert last.startswith("hemgang: ")
    assert complaint in last


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("whatif", "23", "2023-09", *STATUTE, *JAMTLAND), "county 23 has nobody who was ready in September 2023"),
        (("whatif", "05", "2023-03", *STATUTE, *JAMTLAND), "county 05 has nobody who was ready in March 2023"),
        (("threshold", "23", "--date", "2023-09-01"), "county 23 has nobody who was ready in September 2023"),
        (("threshold", "Skåne", "--date", "2023-09-01"), "county 12 has nobody who was ready in September 2023"),
        (
            ("backtest", "23", "--from", "2022-03", "--to", "2022-04", *STATUTE),
            "county 23 has nobody who was ready from March 2022 to April 2022",
        ),
    ],
)
def test_a_month_in_which_nobody_was_ready_is_one_line(arguments: tuple[str, ...], line: str, run: Run) -> None:
    shown = run(*arguments, *NOW)
    assert (shown.code, shown.out, shown.err) == (0, "", f"hemgang: {line}\n")
    assert run(*arguments, *NOW, "--format", "json").code == 0


@pytest.mark.usefixtures("stored")
def test_a_scope_shows_its_own_payers_only(run: Run) -> None:
    everything = run(*WHATIF, *JAMTLAND, *STATUTE, "--format", "json").json
    assert {one["payer"] for one in everything["payers"]} > {"2303"}
    for arguments in ((*WHATIF, *JAMTLAND, *STATUTE), (*BACKTEST, *STATUTE)):
        shown = run("--scope", "2303", *arguments, "--format", "json")
        assert "2380" not in shown.out
        assert '"2303"' in shown.out
    shown = run("--scope", "2303", "threshold", "23", "--date", "2023-03-10", *NOW, "--format", "json")
    assert [one["payer"] for one in shown.json["payers"]] == ["2303"]
    assert run("--scope", "01", *WHATIF, *JAMTLAND, *STATUTE).complaint == "county 23 is outside the scope"


@pytest.mark.usefixtures("county")
def test_a_scope_of_one_payer_sees_no_forecast_of_the_region(run: Run) -> None:
    shown = run("--scope", "2380", "forecast", "23", "--now", "2023-05-10T12:00", "--format", "json")
    assert [one["payer"] for one in shown.json["bands"]] == ["2380"]
    scored = run("--scope", "2380", "forecast", "23", "--score", "--now", "2023-07-15T12:00", "--format", "json")
    assert {one["payer"] for one in scored.json["forecasts"]} == {"2380"}


@pytest.mark.usefixtures("stored")
def test_every_look_is_in_the_access_log(run: Run) -> None:
    run(*WHATIF, *JAMTLAND, *STATUTE)
    run(*BACKTEST, *STATUTE)
    run("threshold", "23", "--date", "2023-03-10", *NOW)
    run("forecast", "23", "2024-02", *NOW)
    read = run("access-log", "list", "--format", "json").json
    assert [one["action"] for one in read] == ["whatif", "backtest", "threshold", "forecast"]
