"""The doctor's checks of the directory: does it load, does it reach everyone whom open discharges name.

On request also whether the channels' servers answer, and a test message to the operator. Of an address only server and
port are used, and neither is shown.
"""

import os
import re
import socket
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars import local_date
from hemgang.doctor.finding import Finding, count_of, error, ok, warning
from hemgang.duties.model import Role
from hemgang.episode.fold import OPEN, fold
from hemgang.episode.model import Episode
from hemgang.errors import ConfigurationError
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.notifications.channels import Channel, SecretUrl
from hemgang.notifications.directory import Directory
from hemgang.notifications.directory_config import load_directory
from hemgang.notifications.rendering import render_test
from hemgang.notifications.retry import Outcome
from hemgang.notifications.transport import send
from hemgang.references import reference_of
from hemgang.store import messages
from hemgang.store.tables import DischargeRow

SHOWN = 5
CODE = re.compile(r"[a-z0-9åäö]+(?:[-._/][a-z0-9åäö]+)+|[0-9]{2,6}")
"""What a unit or payer must look like to be shown: a code. Anything else is counted only, since it may be free text."""


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """What was seen of the directory, and of the open discharges that it has to reach people for.

    `trouble`: why it cannot be used, "" if it can, None where none is set. `looked_at` of `open_discharges` were held
    against it: `unreached` counts those in which a role reaches nobody, `unknown_units` and `unknown_payers` those that
    name one that the directory lacks.
    """

    trouble: str | None
    units: int = 0
    contacts: int = 0
    channels: int = 0
    operator: bool = False
    open_discharges: int = 0
    looked_at: int = 0
    unreached: Mapping[Role, int] = field(default_factory=dict)
    unknown_units: Mapping[str, int] = field(default_factory=dict)
    unknown_payers: Mapping[str, int] = field(default_factory=dict)


def judge_directory(facts: DirectoryFacts) -> Iterator[Finding]:
    """Yield what is to be said of the directory."""
    if facts.trouble is None:
        yield warning("directory", phrase("doctor.found.no_directory"), phrase("doctor.do.write_directory"))
        return
    if facts.trouble:
        do = phrase("doctor.do.mend_directory")
        yield from (error("directory", line, do) for line in facts.trouble.splitlines())
        return
    units, contacts = count_of(facts.units, "unit"), count_of(facts.contacts, "contact")
    channels = count_of(facts.channels, "channel")
    yield ok("directory", phrase("doctor.found.directory", units=units, contacts=contacts, channels=channels))
    if facts.operator:
        yield ok("operator", phrase("doctor.found.operator"))
    else:
        yield error("operator", phrase("doctor.found.no_operator"), phrase("doctor.do.add_operator"))
    yield from _reached(facts)


def _reached(facts: DirectoryFacts) -> Iterator[Finding]:
    held = count_of(facts.looked_at, "open_discharge")
    if facts.looked_at < facts.open_discharges:
        held = phrase("doctor.found.some_of_open", looked_at=facts.looked_at, open=facts.open_discharges)
    for role, count in sorted(facts.unreached.items()):
        found = phrase("doctor.found.unreached", role=role, discharges=count_of(count, "open_discharge"))
        yield warning("recipients", found, phrase("doctor.do.add_unit"))
    if not facts.unreached:
        yield ok("recipients", phrase("doctor.found.all_reached", discharges=held))
    of_payer = phrase("doctor.found.unit_with_payer")
    missing = (("unit", facts.unknown_units, "[[unit]]"), ("payer", facts.unknown_payers, of_payer))
    for noun, unknown, table in missing:
        if unknown:
            named = count_of(len(unknown), noun)
            found = phrase("doctor.found.not_in_directory", named=named, codes=_codes(unknown))
            yield warning(f"{noun}s", found, phrase("doctor.do.add_each", table=table))


def _codes(unknown: Mapping[str, int]) -> Phrase | str:
    """Return the most frequent codes with their counts; what is no code is only counted."""
    codes = sorted((one for one in unknown if CODE.fullmatch(one)), key=lambda one: (-unknown[one], one))
    shown = [f"{one} ({unknown[one]})" for one in codes[:SHOWN]]
    rest = len(unknown) - len(shown)
    if not shown:
        return phrase("doctor.found.without_code", number=rest)
    listed = ", ".join(shown)
    return phrase("doctor.found.codes_and_more", codes=listed, number=rest) if rest else listed


MOST = 2_000
AT_ONCE = 250
OWNERS = (Role.WARD, Role.OUTPATIENT_UNIT, Role.FIXED_CARE_CONTACT, Role.MUNICIPAL_UNIT)


def read_directory(path: Path | None) -> tuple[DirectoryFacts, Directory | None]:
    """Return what the directory is by itself, and the directory if it can be used."""
    if path is None:
        return DirectoryFacts(trouble=None), None
    try:
        directory = load_directory(path, os.environ)
    except ConfigurationError as wrong:
        return DirectoryFacts(trouble=str(wrong)), None
    units = sum(1 for party in directory.parties.values() if party.kind is not None)
    facts = DirectoryFacts(
        trouble="",
        units=units,
        contacts=len(directory.parties) - units,
        channels=len(directory.channels),
        operator=directory.operator is not None,
    )
    return facts, directory


def compare_with_episodes(
    facts: DirectoryFacts, directory: Directory, session: Session, *, now: datetime
) -> DirectoryFacts:
    """Return the facts with what the open discharges ask of the directory, those looked at last first."""
    is_open = col(DischargeRow.state).in_([state.value for state in OPEN])
    count = int(session.scalar(select(func.count()).select_from(DischargeRow).where(is_open)) or 0)
    query = select(col(DischargeRow.episode)).where(is_open).order_by(col(DischargeRow.stepped_at).desc()).limit(MOST)
    named = list(session.scalars(query))
    unreached, units, payers = Counter[Role](), Counter[str](), Counter[str]()
    for episode in _folded(session, named, now):
        unreached.update(_unreached(episode, directory, now))
        units.update(_unknown_units(episode, directory))
        payers.update(_unknown_payer(episode, directory, now))
    return replace(
        facts,
        open_discharges=count,
        looked_at=len(named),
        unreached=unreached,
        unknown_units=units,
        unknown_payers=payers,
    )


def _folded(session: Session, episodes: list[str], now: datetime) -> Iterator[Episode]:
    for start in range(0, len(episodes), AT_ONCE):
        for name, known in messages.of_episodes(session, episodes[start : start + AT_ONCE]).items():
            yield fold(known, episode=name, as_of=now)


def _unreached(episode: Episode, directory: Directory, now: datetime) -> Iterator[Role]:
    for owner in OWNERS:
        if not directory.recipients(owner, owner, episode, now):
            yield owner


def _unknown_units(episode: Episode, directory: Directory) -> Iterator[str]:
    patient = episode.patient
    named = {patient.clinic, patient.care_centre} if patient is not None else set()
    return (unit for unit in named if unit and unit not in directory.parties)


def _unknown_payer(episode: Episode, directory: Directory, now: datetime) -> Iterator[str]:
    payer = episode.payer_on(local_date(now))
    if payer is not None and all(party.payer != payer.payer for party in directory.parties.values()):
        yield payer.payer


TIMEOUT_S = 5.0
SEND_TIMEOUT_S = 20.0
SERVICES: Mapping[str, str] = MappingProxyType(
    {"46elks": "api.46elks.com", "twilio": "api.twilio.com", "o365": "graph.microsoft.com"}
)
"""Where the kinds of address lead that name no server themselves."""

PORTS: Mapping[str, tuple[int, bool]] = MappingProxyType(
    {
        "mailto": (25, False),
        "mailtos": (587, False),
        **dict.fromkeys(("json", "xml", "form", "ntfy", "matrix", "mmost", "smseagle"), (80, False)),
        **dict.fromkeys(
            ("jsons", "xmls", "forms", "ntfys", "matrixs", "mmosts", "smseagles", "workflow", "workflows"), (443, True)
        ),
        **dict.fromkeys(SERVICES, (443, True)),
    }
)
"""The port of a kind of address where it names none, and whether TLS begins at once there."""


def check_channels(channels: Mapping[str, Channel], *, timeout_s: float = TIMEOUT_S) -> Iterator[Finding]:
    """Yield for each channel whether its server takes a connection; each server is asked once, nothing is sent."""
    known: dict[tuple[str, int, bool], Phrase | str] = {}
    for name, channel in sorted(channels.items()):
        place = socket_of(channel.url)
        if place is None:
            yield ok(f"channel {name}", phrase("doctor.found.channel_not_asked"))
            continue
        if place not in known:
            known[place] = _trouble(*place, timeout_s)
        if known[place]:
            found = phrase("doctor.found.channel_unreached", trouble=known[place])
            yield error(f"channel {name}", found, phrase("doctor.do.see_network"))
        else:
            trusted = "doctor.found.channel_answers_trusted"
            yield ok(f"channel {name}", phrase(trusted if place[2] else "doctor.found.channel_answers"))


def socket_of(url: SecretUrl) -> tuple[str, int, bool] | None:
    """Return the server, the port and whether TLS begins at once; None for a kind that keeps no connection."""
    if url.scheme not in PORTS:
        return None
    port, at_once = PORTS[url.scheme]
    try:
        parts = urlsplit(url.reveal())
        named, given = parts.hostname or "", parts.port
    except ValueError:
        return None
    relay = parse_qs(parts.query).get("smtp")
    host = SERVICES.get(url.scheme) or (relay[0] if relay else named)
    return (host, given if given and url.scheme not in SERVICES else port, at_once)


def _trouble(host: str, port: int, at_once: bool, timeout_s: float) -> Phrase | str:
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            if at_once:
                with ssl.create_default_context().wrap_socket(connection, server_hostname=host):
                    return ""
    except ssl.SSLCertVerificationError:
        return phrase("doctor.found.untrusted")
    except ssl.SSLError:
        return phrase("doctor.found.no_tls")
    except TimeoutError:
        return phrase("doctor.found.no_answer", seconds=f"{timeout_s:g}")
    except socket.gaierror:
        return phrase("doctor.found.unknown_name")
    except OSError as failed:
        return (failed.strerror or type(failed).__name__).lower()
    return ""


def send_test(directory: Directory, *, now: str) -> Finding:
    """Send a neutral message to the operator, and to nobody else; `now` names it."""
    if directory.operator is None:
        return error("test message", phrase("doctor.found.no_test_recipient"), phrase("doctor.do.add_operator"))
    message = render_test(directory.settings.language)
    reference = reference_of(b"hemgang/doctor/test", now)
    channel = directory.channels[directory.operator.urgent_channel]
    attempt = send(channel.url, message.title, f"{message.body}\n\n{reference}", reference, SEND_TIMEOUT_S)
    found = phrase("doctor.found.test_sent", outcome=attempt.outcome, channel=channel.id, reference=reference)
    if attempt.outcome is Outcome.DELIVERED:
        return ok("test message", found)
    why = phrase("doctor.found.test_failed", sent=found, reason=attempt.reason)
    if attempt.outcome is Outcome.UNKNOWN:
        return warning("test message", why, phrase("doctor.do.ask_operator"))
    return error("test message", why, phrase("doctor.do.see_reach"))
