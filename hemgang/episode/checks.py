"""Findings that need more than the messages: the agreement's hours, the list of payers, the directory, the time."""

from collections.abc import Container
from datetime import datetime, timedelta

from agreements.model import Hours
from calendars.timezone import local, local_date
from hemgang.episode.fold import OPEN
from hemgang.episode.model import STOCKHOLM_CITY, Episode, State
from hemgang.findings import Code, Finding
from hemgang.i18n.formats import clock_text
from hemgang.i18n.language import Language

DISCHARGE_MISSING_AFTER_DAYS = 30


def checks(
    episode: Episode,
    *,
    now: datetime,
    payers: Container[str],
    discharge_hours: Hours | None = None,
    contacts: Container[str] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of an episode beside those of its fold.

    `payers` holds the known municipality codes, `discharge_hours` the agreement's hours for planned discharge
    (None = the agreement has none), `contacts` the directory's contact ids (None = no directory to check against).
    """
    found = [_discharge_missing(episode, now), _outside_hours(episode, discharge_hours)]
    found += [_unknown_payer(payer.payer, payer.message, payers) for payer in episode.payers]
    if contacts is not None:
        found += [
            Finding(Code.UNKNOWN_CONTACT, (fact.message,), "a contact of the directory")
            for fact in episode.care_contacts
            if fact.value not in contacts
        ]
    return tuple(finding for finding in found if finding is not None)


def _discharge_missing(episode: Episode, now: datetime) -> Finding | None:
    if episode.state not in OPEN or not episode.admission_notices or not episode.expected_discharges:
        return None
    expected = episode.expected_discharges[-1]
    if expected.day is None or local_date(now) <= expected.day + timedelta(days=DISCHARGE_MISSING_AFTER_DAYS):
        return None
    wanted = f"an end within {DISCHARGE_MISSING_AFTER_DAYS} days of the expected discharge"
    return Finding(Code.DISCHARGE_MISSING, (expected.message,), wanted)


def _outside_hours(episode: Episode, hours: Hours | None) -> Finding | None:
    if hours is None or episode.end is None or episode.state is not State.DISCHARGED:
        return None
    if hours.opens <= local(episode.end.at).time() < hours.closes:
        return None
    opens, closes = (clock_text(Language.ENGLISH, at) for at in (hours.opens, hours.closes))
    expected = f"a discharge between {opens} and {closes}, or by agreement"
    return Finding(Code.DISCHARGE_OUTSIDE_HOURS, (episode.end.message,), expected)


def _unknown_payer(payer: str, message: str, payers: Container[str]) -> Finding | None:
    if payer.partition("/")[0] in payers:
        return None
    expected = f"a municipality code of the official list, in {STOCKHOLM_CITY} with a district"
    return Finding(Code.UNKNOWN_PAYER, (message,), expected)
