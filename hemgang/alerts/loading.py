"""Reads the directory of an installation from a TOML file and refuses it, with line and key, if anything is wrong.

Specification 3.5; how to write one is in docs/directory.md.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path

from agreements.toml_text import KeyPath, places_in
from hemgang.alerts.addresses import read_channel
from hemgang.alerts.channels import SecretUrl
from hemgang.alerts.directory import Directory, Language, Settings
from hemgang.alerts.joining import joined
from hemgang.alerts.parties import read_contact, read_operator, read_unit
from hemgang.alerts.send import why_unusable
from hemgang.alerts.tables import NO_LINE, DirectoryError, Problem, Table, TableLines, one_line

SETTINGS_KEYS = ("language", "link", "acknowledged_for_hours", "bundle_minutes", "digests")
TABLES = ("settings", "unit", "contact", "channel", "operator")

_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9_]+=)?")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def load_directory(
    path: Path, environ: Mapping[str, str], *, check: Callable[[SecretUrl], str | None] = why_unusable
) -> Directory:
    """Return the directory in a TOML file.

    Addresses named by `url_env` come from `environ`, those named by `url_file` from files beside the directory.
    `check` says why an address cannot be used; shipped is the sender's own.

    Raises:
        DirectoryError: the file cannot be read, or says something that cannot be; `problems` lists every fault.
    """
    text = _read(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise DirectoryError(path, [_syntax_problem(str(fault), text)]) from None
    problems: list[Problem] = []
    tables = _tables(content, places_in(text), problems)
    channels = [(table, read_channel(table, path.parent, environ, check)) for table in tables["channel"]]
    units = [(table, read_unit(table)) for table in tables["unit"]]
    by_id = {unit.id: unit for _, unit in units if unit}
    contacts = [(table, read_contact(table, by_id)) for table in tables["contact"]]
    settings = _settings(tables["settings"])
    operator = read_operator(tables["operator"], problems)
    directory = joined(settings, channels, [*units, *contacts], operator)
    if not tables["unit"]:
        problems.append(Problem(1, "there is no [[unit]]; nobody would be told anything"))
    if problems:
        raise DirectoryError(path, problems)
    return directory


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise DirectoryError(path, [Problem(NO_LINE, f"cannot be read: {fault.strerror}")]) from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise DirectoryError(path, [Problem(line, "is not UTF-8; save the file with that encoding")]) from None


def _syntax_problem(message: str, text: str) -> Problem:
    """Return a fault of the TOML itself; what the reader says never quotes a value."""
    at = _AT_LINE.search(message)
    line = int(at[1]) if at else len(text.splitlines()) or 1
    return Problem(line, f"is not TOML: {_AT_LINE.sub('', message)}")


def _tables(
    content: Mapping[str, object], places: Mapping[KeyPath, int], problems: list[Problem]
) -> dict[str, list[Table]]:
    """Return the tables by name, in the order of the file; a single table is a list of one."""
    found: dict[str, list[Table]] = {name: [] for name in TABLES}
    for name, value in content.items():
        line = places[(name,)]
        if name not in TABLES:
            known = ", ".join(TABLES)
            problems.append(Problem(line, one_line(f"[{name}]: unknown table; known are {known}")))
            continue
        rows = value if isinstance(value, list) else [value]
        single = name in {"settings", "operator"}
        if single is isinstance(value, list) or not all(isinstance(row, dict) for row in rows):
            wanted = f"[{name}]" if single else f"[[{name}]]"
            problems.append(Problem(line, f"{name}: is written {wanted}"))
            continue
        for number, row in enumerate(rows):
            place: KeyPath = (name,) if single else (name, number)
            found[name].append(Table(name, row, TableLines(places, place), problems))
    return found


def _settings(tables: list[Table]) -> Settings:
    shipped = Settings()
    if not tables:
        return shipped
    table = tables[0]
    table.only(SETTINGS_KEYS)
    return Settings(
        language=table.read("language", _language) or shipped.language,
        link=table.read("link", _link),
        acknowledged_for_hours=table.number("acknowledged_for_hours", shipped.acknowledged_for_hours, low=1, high=200),
        bundle_minutes=table.number("bundle_minutes", shipped.bundle_minutes, low=0, high=240),
        digests=_digests(table, shipped.digests),
    )


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(Language)}") from None


def _link(text: str) -> str:
    if _LINK.fullmatch(text) is None:
        raise ValueError("must be a web address that a reference can be put behind, like https://host/ref/")
    return text


def _digests(table: Table, shipped: tuple[time, ...]) -> tuple[time, ...]:
    value = table.content.get("digests")
    if value is None:
        return shipped
    try:
        times = tuple(time.fromisoformat(str(item)) for item in value) if isinstance(value, list) else ()
    except ValueError:
        times = ()
    if not times or list(times) != sorted(set(times)) or any(item.tzinfo for item in times):
        table.fault("digests", 'must be local times in order, each once, like ["07:45", "12:45"]')
        return shipped
    return times
