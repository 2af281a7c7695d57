"""The dates that an explanation names: of the notice, day 0, the first charged date; by the ledger's columns."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from agreements.clause import Clause
from calendars.zone import local
from hemgang.liability.clause_days import charged_from, day0
from hemgang.liability.evidence import Period, date_of


@dataclass(frozen=True, slots=True)
class Dates:
    """Of one period under one clause: local time of the notice, day 0, and the last date that is free to leave on."""

    sent: datetime
    day0: date
    charged_from: date | None


def dates_of(period: Period, clause: Clause) -> Dates:
    """Return the dates, computed by the very expressions that the ledger is computed by."""
    columns = {name: [period[name]] for name in ("began", "ready_on", "sent_on", "sent_clock")}
    first = charged_from(clause)
    told = pl.DataFrame(columns).select(zero=day0(clause.cutoff), first=pl.lit(None) if first is None else first)
    zero, begins = told.row(0)
    return Dates(local(period["notice_at"]), date_of(zero), None if begins is None else date_of(begins))
