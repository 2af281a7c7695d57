"""Messages that are accepted and still go astray, one maker for each fault: what a fold or a check finds out (1.4).

Each is a message of its own beside those of the stay, so that nothing that was meant is changed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from hemgang.findings import Code
from hemgang.messages.model import MessageType as M
from hemgang.simulate.broken import last_autumn_change
from hemgang.simulate.draft import Draft, line_of
from hemgang.simulate.moments import day_of

Sent = tuple[Draft, str | None]
"""A message, and the text that stands in its place where there is one."""


def astray(fault: str, draft: Draft, at: datetime) -> Iterator[Sent]:
    """Yield what goes astray with a fault, one of `ASTRAY`, beside a message and from an instant on; maybe nothing."""
    return _MAKERS[fault][1](draft, at)


def _unknown_contact(draft: Draft, at: datetime) -> Iterator[Sent]:
    """Name a contact that the directory does not have, where one is named at all; the true one follows again."""
    if draft.type is M.CARE_CONTACT_ASSIGNED:
        yield _beside(draft, "left", M.CARE_CONTACT_ASSIGNED, at, contact="contact-who-left"), None
        later = at + timedelta(minutes=20)
        yield _beside(draft, "stays", M.CARE_CONTACT_ASSIGNED, later, **draft.fields), None


def _out_of_place(draft: Draft, at: datetime) -> Iterator[Sent]:
    """End a leave an hour before the patient is admitted."""
    if draft.type is M.ADMITTED:
        early = draft.at - timedelta(hours=1)
        yield _beside(draft, "early", M.LEAVE_ENDED, early)._replace(arrives=at), None


def _old_clock(draft: Draft, at: datetime) -> Iterator[Sent]:
    """Send from a clock that hangs in the hour that comes twice, without offset; it is taken back."""
    told = _beside(draft, "clock", M.ADMISSION_NOTICE_ACKNOWLEDGED, at)
    reading = f"{last_autumn_change(day_of(draft.at) - timedelta(days=1))}T02:30:00"
    yield told, line_of({**told.content(), "at": reading})
    yield _beside(draft, "back", M.RETRACTED, at + timedelta(minutes=50), message=told.id), None


def _unknown_payer(draft: Draft, at: datetime) -> Iterator[Sent]:
    """Name a municipality that does not exist when the patient is admitted, and the right one at once."""
    if draft.type is M.ADMITTED:
        places = {name: draft.fields[name] for name in ("municipality", "district") if name in draft.fields}
        wrong = draft.at + timedelta(seconds=1)
        yield _beside(draft, "nowhere", M.PAYER_CHANGED, wrong, municipality="0000")._replace(arrives=at), None
        yield _beside(draft, "right", M.PAYER_CHANGED, wrong, **places)._replace(arrives=at), None


def _unknown_episode(draft: Draft, at: datetime) -> Iterator[Sent]:
    """Say something of a stay that nobody has opened."""
    stray = _beside(draft, "stray", M.DISCHARGE_INFORMATION, at)
    yield stray._replace(episode=f"{draft.episode}-elsewhere"), None


def _beside(draft: Draft, name: str, kind: M, at: datetime, **fields: object) -> Draft:
    return Draft(f"{draft.id}-{name}", draft.episode, kind, at, at, draft.sender, fields)


_MAKERS: Mapping[str, tuple[Code, Callable[[Draft, datetime], Iterator[Sent]]]] = MappingProxyType(
    {
        "unknown_contact": (Code.UNKNOWN_CONTACT, _unknown_contact),
        "out_of_place": (Code.OUT_OF_ORDER, _out_of_place),
        "old_clock": (Code.AMBIGUOUS_TIME, _old_clock),
        "unknown_payer": (Code.UNKNOWN_PAYER, _unknown_payer),
        "unknown_episode": (Code.UNKNOWN_EPISODE, _unknown_episode),
    }
)

ASTRAY: Mapping[str, Code] = MappingProxyType({fault: code for fault, (code, _) in _MAKERS.items()})
"""Every fault with the code of the finding that it comes to."""
