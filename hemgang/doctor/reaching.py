"""Whether the channels' servers can be reached, and a test message to the operator: only on request.

Of an address only the server and the port are used, and neither is shown: they stand in the directory.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

from hemgang.alerts.channels import Channel, SecretUrl
from hemgang.alerts.directory import Directory, Language
from hemgang.alerts.outcomes import Outcome
from hemgang.alerts.send import send
from hemgang.doctor.finding import Finding, error, ok, warning
from hemgang.references import reference_of

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

TEST = {
    Language.SWEDISH: ("hemgang: provmeddelande", "Detta är ett provmeddelande från hemgang doctor. Inget att göra."),
    Language.ENGLISH: ("hemgang: test message", "This is a test message of hemgang doctor. Nothing is to be done."),
}


def reach(channels: Mapping[str, Channel], *, timeout_s: float = TIMEOUT_S) -> Iterator[Finding]:
    """Yield for each channel whether its server takes a connection; each server is asked once, nothing is sent."""
    known: dict[tuple[str, int, bool], str] = {}
    for name, channel in sorted(channels.items()):
        place = place_of(channel.url)
        if place is None:
            yield ok(f"channel {name}", "not looked at: its kind needs no connection")
            continue
        if place not in known:
            known[place] = _trouble(*place, timeout_s)
        if known[place]:
            do = "see the network, the firewall and the directory's address"
            yield error(f"channel {name}", f"its server cannot be reached: {known[place]}", do)
        else:
            yield ok(f"channel {name}", "its server answers" + (" with a trusted certificate" if place[2] else ""))


def place_of(url: SecretUrl) -> tuple[str, int, bool] | None:
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


def _trouble(host: str, port: int, at_once: bool, timeout_s: float) -> str:
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            if at_once:
                with ssl.create_default_context().wrap_socket(connection, server_hostname=host):
                    return ""
    except ssl.SSLCertVerificationError:
        return "its certificate is not trusted"
    except ssl.SSLError:
        return "no TLS"
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except socket.gaierror:
        return "its name is not known"
    except OSError as failed:
        return (failed.strerror or type(failed).__name__).lower()
    return ""


def send_test(directory: Directory, *, now: str) -> Finding:
    """Send a neutral message to the operator, and to nobody else; `now` names it."""
    if directory.operator is None:
        return error("test message", "there is no operator", "add [operator]: docs/directory.md")
    title, body = TEST[directory.settings.language]
    reference = reference_of(b"hemgang/doctor/test", now)
    channel = directory.channels[directory.operator.urgent_channel]
    attempt = send(channel.url, title, f"{body}\n\n{reference}", reference, SEND_TIMEOUT_S)
    found = f"{attempt.outcome.value} on channel {channel.id}, reference {reference}"
    if attempt.outcome is Outcome.DELIVERED:
        return ok("test message", found)
    why = f"{found}: {attempt.reason.value.replace('_', ' ')}"
    if attempt.outcome is Outcome.UNKNOWN:
        return warning("test message", why, "ask the operator whether it came")
    return error("test message", why, "see `hemgang doctor --reach` and the directory's address")
