"""A disk that fills up: a file system of its own where the machine allows one, else a limit on the size of files."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 4096
SIZE_MIB = 96


@dataclass
class SmallDisk:
    """A folder on a disk that can be filled; `own` = a file system of its own, else files of this process cannot grow.

    Only a file system of its own can be used by another user's processes.
    """

    folder: Path
    own: bool
    before: tuple[int, int] = field(default_factory=lambda: resource.getrlimit(resource.RLIMIT_FSIZE))

    @property
    def ballast(self) -> Path:
        """The file that fills it."""
        return self.folder / "ballast"

    def fill(self, leave: int) -> None:
        """Leave so many bytes free."""
        if self.own:
            free = shutil.disk_usage(self.folder).free
            with self.ballast.open("ab") as file:
                file.write(b"\0" * max(0, (free - leave) // BLOCK * BLOCK))
        else:
            largest = max((path.stat().st_size for path in self.folder.rglob("*") if path.is_file()), default=0)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest + leave, self.before[1]))

    def make_space(self) -> None:
        """Let there be room again."""
        if self.own:
            self.ballast.unlink(missing_ok=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@contextmanager
def small_disk(folder: Path, *, own: bool | None = None) -> Iterator[SmallDisk]:
    """Yield a small disk at a folder that is made for it; `own` None = a file system of its own if that can be had."""
    folder.mkdir(parents=True)
    mounted = own is not False and _mount(folder)
    disk = SmallDisk(folder, mounted)
    try:
        yield disk
    finally:
        disk.make_space()
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    """Put a file system in memory over the folder; False where this user or machine may not."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "hemgang-faults", str(folder)]
    try:
        return subprocess.run(words, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
