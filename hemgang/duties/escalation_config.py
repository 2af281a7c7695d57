"""Reads ladders from TOML into typed rungs, and refuses what is incomplete, with file, line and key."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from agreements.fields import exact, one_of
from agreements.tomlfile import AgreementFileError, Faults, TableShape, TomlFile, read_toml
from hemgang.duties.escalation import RESERVED, Anchor, Counted, Ladder, Level, Rung
from hemgang.duties.model import DutyKind
from hemgang.errors import ConfigurationError

SHIPPED = Path(__file__).with_name("ladder.toml")
DEFAULT = "default"
MOST_HOURS = 30 * 24


class LadderError(ConfigurationError):
    """A ladder file cannot be used as it stands; one line for each fault with the file, its line, and the key."""


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
    except AgreementFileError as problem:
        raise LadderError(str(problem)) from problem
    faults = Faults(file)
    _check_names(file, faults)
    ladders = {name: _rungs(faults, name) for name in file.content if name in _KNOWN}
    if faults:
        raise LadderError(str(faults))
    by_kind = {DutyKind(name): rungs for name, rungs in ladders.items() if name != DEFAULT}
    return Ladder(default=ladders[DEFAULT], by_kind=by_kind)


_KNOWN = (DEFAULT, *DutyKind)


def _check_names(file: TomlFile, faults: Faults) -> None:
    for name in file.content:
        if name not in _KNOWN:
            faults.note((name,), name, f"no such kind of duty; known are {', '.join(_KNOWN)}")
    if DEFAULT not in file.content:
        faults.note((), DEFAULT, f"is missing; add [[{DEFAULT}]] rungs for the kinds without their own")


def _rungs(faults: Faults, ladder: str) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    names: set[str] = set()
    for nth, table in enumerate(faults.tables(ladder)):
        shape = faults.read(_RungShape, table, place=(ladder, nth), title=ladder)
        name = str(table.get("name"))
        if name in names:
            faults.note((ladder, nth, "name"), f"{ladder}.name", f"{name!r} stands twice in this ladder")
        names.add(name)
        if shape is not None:
            rungs.append(shape.rung())
    if faults.file.content[ladder] == []:
        faults.note((ladder,), ladder, "the ladder is empty; nobody would be told")
    return tuple(rungs)


_HOURS = f"must be a number of hours from 0 to {MOST_HOURS}"
_Hours = Annotated[
    Annotated[Decimal, Field(ge=0, le=MOST_HOURS, allow_inf_nan=False), BeforeValidator(exact)] | None,
    Field(description=_HOURS),
]


class _RungShape(TableShape):
    """One rung as the file writes it."""

    name: Annotated[str, Field(pattern=r"\S", description="it must be a text that is not empty")]
    to: Annotated[Level, one_of(Level)]
    at: Annotated[Anchor, one_of(Anchor)]
    hours_before: _Hours = None
    hours_after: _Hours = None
    counted: Annotated[Counted, one_of(Counted)] = Counted.STAFFED
    urgent: Annotated[bool, Field(description="must be true or false")]

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"{name!r} is used by hemgang itself")
        return name

    @field_validator("hours_before")
    @classmethod
    def _foreseen(cls, hours: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if hours and info.data.get("at") is Anchor.MISSED:
            raise ValueError("nobody knows beforehand that a duty will be missed; use strict_due")
        return hours

    @field_validator("hours_after")
    @classmethod
    def _alone(cls, hours: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if hours is not None and info.data.get("hours_before") is not None:
            raise ValueError("stands beside hours_before; a rung has one of them")
        return hours

    def rung(self) -> Rung:
        hours = -self.hours_before if self.hours_before is not None else self.hours_after or Decimal(0)
        offset = timedelta(seconds=float(hours * 3600))
        return Rung(self.name, self.to, self.at, offset, self.counted, self.urgent)
