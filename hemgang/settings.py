"""The settings of an installation: every `HEMGANG_*` variable with its type, default and meaning; read at the edge.

`Settings` is a frozen value that is passed in; only `read_settings` and `examine_settings` look at an environment.
`hemgang.clock` alone reads its variable by itself, since the core may not depend on this module (docs/decisions/0021).
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from agreements.payers import municipalities
from hemgang.errors import ConfigurationError
from hemgang.messages.identity_numbers import holds_identity_number

PREFIX = "HEMGANG_"
DATA_HOME = "XDG_DATA_HOME"
"""The one variable of others that is read: where the user keeps data (XDG Base Directory Specification)."""
LOOPBACK = "127.0.0.1"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LONGEST_SHOWN = 60
HIGHEST_PORT = 65_535


class Address(NamedTuple):
    """Where something listens: an IP address and a port."""

    host: str
    port: int


class SettingsError(ConfigurationError):
    """The environment cannot be used; its text has one line for each of `faults`, and never the value of a secret."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def _variable(default: Any, means: str, right: str, *, secret: bool = False, **limits: Any) -> Any:
    """Declare a variable: its default (a function of those before it, or a value), its meaning, what may be written."""
    told: dict[str, Any] = {"right": right, "secret": secret}
    made = {"default_factory": default} if callable(default) else {"default": default}
    return Field(description=means, json_schema_extra=told, repr=not secret, **made, **limits)


def _database(value: object) -> object:
    if isinstance(value, str) and re.match(r"(sqlite|postgres(ql)?)(\+[a-z0-9]+)?:", value) is None:
        raise ValueError("no database that is known")
    return value


def _not_empty(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("empty")
    return value


def _counties(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = frozenset(part.strip() for part in value.split(",") if part.strip())
    if not named <= {one.county for one in municipalities().values()}:
        raise ValueError("no county")
    return named


def _addresses(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not all(one.startswith(("https://", "http://")) for one in value.split()):
        raise ValueError("no web address")
    return tuple(value.split())


def _listening(value: object) -> object:
    """Return an address from `9464`, `127.0.0.1:9464` or `[::1]:9464`; None from an empty text."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    found = re.fullmatch(r"(?:(?P<host>[^\[\]:]*|\[[0-9A-Fa-f:.]+\]):)?(?P<port>[0-9]{1,5})", value.strip())
    if found is None or int(found["port"]) > HIGHEST_PORT:
        raise ValueError("no address")
    host = (found["host"] or LOOPBACK).strip("[]")
    host = LOOPBACK if host == "localhost" else host
    ipaddress.ip_address(host)
    return Address(host, int(found["port"]))


def _empty_is_unset(value: object) -> object:
    return None if value == "" else value


def _log_level(value: object) -> object:
    return (value or "INFO").upper() if isinstance(value, str) else value


File = Annotated[Path, BeforeValidator(_not_empty)]
Optional = BeforeValidator(_empty_is_unset)


class Settings(BaseSettings):
    """Every setting of a process; made by `read_settings`, or from values alone, which looks at no environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    user_data: Annotated[Path, BeforeValidator(lambda value: value or Path.home() / ".local" / "share")] = Field(
        default_factory=lambda: Path.home() / ".local" / "share", validation_alias=DATA_HOME
    )
    database: Annotated[str, BeforeValidator(_not_empty), BeforeValidator(_database)] = _variable(
        lambda data: f"sqlite:///{data['user_data'] / 'hemgang' / 'hemgang.db'}",
        "the database's URL; tables are made and upgraded by themselves",
        "sqlite:///path/file.db or postgresql://user@host/name",
        secret=True,
    )
    directory: File | None = _variable(None, "TOML file of units, contacts and channels", "the path of a file")
    inbox: File | None = _variable(None, "folder where files of messages are laid", "the path of a folder")
    ladder: File | None = _variable(None, "TOML file of rungs; without it the shipped ladder", "the path of a file")
    retention: File | None = _variable(None, "TOML file of retention rules; without it all is kept", "a file's path")
    state: File = _variable(
        lambda data: data["user_data"] / "hemgang" / "state",
        "folder for what must outlive the database",
        "the path of a folder",
    )
    regions: Annotated[frozenset[str], NoDecode, BeforeValidator(_counties)] = _variable(
        frozenset(), "counties that this process works for; empty = all", "county codes of two digits, such as 22,23"
    )
    heartbeat_url: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_addresses)] = _variable(
        (),
        "addresses of watchers outside, called after each complete sweep",
        "addresses that each begin with https:// or http://, with blanks between",
        secret=True,
    )
    log: Annotated[Literal["json", "text"] | None, Optional] = _variable(
        None, "form of the log; without it text on a terminal and JSON elsewhere", "json or text"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_log_level)] = _variable(
        "INFO", "least level that is logged", f"one of {', '.join(LOG_LEVELS)}"
    )
    metrics: Annotated[Address | None, NoDecode, BeforeValidator(_listening)] = _variable(
        None,
        "where Prometheus metrics are served; without it nowhere",
        f"an address and a port, such as {LOOPBACK}:9464",
    )
    language: Annotated[Literal["sv", "en"] | None, Optional] = _variable(
        None, "language of commands and pages; without it the locale's", "sv or en"
    )
    scope: str = _variable(
        "all",
        "whose episodes commands show; empty shows nothing",
        "codes of counties, municipalities and payers, or all",
    )
    user: Annotated[str | None, Optional] = _variable(
        None, "who reads, for the access log; without it the user of the system", "a name"
    )
    unit: Annotated[str | None, Optional] = _variable(
        None, "the unit that reads, for the access log; without it `operator`", "a name"
    )
    traceback: bool = _variable(False, "shows the traceback of an internal error", "1 or 0")
    clock: File | None = _variable(None, "file with the instant of a virtual clock (demo and tests)", "a file's path")
    demo: File = _variable(Path("demo-output"), "folder of the demo, recreated each time", "the path of a folder")
    tick_seconds: float = _variable(
        2.0, "how often the engine looks (s)", "a number from 0.01 on", ge=0.01, allow_inf_nan=False
    )
    run_seconds: float = _variable(
        300.0, "how long each flow run lives (s)", "a number from 0.01 on", ge=0.01, allow_inf_nan=False
    )
    run_limit: int = _variable(
        3, "up to how many due discharges get a flow run each, a sweep", "a whole number from 0 on", ge=0
    )
    runs_at_once: int = _variable(1, "how many of those runs go on at a time", "a whole number from 1 on", ge=1)
    run_budget: int | None = _variable(
        None, "how many runs one watch may start; without it no limit", "a whole number from 0 on", ge=0
    )
    runs_a_second: float = _variable(
        0.5, "how many runs an engine starts on average (1/s)", "a number from 0 on", ge=0, allow_inf_nan=False
    )
    stand_in_seconds: float = _variable(
        5.0,
        "for how long no flow may have looked before the engine looks itself (s)",
        "a number from 0.01 on",
        ge=0.01,
        allow_inf_nan=False,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the call alone; an environment is read by `read_settings`."""
        return (init_settings,)

    @property
    def data_home(self) -> Path:
        """The user's data directory for hemgang (`XDG_DATA_HOME`, else `~/.local/share`)."""
        return self.user_data / "hemgang"

    def at(self, database: str | None = None, directory: Path | None = None) -> "Settings":
        """Return these settings with another database or directory, as far as one is named."""
        named = {"database": database, "directory": directory}
        return self.model_copy(update={name: value for name, value in named.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Examined:
    """What an environment says: settings, with defaults where a value is faulty, the faults, and what nothing reads.

    `faults`: by variable, one line each. `unknown`: names of variables with our prefix that are none of ours.
    """

    settings: Settings
    faults: Mapping[str, str]
    unknown: tuple[str, ...]


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment (None = this process's).

    Raises:
        SettingsError: values cannot be used; tells all of them, one line each.
    """
    found = examine_settings(environment)
    if found.faults:
        raise SettingsError(found.faults.values())
    return found.settings


def examine_settings(environment: Mapping[str, str] | None = None) -> Examined:
    """Return what an environment says (None = this process's), whether it can be used or not."""
    here = dict(os.environ if environment is None else environment)
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): here[name] for name in (*VARIABLES, DATA_HOME) if name in here}
    values = source()
    unknown = tuple(sorted(name for name in here if name.upper().startswith(PREFIX) and name not in VARIABLES))
    try:
        return Examined(Settings(**values), {}, unknown)
    except ValidationError as wrong:
        named = [str(one["loc"][0]) for one in wrong.errors(include_input=False, include_url=False)]
        fields = dict.fromkeys(field for field in named if field in values)  # a default that hangs on one is no fault
    faults = {variable(field): _fault(field, here.get(variable(field), "")) for field in fields}
    return Examined(Settings(**{name: value for name, value in values.items() if name not in fields}), faults, unknown)


def variable(field: str) -> str:
    """Return the variable that holds a field of `Settings`."""
    return f"{PREFIX}{field.upper()}"


def nearest(name: str) -> str | None:
    """Return the variable that is most like a name, None where none is."""
    return next(iter(get_close_matches(name.upper(), VARIABLES, n=1)), None)


def _fault(field: str, value: str) -> str:
    """Return the line of a fault: the variable, its value unless that is secret or may be a person's, what is right."""
    told: Any = VARIABLES[variable(field)].json_schema_extra
    if not value.strip():
        return f"{variable(field)}: it is set and empty; write {told['right']}, or unset it"
    hidden = told["secret"] or not value.isprintable() or len(value) > LONGEST_SHOWN or holds_identity_number(value)
    return f"{variable(field)}: {'its value' if hidden else value} cannot be used; write {told['right']}"


VARIABLES: Mapping[str, FieldInfo] = {
    variable(name): field for name, field in Settings.model_fields.items() if field.validation_alias is None
}
"""Every variable that hemgang reads, with its declaration."""
