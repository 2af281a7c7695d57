"""`hemgang retention` and what other commands say of what is gone: one clear line each, and the sums that remain."""

from pathlib import Path

import pytest

from hemgang.services.installation import ReferenceData
from hemgang.store import access_log
from hemgang.store.database import open_database, upgrade
from tests.cli.documented import differences, documented
from tests.cli.running import Run
from tests.retention import world
from tests.services.stays import stay

NOW = ("--now", "2034-01-15T13:00")
RULES = """
[[rule]]
controller = "23"
kind = "episodes"
keep_years = 10
from = "end"
basis = "document plan, item 4.1"

[[rule]]
controller = "23"
kind = "closings"
keep_years = 7
from = "year_end"
basis = "lag (2018:597) 3 kap."
"""


@pytest.fixture(autouse=True)
def _own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name a database of the test's own."""
    for name in ("DIRECTORY", "CLOCK", "USER", "UNIT", "SCOPE", "RETENTION"):
        monkeypatch.delenv(f"HEMGANG_{name}", raising=False)
    monkeypatch.setenv("HEMGANG_DATABASE", f"sqlite:///{tmp_path / 'test.db'}")


@pytest.fixture
def rules_file(tmp_path: Path, rules: ReferenceData) -> Path:
    """Return a file of rules, beside the database of the environment with a March that was closed long ago."""
    database = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(database)
    world.filled(database, rules, "e1", "e2")
    database.close()
    path = tmp_path / "retention.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def let_go(run: Run, rules_file: Path) -> dict[str, object]:
    """Let go what a dry run shows, and return what was said."""
    asked = ("retention", "--rules", str(rules_file), *NOW, "--format", "json")
    shown = run(*asked)
    assert shown.code == 0, shown
    done = run(*asked, "--apply", "--plan", shown.json["plan"], "--by", "Anna")
    assert done.code == 0, done
    told: dict[str, object] = done.json
    return told


def test_a_dry_run_shows_what_would_go_and_its_digest(run: Run, rules_file: Path) -> None:
    shown = run("retention", "--rules", str(rules_file), *NOW)
    assert shown.code == 0
    assert "document" in shown.out
    assert "item 4.1" in shown.out
    assert "still stored" in shown.out
    assert "nothing was deleted; to let it go today: --apply --plan" in shown.out
    assert run("episode", "e1", *NOW).code == 0


def test_json_is_as_documented(run: Run, rules_file: Path) -> None:
    shown = run("retention", "--rules", str(rules_file), *NOW, "--format", "json")
    assert differences(documented("hemgang retention"), shown.json, "retention") == []
    told = let_go(run, rules_file)
    assert told.keys() == shown.json.keys()
    assert told["gone"] == {"episodes": 2, "closings": 0, "quarantine": 0, "forecasts": 0, "access_log": 0}


@pytest.mark.parametrize("command", ["explain", "episode"])
def test_an_episode_that_is_gone_gives_one_clear_line(run: Run, rules_file: Path, command: str) -> None:
    let_go(run, rules_file)
    said = run(command, "e1", *NOW).complaint
    assert said == (
        "the details of episode 'e1' went on 2034-01-15 by the retention rule of 23 (document plan, item 4.1); "
        "what was closed of it stands in hemgang closings show"
    )
    unknown = run(command, "e9", *NOW).complaint
    assert unknown == "nothing is stored of episode 'e9'"
    assert run("--scope", "19", command, "e1", *NOW).complaint == "nothing is stored of episode 'e1'"
    assert "2034-01-15" in run("--scope", "2326", command, "e1", *NOW).complaint


def test_closings_still_show_sums_and_hash(run: Run, rules_file: Path) -> None:
    before = run("closings", "list", "23", *NOW, "--format", "json").json
    table = run("closings", "show", "23", "2023-03").lines
    for _ in range(2):
        let_go(run, rules_file)
    assert run("closings", "list", "23", *NOW, "--format", "json").json == before
    after = run("closings", "show", "23", "2023-03").lines
    assert "The rows went on 2034-01-15 by the retention rules; sums and hash remain." in after
    assert set(table) <= set(after)


@pytest.mark.parametrize(
    "command",
    [
        ("close", "23", "2023-03"),
        ("restate", "23", "2023-03"),
        ("review", "show", "23", "2023-03"),
        ("explain", "--payer", "2326", "--month", "2023-03"),
        ("whatif", "23", "2023-03", "--agreement", "jamtland-harjedalen", "--agreement", "lus"),
        ("backtest", "23", "--from", "2023-02", "--to", "2023-04", "--agreement", "lus"),
    ],
    ids=lambda command: command[0],
)
def test_a_month_that_lost_details_is_not_computed(run: Run, rules_file: Path, command: tuple[str, ...]) -> None:
    let_go(run, rules_file)
    other = stay("e7", left="2023-05-04T10:00:00Z")
    lines = "\n".join(world.json_of(one).replace("2023-03", "2023-04") for one in other)
    assert run("ingest", "-", *NOW, given=lines.encode()).code == 0
    said = run(*command, *NOW).complaint
    assert said.startswith("details of 2023-03 in county 23 are gone by the retention rules")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "there are no retention rules"),
        (("--apply",), "--apply needs --plan DIGEST"),
        (("--plan", "x"), "--plan and --by belong to --apply"),
        (("--apply", "--plan", "x", "--by", "Anna", "--rules", "{}"), "not what plan x showed"),
        (("--apply", "--plan", "x", "--by", "19811218-9876", "--rules", "{}"), "--by"),
        (("--rules", "nowhere.toml"), "cannot be read"),
    ],
)
def test_wrong_use_is_said_in_a_line(run: Run, rules_file: Path, arguments: tuple[str, ...], says: str) -> None:
    said = run("retention", *(one.replace("{}", str(rules_file)) for one in arguments), *NOW).complaint
    assert says in said
    assert "9876" not in said


def test_the_environment_names_the_rules(run: Run, rules_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_RETENTION", str(rules_file))
    assert run("retention", *NOW).code == 0


def test_the_log_says_from_which_anchor_it_is_verified(run: Run, rules_file: Path) -> None:
    database = open_database(f"sqlite:///{rules_file.with_name('test.db')}")
    for _ in range(3):
        with database.writing() as session:
            reader = access_log.Reader("anna", "ward-1", "care planning")
            access_log.record(session, reader, action="episode", episode="e1", at=world.LONG_AGO)
    database.close()
    text = RULES.replace("episodes", "access_log").replace('"end"', '"read"').replace("closings", "episodes")
    rules_file.write_text(text.replace('"year_end"', '"end"').replace("keep_years = 7", "keep_years = 30"), "utf-8")
    told = let_go(run, rules_file)
    assert told["gone"] == {"episodes": 0, "closings": 0, "quarantine": 0, "forecasts": 0, "access_log": 2}
    assert "verified from anchor of 2034-01-15 (after row 2)" in run("access-log", "check").out
    assert run("access-log", "check", "--format", "json").json["anchor"] == told["anchor"]
