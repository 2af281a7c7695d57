"""Delivery and the inbox as flows: what is released is sent, what lies there is taken in or refused."""

import shutil
from pathlib import Path

import pytest

from deployments.demo.report import mail_receiver
from flows.sweeps import deliver, ingest_inbox
from flows.watch import watch
from hemgang.simulate import demo_directory
from tests.prefect.installed import EXAMPLE, Runs, Site, ended

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def test_deliver_sends_what_the_watch_released(
    site: Site, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_receiver(tmp_path / "mail") as (host, port, mails):
        directory = tmp_path / "directory.toml"
        directory.write_text(demo_directory(host, port), encoding="utf-8")
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(directory))
        with site.opened():
            ended(watch(run_limit=0, return_state=True))
            [pending] = site.ask("SELECT count(*) FROM alert WHERE state = 'pending'")
            state = ended(deliver(return_state=True))
    messages = site.ask("SELECT outcome FROM attempt")
    assert pending > 0
    assert mails.count == len(messages)
    assert set(messages) == {"delivered"}
    assert site.ask("SELECT count(*) FROM alert WHERE state = 'pending'") == [0]
    assert state.message == f"{mails.count} delivered, 0 failed, 0 unknown"
    assert f'"alerts": {pending}' in runs.artifact("deliver")


def test_the_inbox_is_taken_in_and_a_bad_file_put_aside(site: Site, runs: Runs) -> None:
    shutil.copy(EXAMPLE.with_name("jamtland-exempel-2.ndjson"), site.inbox / "second.ndjson")
    (site.inbox / "bad.csv").write_text("what;is;this\n1;2;3\n", encoding="utf-8")
    (site.inbox / "not-yet.part").write_text("{}\n", encoding="utf-8")
    [known] = site.ask("SELECT count(*) FROM message")
    state = ended(ingest_inbox(return_state=True))
    [now_known] = site.ask("SELECT count(*) FROM message")
    assert (state.name, state.message) == ("Taken", f"2 files: {now_known - known} messages accepted, 1 files refused")
    assert now_known > known
    assert lies_in(site.inbox) == ["not-yet.part", "refused/bad.csv", "taken/second.ndjson"]
    assert "second" not in runs.artifact("inbox")
    assert "jh2" not in runs.artifact("inbox")


def test_a_file_left_half_taken_is_taken_again(site: Site, runs: Runs) -> None:
    (site.inbox / "taking").mkdir()
    shutil.copy(EXAMPLE, site.inbox / "taking" / "first.ndjson")
    state = ended(ingest_inbox(return_state=True))
    assert state.message == "1 files: 0 messages accepted, 0 files refused"
    assert lies_in(site.inbox) == ["taken/first.ndjson"]
    assert runs.of("ingest-inbox")


def lies_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
