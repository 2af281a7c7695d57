"""`hemgang doctor` as a user gives it: exit codes, JSON, what it sends and what it never shows."""

import json
import re
import socket
from pathlib import Path

import pytest

from hemgang.doctor.directory import check_channels, send_test, socket_of
from hemgang.doctor.finding import Level
from hemgang.notifications.channels import Channel, SecretUrl
from hemgang.notifications.directory_config import load_directory
from hemgang.store.database import Database
from tests.cli.running import Run
from tests.services.post import Post

LINE = re.compile(r"(ok|warning|error) +\S.*  \S.*")


def test_an_installation_without_errors_ends_with_0_and_one_with_errors_with_1(embedded: Database, run: Run) -> None:
    well = run("doctor", "--database", embedded.url)
    assert (well.code, well.err) == (0, "")
    assert all(LINE.fullmatch(line) for line in well.lines)
    broken = run("doctor", "--database", "postgresql://anna:hemlig@127.0.0.1:1/x")
    assert (broken.code, broken.err) == (1, "")
    assert "hemlig" not in broken.out
    assert broken.lines[0].startswith("error    database  ")
    assert "  -> " in broken.lines[0]


def test_json_has_every_finding_with_its_level(embedded: Database, run: Run) -> None:
    shown = run("doctor", "--database", embedded.url, "--format", "json")
    assert shown.code == 0
    assert {tuple(one) for one in shown.json} == {("level", "name", "found", "do")}
    assert {one["level"] for one in shown.json} <= {*Level}
    assert len(shown.json) == len(run("doctor", "--database", embedded.url).lines)


def test_a_folder_that_is_not_there_is_wrong_use(run: Run, tmp_path: Path) -> None:
    assert "--backups" in run("doctor", "--backups", str(tmp_path / "no")).complaint


def test_a_test_message_goes_to_the_operator_only_and_only_on_request(
    embedded: Database, run: Run, directory: Path, post: Post
) -> None:
    asked = ("doctor", "--database", embedded.url, "--directory", str(directory))
    assert run(*asked, "--reach").code == 0
    assert post.mails == []
    shown = run(*asked, "--send-test")
    assert shown.code == 0
    (mail,) = post.mails
    assert mail.box == "operator"
    assert "provmeddelande" in mail.text
    assert f"reference {mail.reference}" in shown.out


def test_a_test_message_that_is_refused_is_an_error(directory: Path, post: Post) -> None:
    post.refusing.add("operator")
    finding = send_test(load_directory(directory, {}), now="2026-03-02")
    assert (finding.level, "refused" in str(finding.found)) == (Level.ERROR, True)


def test_no_address_is_ever_shown(embedded: Database, run: Run, directory: Path, post: Post) -> None:
    shown = run("doctor", "--database", embedded.url, "--directory", str(directory), "--reach", "--send-test")
    assert "example.invalid" not in shown.out
    assert str(post.port) not in shown.out


def channel(url: str) -> dict[str, Channel]:
    return {"c": Channel("c", SecretUrl(url))}


def test_a_server_that_answers_and_one_that_does_not(post: Post) -> None:
    assert [one.level for one in check_channels(channel(f"mailto://127.0.0.1:{post.port}?to=a@b"))] == [Level.OK]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
    (refused,) = check_channels(channel(f"json://127.0.0.1:{port}/secret"))
    assert (refused.level, str(refused.found)) == (Level.ERROR, "its server cannot be reached: connection refused")
    (unknown,) = check_channels(channel("jsons://nowhere.invalid/secret"))
    assert (unknown.level, str(unknown.found)) == (Level.ERROR, "its server cannot be reached: its name is not known")


def test_a_server_without_tls_where_tls_is_due_and_one_that_is_silent(post: Post) -> None:
    (plain,) = check_channels(channel(f"jsons://127.0.0.1:{post.port}/"), timeout_s=2.0)
    assert plain.level is Level.ERROR
    assert str(plain.found).removeprefix("its server cannot be reached: ") in {"no TLS", "no answer within 2 s"}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        (quiet,) = check_channels(channel(f"jsons://127.0.0.1:{silent.getsockname()[1]}/"), timeout_s=0.3)
    assert str(quiet.found) == "its server cannot be reached: no answer within 0.3 s"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("mailto://user:pass@mail.example.invalid?to=a@b", ("mail.example.invalid", 25, False)),
        ("mailtos://user:pass@mail.example.invalid:465?to=a@b", ("mail.example.invalid", 465, False)),
        (
            "mailtos://user:pass@example.invalid?smtp=relay.example.invalid&to=a@b",
            ("relay.example.invalid", 587, False),
        ),
        ("jsons://host/path", ("host", 443, True)),
        ("json://host:8080/path", ("host", 8080, False)),
        ("46elks://user:pass@+46700000000/+46700000001", ("api.46elks.com", 443, True)),
        ("syslog://", None),
        ("nonsense", None),
    ],
)
def test_where_an_address_leads(url: str, place: tuple[str, int, bool] | None) -> None:
    assert socket_of(SecretUrl(url)) == place


def test_the_documented_json_is_what_comes(embedded: Database, run: Run) -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    section = page.partition("\n## hemgang doctor\n")[2].partition("\n## ")[0]
    documented = json.loads(section.partition("```json\n")[2].partition("```")[0])
    shown = run("doctor", "--database", embedded.url, "--format", "json").json
    assert all(one.keys() == documented[0].keys() for one in shown)
