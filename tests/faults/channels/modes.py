"""The ways in which a channel fails, each with the address of a real receiver that fails so."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from deployments.prefect_server import HOST, free_port
from tests.faults.channels.mail import FaultyMail, Taken, resetting, serving, silent
from tests.faults.channels.web import FaultyWeb, listening

MAILBOX = "from=hemgang@example.invalid&to=ward@example.invalid"
SLOW_S = 1.2
"""Longer than a send may take in these tests."""


@dataclass(frozen=True)
class Failing:
    """A channel that fails: its address, what its receiver took, and how it is mended (None = it is not)."""

    url: str
    taken: Taken
    heal: Callable[[], None] | None = None


Mode = Callable[[], "Iterator[Failing]"]


def _mail(**answers: str | float) -> Mode:
    def failing() -> Iterator[Failing]:
        mail = FaultyMail(**answers)  # type: ignore[arg-type]
        with serving(mail) as port:
            yield Failing(f"mailto://{HOST}:{port}?{MAILBOX}", mail.taken, mail.heal)

    return failing


def _web(status: int, **more: bool | float | str) -> Mode:
    def failing() -> Iterator[Failing]:
        web = FaultyWeb(status, **more)  # type: ignore[arg-type]
        with listening(web) as port:
            yield Failing(f"json://{HOST}:{port}/alerts", web.taken, web.heal)

    return failing


def _nobody_listens() -> Iterator[Failing]:
    yield Failing(f"mailto://{HOST}:{free_port()}?{MAILBOX}", Taken())


def _no_such_host() -> Iterator[Failing]:
    yield Failing(f"mailto://no-such-host.invalid:25?{MAILBOX}", Taken())


def _silent() -> Iterator[Failing]:
    with silent() as port:
        yield Failing(f"mailto://{HOST}:{port}?{MAILBOX}", Taken())


def _silent_in_tls() -> Iterator[Failing]:
    with silent() as port:
        yield Failing(f"mailtos://{HOST}:{port}?{MAILBOX}&mode=ssl", Taken())


def _reset() -> Iterator[Failing]:
    taken = Taken()
    with resetting(taken) as port:
        yield Failing(f"mailto://{HOST}:{port}?{MAILBOX}", taken)


MODES: Mapping[str, Mode] = MappingProxyType(
    {
        "nobody listens": _nobody_listens,
        "no such host": _no_such_host,
        "silent": _silent,
        "silent in the TLS handshake": _silent_in_tls,
        "reset in the middle of a message": _reset,
        "not now (451)": _mail(recipient="451 try later"),
        "no such box (550)": _mail(recipient="550 no such box"),
        "wrong credentials (535)": _mail(recipient="535 who are you"),
        "refused after the text (554)": _mail(message="554 not this"),
        "taken, but answered too late": _mail(delay_s=SLOW_S),
        "too many (429)": _web(429),
        "broken (500)": _web(500),
        "forbidden (403)": _web(403),
        "moved (302)": _web(302, location="http://192.0.2.1/elsewhere"),
        "web call taken, but answered too late": _web(200, keeps=True, delay_s=SLOW_S),
    }
)
"""By name; every receiver is a real one on loopback."""

MAY_HAVE_ARRIVED = frozenset({"taken, but answered too late", "web call taken, but answered too late"})


@contextmanager
def failing(name: str) -> Iterator[Failing]:
    """Yield a channel that fails in the way of that name."""
    made = MODES[name]()
    found = next(made)
    try:
        yield found
    finally:
        next(made, None)
