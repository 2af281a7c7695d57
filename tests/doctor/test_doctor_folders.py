"""What the doctor sees of folders and files: their age, their modes, what the directory names."""

import os
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from hemgang import clock
from hemgang.doctor.environment import STATE, gather_folders, judge_folders, named_variables
from tests.doctor.conftest import NOW


def test_folders_are_seen_with_old_files_modes_and_backups(tmp_path: Path, directory: Path) -> None:
    inbox, backups = tmp_path / "inbox", tmp_path / "backups"
    for folder in (inbox / "taking", inbox / "taken", inbox / "refused", backups):
        folder.mkdir(parents=True)
    for path, hours in ((inbox / "a.csv", 1), (inbox / "b.part", 9), (inbox / "taking" / "c.ndjson", 2)):
        path.write_text("x", encoding="utf-8")
        os.utime(path, (NOW.timestamp() - 3_600 * hours,) * 2)
    (inbox / "refused" / "d.csv").touch()
    for name, hours in (("old.backup", 50), ("new.backup", 30), ("newer.backup.part", 2), ("cut-off.backup", 1)):
        with ZipFile(backups / name, "w") as archive:
            archive.writestr("manifest.json", "{}")
        if name.startswith("cut"):
            (backups / name).write_bytes((backups / name).read_bytes()[:40])
        os.utime(backups / name, (NOW.timestamp() - 3_600 * hours,) * 2)
    directory.chmod(0o644)
    facts = gather_folders(
        inbox=inbox, places={"here": tmp_path, "there": backups}, directory=directory, backups=backups, now=NOW
    )
    assert facts.inbox is not None
    assert (facts.inbox.there, facts.inbox.writable, facts.inbox.one_system) == (True, True, True)
    assert (facts.inbox.waiting, facts.inbox.waiting_s) == (1, 3_600.0)
    assert (facts.inbox.taking, facts.inbox.taking_s) == (1, 7_200.0)
    assert facts.inbox.refused == 1
    assert facts.inbox.not_read == 1
    assert "inbox, not read" in {one.name for one in judge_folders(facts)}
    later = gather_folders(
        inbox=inbox, places={}, directory=None, backups=None, now=clock.machine_now() + timedelta(days=2)
    )
    assert later.inbox is not None
    assert later.inbox.refused == 0
    assert [disk.place for disk in facts.disks] == ["here"]
    assert facts.readable_by_all == ("the directory file",)
    assert facts.backups == (2, 108_000.0)
    directory.chmod(0o640)
    missing = gather_folders(inbox=tmp_path / "no", places={}, directory=directory, backups=inbox, now=NOW)
    assert missing.inbox is not None
    assert not missing.inbox.there
    assert (missing.readable_by_all, missing.backups) == ((), (0, 0.0))


def test_files_of_addresses_and_variables_of_addresses_are_known(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(
        '[[channel]]\nid = "a"\nurl_file = "a.url"\n[[channel]]\nid = "b"\nurl_env = "HEMGANG_SMS"\n', encoding="utf-8"
    )
    (tmp_path / "a.url").write_text("mailto://x", encoding="utf-8")
    (tmp_path / "a.url").chmod(0o644)
    facts = gather_folders(inbox=None, places={}, directory=path, backups=None, now=NOW)
    assert (facts.readable_by_all, facts.secrets) == (("the file of channel a",), 1)
    assert named_variables(path) == {"HEMGANG_SMS"}
    path.write_text("no TOML [", encoding="utf-8")
    assert named_variables(path) == frozenset()


def test_a_state_that_was_set_aside_is_an_error_until_it_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "seen-0123456789abcdef.json").touch()
    aside = tmp_path / "seen-0123456789abcdef.json.unreadable"
    named = []
    for change in (aside.touch, aside.unlink):
        change()
        facts = gather_folders(inbox=None, places={STATE: tmp_path}, directory=None, backups=None, now=NOW)
        named.append("state folder" in {one.name for one in judge_folders(facts)})
    assert named == [True, False]
