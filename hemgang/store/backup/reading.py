"""Reads a backup: its manifest, and each part line by line, held against the manifest's counts and hashes."""

import errno
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from hemgang.store.backup import manifest as told
from hemgang.store.backup.errors import BackupError
from hemgang.store.backup.manifest import Manifest, Part

LONGEST_MANIFEST = 1 << 20
LONGEST_LINE = 1 << 28
"""Bytes of one row: a closed month with its whole ledger has some million."""

BUFFER = 1 << 20

_DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
"""What Python's reading of archives raises where a byte is wrong."""


@dataclass(frozen=True, slots=True)
class Backup:
    """An opened backup."""

    manifest: Manifest
    archive: ZipFile

    def lines(self, part: Part) -> Iterator[bytes]:
        """Yield the rows of a part as lines, each ended by a line feed.

        Raises:
            BackupError: at the end, or before: it is not what the manifest says.
        """
        digest, rows = hashlib.sha256(), 0
        with _damage_told(), self.archive.open(part.name) as member:
            reader = io.BufferedReader(cast("io.RawIOBase", member), BUFFER)
            while line := reader.readline(LONGEST_LINE):
                digest.update(line)
                rows += 1
                yield line
        if rows != part.rows or digest.hexdigest() != part.sha256:
            raise BackupError(f"the backup is damaged: {part.name} is not what its manifest says")

    def verify(self) -> None:
        """Read everything once.

        Raises:
            BackupError: a part is damaged.
        """
        for part in self.manifest.parts:
            for _ in self.lines(part):
                pass


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Open a backup and read its manifest; what is found wrong with it, then or later in the block, names the file.

    Raises:
        BackupError: the file is no backup, is cut off, or has other parts than its manifest says.
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _read(file)
    except BackupError as error:
        raise BackupError(f"{path}: {error}") from error


def _read(file: IO[bytes]) -> Iterator[Backup]:
    try:
        archive = ZipFile(file)
    except _DAMAGE as error:
        raise BackupError("this is no backup of hemgang, or it is cut off") from error
    with archive:
        manifest = _manifest(archive)
        expected = sorted([told.NAME, *(part.name for part in manifest.parts)])
        members = archive.infolist()
        if sorted(member.filename for member in members) != expected:
            raise BackupError("the backup is damaged: its parts are not those of its manifest")
        if any(member.compress_type != ZIP_DEFLATED for member in members):
            raise BackupError("the backup is damaged: a part is not written as backups are")
        yield Backup(manifest, archive)


def _manifest(archive: ZipFile) -> Manifest:
    with _damage_told():
        if told.NAME not in archive.namelist() or archive.getinfo(told.NAME).file_size > LONGEST_MANIFEST:
            raise BackupError("this is no backup of hemgang")
        text = archive.read(told.NAME).decode()
    return told.from_text(text)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise BackupError("the backup is damaged") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise BackupError("the backup is damaged: a part begins before the file does") from error
