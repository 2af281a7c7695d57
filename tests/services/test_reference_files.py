"""Files of rules that change under a running engine: a good one is loaded, a broken or missing one leaves the last."""

import shutil
from pathlib import Path

import pytest

from agreements.tomlfile import SHIPPED
from hemgang.duties.escalation_config import SHIPPED as SHIPPED_LADDER
from hemgang.services.installation import ReferenceChange, ReferenceFile, WatchedReferenceData
from tests.services.post import small_directory


class Watched:
    """The rules over real files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.paths = {
            ReferenceFile.DIRECTORY: small_directory(folder, 25),
            ReferenceFile.LADDER: folder / "ladder.toml",
            ReferenceFile.RATES: folder / "agreements" / "rates.toml",
        }
        shutil.copytree(SHIPPED, folder / "agreements")
        shutil.copy(SHIPPED_LADDER, self.paths[ReferenceFile.LADDER])
        self.current = WatchedReferenceData(
            directory=self.paths[ReferenceFile.DIRECTORY],
            ladder=self.paths[ReferenceFile.LADDER],
            agreements=folder / "agreements",
            every_s=0.0,
        )

    def part(self, kind: ReferenceFile) -> object:
        return getattr(self.current.rules, kind.value)

    def looked(self) -> ReferenceChange:
        """Look twice: the first look sees a change, the second loads it."""
        assert self.current.look_again() == ReferenceChange()
        return self.current.look_again()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_files_that_do_not_change_are_not_loaded_again(watched: Watched) -> None:
    before = watched.current.rules
    assert watched.looked() == ReferenceChange()
    assert watched.current.rules is before


@pytest.mark.parametrize("kind", ReferenceFile)
def test_a_changed_file_is_loaded_and_the_others_stay(watched: Watched, kind: ReferenceFile) -> None:
    before = {one: watched.part(one) for one in ReferenceFile}
    path = watched.paths[kind]
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert watched.looked() == ReferenceChange(loaded=(kind,))
    assert {one for one in ReferenceFile if watched.part(one) is not before[one]} == {kind}
    assert watched.looked() == ReferenceChange()


@pytest.mark.parametrize("kind", ReferenceFile)
@pytest.mark.parametrize("text", ["[[broken", "unknown = 1\n", None])
def test_a_file_that_breaks_or_vanishes_leaves_the_last_good_one_until_it_comes_back(
    watched: Watched, kind: ReferenceFile, text: str | None
) -> None:
    path, before = watched.paths[kind], watched.part(kind)
    good = path.read_text(encoding="utf-8")
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    assert watched.looked() == ReferenceChange(failed=(kind,))
    assert watched.part(kind) is before
    assert watched.current.broken == {kind}
    path.write_text("[[broken in another way", encoding="utf-8")
    assert watched.looked() == ReferenceChange(), "it was said before"
    assert watched.current.broken == {kind}
    path.write_text(good, encoding="utf-8")
    assert watched.looked() == ReferenceChange(loaded=(kind,))
    assert watched.part(kind) == before
    assert watched.current.broken == frozenset()


def test_a_broken_file_does_not_keep_another_from_being_loaded(watched: Watched) -> None:
    watched.paths[ReferenceFile.LADDER].unlink()
    rates = watched.paths[ReferenceFile.RATES]
    rates.write_text(rates.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert watched.looked() == ReferenceChange(loaded=(ReferenceFile.RATES,), failed=(ReferenceFile.LADDER,))


def test_a_file_that_is_still_being_written_is_not_read(watched: Watched) -> None:
    path = watched.paths[ReferenceFile.LADDER]
    good = path.read_text(encoding="utf-8")
    for half in (good[:40], good[:80], good):
        path.write_text(half, encoding="utf-8")
        assert watched.current.look_again() == ReferenceChange()
    assert watched.current.look_again().failed == ()
    assert watched.current.broken == frozenset()


def test_an_address_file_that_the_directory_names_is_watched_with_it(tmp_path: Path) -> None:
    directory = small_directory(tmp_path, 25)
    lines = directory.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("url = "))
    address = tmp_path / "address"
    address.write_text(lines[first].partition("=")[2].strip().strip("\"'"), encoding="utf-8")
    lines[first] = 'url_file = "address"'
    directory.write_text("\n".join(lines), encoding="utf-8")
    current = WatchedReferenceData(directory=directory, every_s=0.0)
    address.unlink()
    current.look_again()
    assert current.look_again() == ReferenceChange(failed=(ReferenceFile.DIRECTORY,))
