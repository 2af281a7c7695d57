"""All duties of an episode at an instant: each kind has one function, in one table (specification 3.1)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from agreements.register import Agreements
from hemgang.duties.admission import admission_notice, care_contact, planning_start
from hemgang.duties.at_instant import as_at
from hemgang.duties.case import Case
from hemgang.duties.leaving import discharge_information, discharge_target, last_free_day
from hemgang.duties.model import Duty, DutyKind
from hemgang.duties.roster import Roster
from hemgang.duties.sip import sip_call, sip_established
from hemgang.episode.model import Episode

KINDS: Mapping[DutyKind, Callable[[Case], Iterator[Duty]]] = MappingProxyType(
    {
        DutyKind.ADMISSION_NOTICE: admission_notice,
        DutyKind.PLANNING_START: planning_start,
        DutyKind.CARE_CONTACT: care_contact,
        DutyKind.SIP_CALL: sip_call,
        DutyKind.SIP_ESTABLISHED: sip_established,
        DutyKind.DISCHARGE_TARGET: discharge_target,
        DutyKind.LAST_FREE_DAY: last_free_day,
        DutyKind.DISCHARGE_INFORMATION: discharge_information,
    }
)
"""Which function finds the duties of which kind."""

NEVER = datetime.max.replace(tzinfo=UTC)


def duties_of(episode: Episode, agreements: Agreements, roster: Roster, now: datetime) -> tuple[Duty, ...]:
    """Return every duty that has opened by `now`, with its status then; by strict due (none last), then key.

    A fact dated after `now` does not count yet. An episode that nothing opened has no duties, and nothing follows
    from what happened before LUS (2017:612) came into force on 2018-01-01.

    Raises:
        ParameterNotInForce: an agreement in force has no value for the date of a message.
    """
    seen = as_at(episode, now)
    if seen.opened is None:
        return ()
    case = Case(seen, seen.opened, agreements, roster, now)
    found = (duty for kind in KINDS.values() for duty in kind(case))
    return tuple(sorted(found, key=_order))


def _order(duty: Duty) -> tuple[datetime, str]:
    return (duty.strict_due or NEVER, duty.key)
