"""Directory files as they come: encodings, broken TOML, odd spacing, and what a good one holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from calendars.staffing import ALWAYS
from hemgang.duties.model import Role
from hemgang.episode.model import Episode
from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.directory import Directory
from hemgang.notifications.directory_config import DirectoryError, load_directory

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
GOOD = Path(__file__).with_name("good-directory.toml").read_text(encoding="utf-8")
ENVIRONMENT = {"VC_SMS": "json://127.0.0.1/hunter2", "EMPTY": " "}


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Directory:
    (tmp_path / "mail.secret").write_text("json://127.0.0.1/hunter2\n", encoding="utf-8")
    path = tmp_path / "directory.toml"
    path.write_text(text, encoding="utf-8")
    return load_directory(path, ENVIRONMENT if environ is None else environ)


def problems(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[tuple[int | None, str]]:
    with pytest.raises(DirectoryError) as refused:
        load(tmp_path, text, environ)
    assert len(str(refused.value).splitlines()) == len(refused.value.problems)
    assert "hunter2" not in str(refused.value) + repr(refused.value.problems)
    return [(problem.line, f"{problem.key}: {problem.message}") for problem in refused.value.problems]


def test_a_good_file_loads(tmp_path: Path) -> None:
    directory = load(tmp_path, GOOD)
    assert directory.channels["vc-mail"].url == SecretUrl("json://127.0.0.1/hunter2")
    assert directory.channels["vc-sms"].url == SecretUrl("json://127.0.0.1/hunter2")
    assert directory.parties["anna"].hours == directory.parties["vc"].hours
    assert directory.settings.digests == (time(7, 45), time(12, 45))


def test_a_file_saved_by_a_windows_editor_loads(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    (tmp_path / "mail.secret").write_bytes("\ufeffjson://127.0.0.1/\r\n".encode())
    path.write_bytes(("\ufeff" + GOOD.replace("\n", "\r\n")).encode())
    assert load_directory(path, ENVIRONMENT).channels["vc-mail"].url.reveal() == "json://127.0.0.1/"


def test_a_file_without_units_is_a_fault(tmp_path: Path) -> None:
    assert problems(tmp_path, "") == [
        (None, "operator: there is no [operator]; alarms about the alerts themselves would reach nobody"),
        (None, "unit: there is no [[unit]]; nobody would be told anything"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "begins"),
    [
        (GOOD.replace("[[unit]]", "[[unit]", 1), 7, "file: is not valid TOML: "),
        (GOOD + 'id = "twice"\n', 45, "file: is not valid TOML: "),
        (GOOD + "id = ", 45, "file: is not valid TOML: "),
        (GOOD + 'x = """\nno end', 46, "file: is not valid TOML: "),
    ],
)
def test_a_file_that_is_not_toml_names_the_line(tmp_path: Path, text: str, line: int, begins: str) -> None:
    ((found, said),) = problems(tmp_path, text)
    assert (found, said[: len(begins)]) == (line, begins)
    assert "at line" not in said


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_bytes(GOOD.replace('"boss"', '"Åsa"').encode("latin-1"))
    with pytest.raises(DirectoryError) as refused:
        load_directory(path, ENVIRONMENT)
    assert str(refused.value) == f"{path}:14: is not UTF-8; save the file with that encoding"


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_directory(tmp_path / "nowhere.toml", {})


def test_lines_are_right_behind_texts_comments_and_odd_spacing(tmp_path: Path) -> None:
    text = '[settings]\nlink = """\n[[unit]]\nhours = 1\n"""  # not a web address, and not a unit either\n'
    odd = GOOD.replace('[settings]\nlanguage = "en"\n', text)
    odd = odd.replace("[[unit]]\nid", "# [[unit]]\n  [[ unit ]]   # here\n  'id'", 1)
    odd = odd.replace('hours = "agreement"', '"hours"="never"')
    found = problems(tmp_path, odd)
    lines = odd.splitlines()
    assert [lines[(line or 0) - 1].split("=")[0].strip() for line, _ in found] == ["link", '"hours"']
    assert found[1][1].startswith('unit "vc".hours: ')


def test_a_table_written_in_one_line_has_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "directory.toml").write_text("")
    inline = (
        'operator = { channel = "it" }\n'
        'unit = [{ id = "a", kind = "ward", hours = "always", channel = "it" },\n'
        '  { id = "b", kind = "ward", hours = "never", channel = "it" }]\n'
        'channel = [{ id = "it", url = "json://127.0.0.1/" }]\n'
    )
    ((line, text),) = problems(tmp_path, inline)
    assert (line, text.partition(".hours: ")[0]) == (3, 'unit "b"')


def test_a_district_of_stockholm_has_its_own_intake(tmp_path: Path, episode: Episode) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(
        """
        [operator]
        channel = "it"
        [[unit]]
        id = "city"
        kind = "municipal"
        municipality = "0180"
        hours = "agreement"
        channel = "it"
        [[unit]]
        id = "district"
        kind = "municipal"
        municipality = "0180"
        district = "14"
        hours = "agreement"
        channel = "it"
        [[channel]]
        id = "it"
        url = "json://127.0.0.1/"
        """
    )
    loaded = load_directory(path, {})
    for payer, expected in (("0180", ["city"]), ("0180/14", ["district"]), ("0180/15", [])):
        paid = replace(episode, payers=(replace(episode.payers[0], payer=payer, since=date(2020, 1, 1)),))
        found = loaded.recipients(Role.MUNICIPAL_UNIT, Role.MUNICIPAL_UNIT, paid, AT)
        assert [recipient.id for recipient in found] == expected
    (operator,) = loaded.recipients(Role.OPERATOR, Role.WARD, episode, AT)
    assert (operator.id, operator.hours) == ("operator", ALWAYS)
