"""A backup that was damaged, cut off, forged or never one: found before anything is touched, said in one line."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from hemgang.errors import HemgangError
from hemgang.services.backup import restore, verify
from hemgang.store.backup.format import BackupError
from tests.store.backups import GOLDEN, NOW, rows_in


def flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def hole(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 600)]


@pytest.mark.parametrize("harm", [flip, cut, hole])
def test_every_damage_is_found_or_does_no_harm(
    harm: Callable[[bytearray, random.Random], None], tmp_path: Path
) -> None:
    """Bits and holes anywhere: what is read is what was written, or one line says that the file is damaged."""
    whole, content = verify(GOLDEN), rows_in(GOLDEN)
    chance, found = random.Random(f"damage/{harm.__name__}"), 0  # noqa: S311  no secret
    for number in range(100):
        data = bytearray(GOLDEN.read_bytes())
        harm(data, chance)
        hurt = tmp_path / f"{number}"
        hurt.write_bytes(data)
        try:
            assert verify(hurt) == whole
            assert rows_in(hurt) == content
        except BackupError:
            found += 1
    assert found > 85


def forged(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the golden backup anew with its members changed, so that the archive itself is whole."""
    with ZipFile(GOLDEN) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def manifest(**changed: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | changed).encode()

    return change


def a_row_less(members: dict[str, bytes]) -> None:
    members["alert.ndjson"] = members["alert.ndjson"].split(b"\n", 1)[1]


def another_word(members: dict[str, bytes]) -> None:
    members["access.ndjson"] = members["access.ndjson"].replace(b"reader 1", b"reader 9")


def a_part_more(members: dict[str, bytes]) -> None:
    members["evil.ndjson"] = b""


def a_part_less(members: dict[str, bytes]) -> None:
    del members["rung.ndjson"]


def no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


FORGERIES = [
    (a_row_less, "damaged: alert.ndjson is not what its manifest says"),
    (another_word, "damaged: access.ndjson is not what its manifest says"),
    (a_part_more, "its parts are not those of its manifest"),
    (a_part_less, "its parts are not those of its manifest"),
    (no_manifest, "no backup of hemgang"),
    (manifest(kind="something else"), "no backup of hemgang"),
    (manifest(tables=None), "manifest is damaged"),
    (manifest(made_at="yesterday"), "manifest is damaged"),
    (manifest(format=2), "format 2, which this hemgang cannot read: upgrade"),
    (manifest(revision="9999"), "version 9999, which this hemgang does not know: upgrade"),
    (manifest(revision="0003"), "not those of version 0003"),
]


@pytest.mark.parametrize(("change", "says"), FORGERIES, ids=[says for _, says in FORGERIES])
def test_what_is_not_a_whole_backup_of_a_known_version_touches_nothing(
    change: Callable[[dict[str, bytes]], None], says: str, tmp_path: Path
) -> None:
    target = tmp_path / "new.db"
    with pytest.raises(HemgangError, match=says):
        restore(f"sqlite:///{target}", forged(tmp_path / "b", change), by="x", now=NOW)
    assert not target.exists()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    for number, text in enumerate((b"", b"PK\x05\x06" + bytes(18), b"{}", GOLDEN.read_bytes()[:4000])):
        (tmp_path / str(number)).write_bytes(text)
        with pytest.raises(BackupError, match="no backup of hemgang"):
            verify(tmp_path / str(number))
