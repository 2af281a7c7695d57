"""`hemgang backup` and `hemgang restore`: what is said, exit codes, and one line for whatever is wrong."""

import sqlite3
import stat
from pathlib import Path

import pytest

from tests.cli.documented import differences, documented
from tests.cli.running import Run, message, write
from tests.store.backups import GOLDEN


@pytest.fixture
def new(tmp_path: Path) -> str:
    """Return the URL of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.fixture
def file(stored: Path, tmp_path: Path, run: Run) -> Path:
    """Return a backup of the stored examples."""
    assert stored.exists()
    assert run("backup", str(tmp_path / "kept.backup")).code == 0
    return tmp_path / "kept.backup"


def test_json_is_as_documented(file: Path, new: str, run: Run) -> None:
    whole = run("backup", "--verify", str(file), "--format", "json")
    assert differences(documented("hemgang backup"), whole.json, "backup") == []
    done = run("restore", str(file), "--database", new, "--format", "json")
    assert differences(documented("hemgang restore"), done.json, "restore") == []
    assert {name: done.json[name] for name in ("tables", "made_at")} == {
        name: whole.json[name] for name in ("tables", "made_at")
    }
    golden = run("restore", str(GOLDEN), "--database", f"{new}.golden", "--format", "json")
    assert (golden.code, golden.json["closings"]) == (0, {"versions": 6, "broken": []})


def test_a_file_says_what_is_in_it_and_only_its_owner_reads_it(file: Path, run: Run) -> None:
    shown = run("backup", "--verify", str(file))
    assert shown.code == 0
    assert any(line.split() == ["access", "0"] for line in shown.lines)
    assert str(file) in "".join(shown.out.split())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_a_restore_it_says_what_to_do_and_nothing_is_sent(file: Path, new: str, run: Run) -> None:
    done = run("restore", str(file), "--database", new)
    assert done.code == 0
    assert "held: nothing goes out until you say so" in done.out
    commands = [line.partition("hemgang ")[2].split("  ")[0] for line in done.lines if "hemgang " in line]
    assert {"sending status", "sending release --by NAME"} <= set(commands)
    assert run("sending", "status", "--database", new, "--format", "json").json["held"] is True


def test_what_is_handed_in_again_is_duplicate_and_what_came_since_is_new(
    file: Path, new: str, run: Run, tmp_path: Path
) -> None:
    run("restore", str(file), "--database", new)
    again = message("x1-1", "x1", "admitted", "2023-12-20T10:00", region="23", municipality="2380", care="somatic")
    since = message("n-1", "n", "admitted", "2024-01-20T10:00", region="23", municipality="2380", care="somatic")
    shown = run("ingest", str(write(tmp_path / "again.ndjson", again, since)), "--database", new, "--format", "json")
    assert (shown.json["duplicate"], shown.json["accepted"]) == (1, 1)


def test_what_did_not_hold_together_is_told_by_the_exit_code(file: Path, new: str, run: Run, stored: Path) -> None:
    run("episode", "x1")
    with sqlite3.connect(stored) as connection:
        connection.execute("DROP TRIGGER access_no_UPDATE")
        connection.execute("UPDATE access SET who = 'nobody'")
    forged = file.with_name("forged.backup")
    run("backup", str(forged))
    done = run("restore", str(forged), "--database", new)
    assert done.code == 1
    assert "BROKEN: row 1 does not follow" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("backup", "{file}"), "is there already; a backup is never written over"),
        (("backup", "{folder}/no/such/folder"), "No such file or directory"),
        (("backup", "{folder}/b", "--database", "sqlite:///{folder}/nothing.db"), "there is no database"),
        (("backup", "{folder}/b", "--database", "oracle://x"), "database URL not understood"),
        (("--scope", "23", "backup", "{folder}/b"), "a backup holds everything"),
        (("backup", "--verify", "{folder}/test.db"), "no backup of hemgang"),
        (("backup", "--verify", "{folder}/none"), "No such file or directory"),
        (("restore", "{folder}/test.db", "--database", "{new}"), "no backup of hemgang"),
        (("restore", "{file}"), "holds something already"),
        (("restore", "{file}", "--database", "postgresql://nobody@127.0.0.1:1/none"), "Connection refused"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    arguments: tuple[str, ...], says: str, file: Path, new: str, run: Run, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    given = [one.format(file=file, folder=tmp_path, new=new) for one in arguments]
    assert says in run(*given).complaint
    assert sorted(tmp_path.iterdir()) == before


def test_no_secret_of_a_url_is_repeated(file: Path, run: Run) -> None:
    told = run("restore", str(file), "--database", "postgresql://nobody:hunter2@127.0.0.1:1/none").complaint
    assert "hunter2" not in told
