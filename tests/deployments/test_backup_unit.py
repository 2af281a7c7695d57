"""The nightly backup's own commands, given as systemd gives them: written, read back, then what is old is deleted."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from hemgang.store.database import open_database, upgrade
from tests.deployments.shapes import FOLDER, TIMED, unit

HEMGANG = Path(sys.executable).with_name("hemgang")
DAY_S = 86_400.0


def night(folder: Path, url: str) -> int:
    """Give the unit's commands one after the other as systemd does; return the code of the first that fails, or 0."""
    [path] = TIMED
    for name, value in unit(path)["Service"]:
        if name == "ExecStart":
            told = value.replace("$$", "$").replace("%%", "%").replace("/opt/hemgang/bin/hemgang", str(HEMGANG))
            environment = os.environ | {"HEMGANG_DATABASE": url}
            done = subprocess.run(shlex.split(told), cwd=folder, env=environment, capture_output=True, check=False)
            if done.returncode != 0:
                return done.returncode
    return 0


def lay(folder: Path, name: str, *, days_old: float) -> Path:
    path = folder / name
    path.write_bytes(b"old")
    then = path.stat().st_mtime - days_old * DAY_S
    os.utime(path, (then, then))
    return path


def test_a_night_writes_a_dated_backup_and_deletes_only_what_is_old(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hemgang.db'}"
    database = open_database(url)
    upgrade(database)
    database.close()
    folder = tmp_path / "backups"
    folder.mkdir()
    old = lay(folder, "hemgang-2020-01-01T011000Z.backup", days_old=40)
    left = lay(folder, "hemgang-2020-01-01T011000Z.backup.part", days_old=3)
    young = lay(folder, "hemgang-2020-02-01T011000Z.backup", days_old=20)
    other = lay(folder, "notes.txt", days_old=400)
    assert night(folder, url) == 0
    assert not old.exists()
    assert not left.exists()
    assert young.exists()
    assert other.exists()
    [made] = set(folder.glob("hemgang-*.backup")) - {young}
    assert made.name > young.name
    assert made.stat().st_mode & 0o077 == 0


def test_a_night_without_a_backup_deletes_nothing(tmp_path: Path) -> None:
    old = lay(tmp_path, "hemgang-2020-01-01T011000Z.backup", days_old=40)
    assert night(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2") != 0
    assert old.exists()


def test_the_timer_is_for_the_unit_of_its_name_and_makes_up_for_a_missed_night() -> None:
    assert [path.name for path in TIMED] == ["hemgang-backup.service"]
    assert dict(unit(FOLDER / "systemd" / "hemgang-backup.timer")["Timer"])["Persistent"] == "true"
