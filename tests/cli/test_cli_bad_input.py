"""Bad input of every kind: one line that says what to write instead, exit code 2, and nothing done."""

from pathlib import Path

import pytest

from tests.cli.running import EXAMPLE_1, Run

JANUARY = ("--now", "2024-02-01T08:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ingest", "{tmp}"), "{tmp} cannot be read: Is a directory"),
        (("ingest", "{tmp}/head.csv"), "the CSV header lacks the columns id, episode, type, at"),
        (("ingest", "{tmp}/19121212-1212.ndjson"), "the file (its name may be an identity number) cannot be read"),
        (("replay", "{tmp}/none", "--until", "2023-04-01"), "{tmp}/none cannot be read: No such file or directory"),
        (("replay", str(EXAMPLE_1), "--until", "soon"), "--until: 'soon' is not a time; write 2023-03-05T14:00"),
        (("duties", "--at", "2023-13-01T00:00"), "--at: '2023-13-01T00:00' is not a time"),
        (("duties", "--at", "1812-01-01"), "--at: '1812-01-01' is not a time"),
        (("duties", "--at", "2023-03-26T02:30"), "--at: 2023-03-26T02:30 never is in Stockholm"),
        (
            ("duties", "--now", "19121212-1212"),
            "--now: '(withheld: it is shaped like an identity number)' is not a time",
        ),
        (("duties", "--status", "late"), "--status: 'late' is not one of open, met, met_late, missed, void"),
        (("duties", "--episode", "nobody"), "nothing is stored of episode 'nobody'"),
        (("duties", "--why", "about 191212121212"), "--why: part of it is shaped like an identity number"),
        (("duties", "--why", " "), "--why: write 1 to 200 characters"),
        (("duties", "--directory", "{tmp}/none.toml"), "{tmp}/none.toml: cannot be read: No such file"),
        (("duties", "--directory", "{tmp}/head.csv"), "{tmp}/head.csv:1: is not valid TOML"),
        (("episodes", "--region", "Mordor"), "there is no region 'Mordor'"),
        (("episodes", "--state", "gone"), "--state: 'gone' is not one of unopened, admitted, planning"),
        (("episode", "nobody"), "nothing is stored of episode 'nobody'"),
        (("explain", "nobody"), "nothing is stored of episode 'nobody'"),
        (("explain", "jh1-02", "--date", "2023-02-30"), "--date: '2023-02-30' is not a date; write YYYY-MM-DD"),
        (("close", "99", "2023-03"), "there is no region '99'"),
        (("close", "23", "2023-13"), "'2023-13' is not a month: write YYYY-MM"),
        (("close", "23", "March"), "'March' is not a month: write YYYY-MM"),
        (("close", "23", "2023-03", "--payer", "9999"), "there is no municipality '9999'"),
        (("close", "23", "2023-03", "--as-of", "x"), "--as-of: 'x' is not a time"),
        (("close", "23", "2023-03", "--commit"), "--commit needs --by NAME"),
        (("close", "23", "2023-03", "--by", "A. Ek"), "--by, --attest and --decision belong to --commit"),
        (
            ("close", "23", "2024-01", *JANUARY),
            "agreements/rates.toml: no amount a care day is known for 2024; add [[rate]]",
        ),
        (("acknowledge", "7K3M-Q9TB-2XWD", "--by", "B"), "no alert has the reference '7K3M-Q9TB-2XWD'"),
        (
            ("acknowledge", "7K3M-Q9TB-2XWD", "--by", "191212-1212"),
            "--by: part of it is shaped like an identity number",
        ),
        (("calendar", "planning-start", "2018-03-25T02:30"), "TIME: 2018-03-25T02:30 never is in Stockholm"),
        (
            ("calendar", "planning-start", "2018-03-29T18:05", "--agreement", "no"),
            "there is no agreement 'no'; known are",
        ),
        (("agreements", "show", "nothing"), "there is no agreement 'nothing'; known are"),
        (
            ("agreements", "show", "jamtland-harjedalen", "--date", "2018-12-31"),
            "agreement jamtland-harjedalen: agreement is not in force on 2018-12-31; it holds from 2019-01-01",
        ),
        (("agreements", "check", "--sources", "{tmp}/none"), "no source texts in {tmp}/none"),
        (("quarantine", "list", "--code", "bad"), "--code: 'bad' is not one of duplicate, conflicting"),
        (
            ("simulate", "23", "--from", "2023-03-31", "--to", "2023-03-01"),
            "the span ends on 2023-03-01, before it starts",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("stored")
def test_bad_input_is_one_line(arguments: tuple[str, ...], said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "head.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    complaint = run(*(argument.format(tmp=tmp_path) for argument in arguments)).complaint
    assert complaint.startswith(said.format(tmp=tmp_path))
    assert "1212" not in complaint.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "database URL not understood; use sqlite:///path/to/file.db or postgresql://"),
        ("mysql://u:secret@h/x", "database URL not understood"),
        ("sqlite:///{tmp}", "database sqlite:///{tmp}: unable to open database file"),
        ("sqlite:///{tmp}/text", "database sqlite:///{tmp}/text: file is not a database"),
        ("postgresql://u:secret@localhost:1/x", "database postgresql://u:***@localhost:1/x: connection failed"),
    ],
)
@pytest.mark.parametrize("command", ["episodes", "ingest"])
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    command: str, url: str, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no database at all, " * 100, encoding="utf-8")
    file = (str(EXAMPLE_1),) if command == "ingest" else ()
    complaint = run(command, *file, "--database", url.format(tmp=tmp_path)).complaint
    assert complaint.startswith(said.format(tmp=tmp_path))
    assert "secret" not in complaint


def test_a_database_that_cannot_be_made_is_one_line(run: Run) -> None:
    said = run("ingest", str(EXAMPLE_1), "--database", "sqlite:////proc/nowhere/x.db").complaint
    assert said == "/proc/nowhere: No such file or directory"


def test_a_database_that_fails_halfway_is_one_line(stored: Path, run: Run) -> None:
    content = bytearray(stored.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    stored.write_bytes(bytes(content))
    assert run("episodes").complaint.startswith("database")


def test_a_broken_virtual_clock_is_said_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_CLOCK", str(tmp_path / "clock"))
    assert "No such file" in run("episodes").complaint
    (tmp_path / "clock").write_text("2023-03-01T08:00", encoding="utf-8")
    assert run("episodes").complaint.startswith("HEMGANG_CLOCK: the virtual clock holds a time without an offset")


def test_an_hour_that_comes_twice_is_the_first_with_a_remark(run: Run) -> None:
    shown = run("calendar", "planning-start", "2023-10-29T02:30", "--format", "json")
    assert shown.code == 0
    assert "TIME: 2023-10-29T02:30 comes twice" in shown.err
    assert "2023-10-29T02:30:00+02:00" in shown.err
