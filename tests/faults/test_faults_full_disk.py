"""A full disk costs nothing that was acknowledged, and is said in one line; the check finds what would be lost."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from hemgang.errors import HemgangError
from hemgang.services.ingest import Report, ingest
from hemgang.store.database import FULL, Database, open_database
from tests.cli.running import EXAMPLE_1, in_process
from tests.faults import fault_full_disk
from tests.faults.fault_full_disk import Tally
from tests.faults.scenarios.scenario import first_start
from tests.faults.scenarios.small_disk import SmallDisk, small_disk
from tests.services.walking import take

pytestmark = pytest.mark.faults


def test_a_disk_may_fill_up_again_and_again() -> None:
    measured = fault_full_disk.measure(15, seed=1)
    assert not measured.broken
    assert int(measured.figures["times full"]) >= 15
    assert int(measured.figures["steps that failed"]) > 0


@pytest.mark.parametrize("own", [None, False], ids=["a disk of its own", "a limit on files"])
@pytest.mark.parametrize("leave", [0, 64 * 1024], ids=["nothing left", "little left"])
def test_the_command_line_says_so_in_a_line_and_takes_the_file_later(
    tmp_path: Path, own: bool | None, leave: int
) -> None:
    example = EXAMPLE_1.read_text(encoding="utf-8")
    lines = [line for again in range(8) for line in example.replace('"jh1-', f'"copy{again}-').splitlines()]
    (tmp_path / "many.ndjson").write_text("\n".join(lines), encoding="utf-8")
    with small_disk(tmp_path / "disk", own=own) as disk:
        url = f"sqlite:///{disk.folder / 'hemgang.db'}"
        database = open_database(url)
        first_start(database)
        database.close()
        words = ("ingest", str(tmp_path / "many.ndjson"), "--database", url)
        disk.fill(leave)
        said = in_process(*words).complaint
        disk.make_space()
        assert said.endswith(FULL if disk.own and leave else "the disk may be full")
        done = in_process(*words, "--format", "json")
        assert done.code == 0
        assert (done.json["accepted"], done.json["duplicate"]) == (len(lines), 0)


def broken(folder: Path) -> list[str]:
    """Return what the check says of this engine on a disk that fills up."""
    tally = Tally()
    with small_disk(folder / "disk") as disk:
        fault_full_disk.rounds(folder, disk, _url_on(disk), 40, tally, seed=1)
    return tally.broken


def _url_on(disk: SmallDisk) -> Callable[[str], str]:
    return lambda name: f"sqlite:///{disk.folder}/{name}.db"


def test_it_finds_a_message_that_is_acknowledged_though_it_was_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_mind(database: Database, line: str, *, now: datetime) -> Report:
        try:
            return take(database, line, now=now)
        except Exception:
            return Report(accepted=1)

    monkeypatch.setattr("tests.faults.fault_full_disk.take", never_mind)
    assert "an acknowledged message is not stored" in broken(tmp_path)


def test_it_finds_a_file_that_is_refused_because_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(database: Database, *given: object, **more: object) -> Report:
        try:
            return ingest(database, *given, **more)  # type: ignore[arg-type]
        except Exception as error:
            raise HemgangError("no") from error

    monkeypatch.setattr("hemgang.services.inbox.ingest", give_up)
    assert "a file was refused" in broken(tmp_path)
