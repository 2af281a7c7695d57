"""Reads ladders from TOML into typed rungs, and refuses what is incomplete, with file, line and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from agreements.errors import AgreementFileError
from agreements.toml_text import TomlFile, read_toml
from hemgang.duties.ladder import RESERVED, Anchor, Counted, Ladder, Level, Rung
from hemgang.duties.model import DutyKind
from hemgang.errors import ConfigurationError

E = TypeVar("E", bound=StrEnum)

SHIPPED = Path(__file__).with_name("ladder.toml")
DEFAULT = "default"
MOST_HOURS = 30 * 24
KEYS = ("name", "to", "at", "hours_before", "hours_after", "counted", "urgent")


class LadderError(ConfigurationError):
    """A ladder file cannot be used as it stands; names the file, the line where known, and the key."""


@cache
def shipped_ladder() -> Ladder:
    """Return the ladder that is shipped: owner, backup and manager before practical due, manager at the miss."""
    return read_ladder(SHIPPED)


def read_ladder(path: Path) -> Ladder:
    """Read a ladder file: `[[default]]` and, for kinds with rungs of their own, `[[<duty>]]`.

    Raises:
        LadderError: the file cannot be read, a ladder is empty or missing, or a rung is wrong.
    """
    try:
        file = read_toml(path)
        names = _ladder_names(file)
        ladders = {name: _rungs(file, name) for name in names}
    except AgreementFileError as problem:
        raise LadderError(str(problem)) from problem
    by_kind = {DutyKind(name): rungs for name, rungs in ladders.items() if name != DEFAULT}
    return Ladder(default=ladders[DEFAULT], by_kind=by_kind)


def _ladder_names(file: TomlFile) -> tuple[str, ...]:
    known = (DEFAULT, *DutyKind)
    for name in file.content:
        if name not in known:
            line = file.line_of(name)
            place = file.label if line is None else f"{file.label}:{line}"
            raise LadderError(f"{place}: {name}: no such kind of duty; known are {', '.join(known)}")
    if DEFAULT not in file.content:
        raise LadderError(
            f"{file.label}: {DEFAULT}: is missing; add [[{DEFAULT}]] rungs for the kinds without their own"
        )
    return tuple(file.content)


def _rungs(file: TomlFile, ladder: str) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    for nth, table in enumerate(file.tables(ladder)):
        row = _Row(file, ladder, nth, table)
        rung = _rung(row)
        if rung.name in {earlier.name for earlier in rungs}:
            raise row.error("name", f"{rung.name!r} stands twice in this ladder")
        rungs.append(rung)
    if not rungs:
        raise LadderError(f"{file.label}: {ladder}: the ladder is empty; nobody would be told")
    return tuple(rungs)


def _rung(row: "_Row") -> Rung:
    row.allow(KEYS)
    name = row.text("name")
    if name in RESERVED:
        raise row.error("name", f"{name!r} is used by hemgang itself")
    anchor = row.one_of("at", Anchor)
    offset = row.offset()
    if anchor is Anchor.MISSED and offset < timedelta(0):
        raise row.error("hours_before", "nobody knows beforehand that a duty will be missed; use strict_due")
    return Rung(
        name=name,
        level=row.one_of("to", Level),
        anchor=anchor,
        offset=offset,
        counted=row.one_of("counted", Counted) if "counted" in row.table else Counted.STAFFED,
        urgent=row.truth("urgent"),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One rung's table, with its place for error messages."""

    file: TomlFile
    ladder: str
    nth: int
    table: Mapping[str, object]

    def error(self, key: str, reason: str) -> LadderError:
        line = self.file.line_of(self.ladder, nth=self.nth, key=key)
        place = self.file.label if line is None else f"{self.file.label}:{line}"
        return LadderError(f"{place}: {self.ladder}.{key}: {reason}")

    def allow(self, keys: tuple[str, ...]) -> None:
        for key in self.table:
            if key not in keys:
                raise self.error(key, f"unknown key; known are {', '.join(keys)}")

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "is missing; it must be a text that is not empty")
        return value

    def truth(self, key: str) -> bool:
        value = self.table.get(key)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def one_of(self, key: str, words: type[E]) -> E:
        try:
            return words(str(self.table.get(key)))
        except ValueError:
            raise self.error(key, f"must be one of {', '.join(words)}") from None

    def offset(self) -> timedelta:
        if "hours_before" in self.table and "hours_after" in self.table:
            raise self.error("hours_after", "stands beside hours_before; a rung has one of them")
        if "hours_before" in self.table:
            return -self._hours("hours_before")
        return self._hours("hours_after") if "hours_after" in self.table else timedelta(0)

    def _hours(self, key: str) -> timedelta:
        value = self.table[key]
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if not number or not Decimal(str(value)).is_finite() or not 0 <= Decimal(str(value)) <= MOST_HOURS:
            raise self.error(key, f"must be a number of hours from 0 to {MOST_HOURS}")
        return timedelta(seconds=float(Decimal(str(value)) * 3600))
