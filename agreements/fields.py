"""The types of the keys in agreement files: what a value must be, its dates, and what it rests on (4.1 to 4.3).

A type says in its description what would be right, which is what a fault of such a key is told with. `VALUES` names
every value that an agreement may state, with the shape of its rows.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from agreements.model import Ages, Citation, Cited, Hours, Policy, Threshold
from agreements.tomlfile import OF_TABLE, TableShape
from calendars.staffing import StaffedDay, StaffingRule

STATUTE = "lus"
CareKind = Literal["somatic", "psychiatric"]
CARE_KINDS: tuple[str, ...] = get_args(CareKind)
CountedEnd = Literal["discharged", "died"]
Matter = Literal["local", "principle"]
MATTERS: tuple[str, ...] = get_args(Matter)

T = TypeVar("T")
W = TypeVar("W")


def one_of(words: type[StrEnum]) -> Any:
    """Make the description of a key that is one word of an enumeration."""
    return Field(strict=False, description=f"must be one of {', '.join(words)}")


def exact(raw: object) -> object:
    """Return a whole number as a decimal one, anything else as it is; true and false are no numbers."""
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def share(raw: object) -> Fraction:
    """Read an exact share above 0 and at most 1, written "3/4" or 0.75."""
    try:
        value = Fraction(raw) if isinstance(raw, str | Decimal) else None
    except (ValueError, ArithmeticError):
        value = None
    if value is None or not 0 < value <= 1:
        raise ValueError(_SHARE)
    return value


def threshold(raw: object) -> Threshold:
    """Read a number of care days, or the month whose county mean it is, with that mean where it was published."""
    if not isinstance(raw, dict):
        return Threshold(value=_care_days(raw))
    if not {"county_mean_of"} <= set(raw) <= {"county_mean_of", "published"}:
        raise ValueError("must be a number or a table with county_mean_of; it may have published")
    published = _care_days(raw["published"]) if "published" in raw else None
    return Threshold(value=published, county_mean_of=_month(raw["county_mean_of"]))


_SHARE = 'must be a share above 0 and at most 1, such as "3/4"'
_NUMBER = re.compile(r"[0-9]+([.][0-9]+|/[1-9][0-9]*)?")
_MONTH = re.compile(r"20(1[89]|[2-9][0-9])-(0[1-9]|1[0-2])")
_MOST_DAYS = 366
_CARE_DAYS = f'must be a number of care days from 0 to {_MOST_DAYS}, such as "2.0"'


def _care_days(raw: object) -> Fraction:
    written = str(raw) if isinstance(raw, str | Decimal) else ""
    if not _NUMBER.fullmatch(written) or Fraction(written) > _MOST_DAYS:
        raise ValueError(_CARE_DAYS)
    return Fraction(written)


def _month(raw: object) -> str:
    if not isinstance(raw, str) or not _MONTH.fullmatch(raw):
        raise ValueError('must name a month from 2018 on, such as "2020-10"')
    return raw


def _word_as_none(word: str) -> BeforeValidator:
    return BeforeValidator(lambda raw: None if raw == word else raw)


def _distinct(words: tuple[W, ...]) -> tuple[W, ...]:
    if len(set(words)) < len(words):
        raise ValueError("names one of them twice")
    return words


def _some_of(words: tuple[str, ...]) -> Any:
    description = f"must be a list of {', '.join(words)}, each at most once"
    return Field(strict=False, min_length=1, description=description)


_MOST_DECIMALS = 6
_MOST_MONTHS = 24
_OLDEST = 130

Text = Annotated[str, Field(pattern=r"\S", description="must be a text that is not empty")]
Truth = Annotated[bool, Field(description="must be true or false")]
WholeNumber = Annotated[int, Field(ge=0, description="must be a whole number, 0 or more")]
Day = Annotated[date, Field(description="must be a date, such as 2019-01-01")]
Clock = Annotated[time, Field(description="must be a local time, such as 12:00:00")]
ClockOrNone = Annotated[
    time | None, _word_as_none("none"), Field(description='must be a local time, such as 12:00:00, or "none"')
]
Decimals = Annotated[
    Annotated[int, Field(ge=0, le=_MOST_DECIMALS)] | None,
    _word_as_none("none"),
    Field(description=f'must be a whole number from 0 to {_MOST_DECIMALS}, or "none"'),
]
"""To how many decimals a mean is rounded."""

MonthsInARow = Annotated[
    int, Field(ge=2, le=_MOST_MONTHS, description=f"must be a whole number from 2 to {_MOST_MONTHS}")
]
DischargeStatus = Annotated[
    Annotated[str, Field(pattern=r"\S")] | None,
    _word_as_none("any"),
    Field(description='must be a text that is not empty, or "any"'),
]
"""The status that a discharge must have where the source gives one; None = any."""

Share = Annotated[Fraction, PlainValidator(share), Field(description=_SHARE)]
ThresholdValue = Annotated[
    Threshold, PlainValidator(threshold), Field(description=f"{_CARE_DAYS}, or a table with county_mean_of")
]
CareKinds = Annotated[tuple[CareKind, ...], AfterValidator(_distinct), _some_of(CARE_KINDS)]
CountedEnds = Annotated[tuple[CountedEnd, ...], AfterValidator(_distinct), _some_of(get_args(CountedEnd))]
MunicipalityCodes = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[0-9]{4}$")], ...],
    Field(strict=False, min_length=1, description='must be a list of four-digit municipality codes, such as "2303"'),
]
CountyCode = Annotated[str, Field(pattern=r"^[0-9]{2}$", description='must be a two-digit county code, such as "23"')]
PayerCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}/.*\S",
        description='must be a municipality code, a slash and a district, such as "0180/farsta"',
    ),
]
Year = Annotated[int, Field(ge=2018, le=2100, description="must be a year from 2018 to 2100")]
Amount = Annotated[
    Decimal,
    BeforeValidator(exact),
    Field(
        gt=0,
        le=1_000_000,
        multiple_of=Decimal("0.01"),
        allow_inf_nan=False,
        description="must be an amount in kronor above 0, at most 1000000, with at most two decimals",
    ),
]
"""Kronor for one care day."""

_Age = Annotated[int, Field(ge=0, le=_OLDEST, description=f"must be an age in whole years from 0 to {_OLDEST}")]


class AgesShape(TableShape):
    """The first and the last age in whole years, both included; one of them may be left out."""

    first: _Age = 0
    last: _Age | None = None

    @field_validator("last")
    @classmethod
    def _not_below_first(cls, last: int | None, info: ValidationInfo) -> int | None:
        if last is not None and last < info.data.get("first", 0):
            raise ValueError("must not be below first")
        return last

    @model_validator(mode="after")
    def _one_at_least(self) -> "AgesShape":
        if not self.model_fields_set:
            raise ValueError("must be a table with first, last or both, ages in whole years")
        return self

    def ages(self) -> Ages:
        """Return the ages as the rules know them."""
        return Ages(first=self.first, last=self.last)


class _HoursShape(TableShape):
    opens: Clock
    closes: Clock

    @field_validator("closes")
    @classmethod
    def _after_opens(cls, closes: time, info: ValidationInfo) -> time:
        if "opens" in info.data and closes <= info.data["opens"]:
            raise ValueError("must come after opens")
        return closes

    def hours(self) -> Hours:
        return Hours(opens=self.opens, closes=self.closes)


class _StaffedDayShape(_HoursShape):
    day: Day


class _StaffingShape(_HoursShape):
    """Hours on weekdays, whether the third day is staffed, days with hours of their own, and days without."""

    third_day: Truth
    added: Annotated[
        tuple[_StaffedDayShape, ...], Field(strict=False, description="must be tables with day, opens, closes")
    ] = ()
    removed: Annotated[tuple[Day, ...], Field(strict=False, description="must be a list of dates")] = ()

    def rule(self) -> StaffingRule:
        try:
            return StaffingRule(
                opens=self.opens,
                closes=self.closes,
                third_day=self.third_day,
                added=tuple(StaffedDay(day=one.day, opens=one.opens, closes=one.closes) for one in self.added),
                removed=self.removed,
            )
        except ValueError as problem:
            raise ValueError(f"is no staffing rule: {problem}") from None


class CitationShape(TableShape):
    """What a table rests on: a clause, and a quote with its source or an assumption with its reason."""

    quote_needs_source: ClassVar[bool] = False
    """Whether the file has no source of its own, which quotes would stand in where a table names none."""

    clause: Text
    quote: Text | None = None
    assumption: Text | None = None
    source: Text | None = None
    reading: Text | None = None

    @field_validator("assumption")
    @classmethod
    def _instead_of_a_quote(cls, assumption: str | None, info: ValidationInfo) -> str | None:
        if "quote" not in info.data:
            return assumption
        if info.data["quote"] is not None and assumption is not None:
            raise ValueError("stands beside a quote; a value has one of the two, never both")
        if info.data["quote"] is None and assumption is None:
            raise PydanticCustomError(OF_TABLE, "citation is missing: add clause, and quote or assumption (why)")
        return assumption

    @field_validator("source", "reading")
    @classmethod
    def _of_a_quote(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None and info.data.get("assumption") is not None:
            raise ValueError("belongs to a quote; an assumption has no source and no reading")
        if text is None and info.field_name == "source" and cls.quote_needs_source and info.data.get("quote"):
            raise ValueError("is missing: a quote names the text in docs/sources that it stands in")
        return text

    def citation(self, *, agreement: str, parameter: str, source: str | None, line: int | None) -> Citation:
        """Return the citation; `source` is the file's own, where the table names none."""
        return Citation(
            agreement=agreement,
            parameter=parameter,
            clause=self.clause,
            source=None if self.quote is None else self.source or source,
            quote=self.quote,
            assumption=self.assumption,
            reading=self.reading,
            line=line,
        )


class SourcedShape(CitationShape):
    """A citation in a file that has no source of its own: each quote names one."""

    quote_needs_source: ClassVar[bool] = True


class CitedShape(CitationShape, Generic[T]):
    """A key that is a table of its own: a value and what it rests on."""

    value: T


class DatesShape(TableShape):
    """The first and the last day of a table, both included."""

    valid_from: Day
    valid_to: Day | None = None

    @field_validator("valid_to")
    @classmethod
    def _not_before_the_first(cls, last: date | None, info: ValidationInfo) -> date | None:
        if last is not None and "valid_from" in info.data and last < info.data["valid_from"]:
            raise ValueError("comes before valid_from")
        return last


class ApprovalsShape(DatesShape):
    """Dates, and on which days a table and its end were approved."""

    approved: Day | None = None
    end_approved: Day | None = None

    @field_validator("end_approved")
    @classmethod
    def _of_an_end(cls, approved: date | None, info: ValidationInfo) -> date | None:
        if approved is not None and "valid_to" in info.data and info.data["valid_to"] is None:
            raise ValueError("stands without valid_to: a row without an end has none to approve")
        return approved


class ValueShape(CitationShape, ApprovalsShape, Generic[T]):
    """One [[value]] row; `T` is what the value of that name must be."""

    name: Text
    value: T

    @field_validator("name")
    @classmethod
    def _is_read(cls, name: str) -> str:
        if name not in VALUES:
            raise ValueError(f"unknown value {name!r}; known are {', '.join(VALUES)}")
        return name

    def cited(self, citation: Citation) -> Cited[object]:
        """Return the value with its dates."""
        return Cited(self.value, citation, self.valid_from, self.valid_to, self.approved, self.end_approved)


_Policy = Annotated[Policy, one_of(Policy)]

VALUES: Mapping[str, type[ValueShape[Any]]] = {
    "admission_notice_within_hours": ValueShape[WholeNumber],
    "planning": ValueShape[Annotated[_StaffingShape, AfterValidator(_StaffingShape.rule)]],
    "planning_response_hours": ValueShape[WholeNumber],
    "care_contact_before_discharge": ValueShape[Truth],
    "sip_call_within_days": ValueShape[WholeNumber],
    "sip_established_within_days": ValueShape[WholeNumber],
    "discharge_information_same_day": ValueShape[Truth],
    "discharge_hours": ValueShape[Annotated[_HoursShape, AfterValidator(_HoursShape.hours)]],
    "late_admission_notice": ValueShape[_Policy],
    "late_sip_call": ValueShape[_Policy],
    "unknown_sip_need": ValueShape[_Policy],
    "unknown_outpatient_care": ValueShape[_Policy],
    "fixed_care_contact_required": ValueShape[Truth],
    "population_requires_gates": ValueShape[Truth],
    "leave_days_count": ValueShape[Truth],
    "amount_kr": ValueShape[Amount],
}

OPTIONAL = ("discharge_hours", "amount_kr")
"""What the statute may leave unsaid; every other value it must state."""
