"""The endpoint that a Prometheus server scrapes: off unless `HEMGANG_METRICS` names where, on loopback by default."""

import ipaddress
import logging
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hemgang import clock
from hemgang.errors import ConfigurationError
from hemgang.logs import Event, event
from hemgang.metrics.counted import COUNTED
from hemgang.metrics.standing import EVERY_S, Standing
from hemgang.store.database import Database
from hemgang.store.pulses import LOOPS

VARIABLE = "HEMGANG_METRICS"
LOOPBACK = "127.0.0.1"

_PLACE = re.compile(r"(?:(?P<host>[^\[\]:]*|\[[0-9A-Fa-f:.]+\]):)?(?P<port>[0-9]{1,5})")

log = logging.getLogger(__name__)


class Endpoint:
    """Where metrics are served: a port, open until it is closed."""

    def __init__(self, host: str, port: int, close: Callable[[], None]) -> None:
        self.host, self.port, self.close = host, port, close


@contextmanager
def serve_metrics(
    database: Database,
    *,
    now: Callable[[], datetime] = clock.now,
    every_s: float = EVERY_S,
    loops: Collection[str] = LOOPS,
) -> Iterator[Endpoint | None]:
    """Serve metrics inside the block if `HEMGANG_METRICS` says where (`127.0.0.1:9464`), else yield None.

    The store is read at most once in `every_s` seconds, however often it is scraped. `loops`: whose age is told.

    Raises:
        ConfigurationError: the variable is no address, or the address is taken.
    """
    place = place_wanted()
    if place is None:
        yield None
        return
    endpoint = _open(*place, registry(database, now, every_s=every_s, loops=loops))
    event(log, Event.METRICS_SERVED, port=endpoint.port)
    if not ipaddress.ip_address(endpoint.host).is_loopback:
        event(log, Event.METRICS_OFF_LOOPBACK, port=endpoint.port)
    try:
        yield endpoint
    finally:
        endpoint.close()


def check_free() -> None:
    """Return if metrics could be served where `HEMGANG_METRICS` says, or it says nothing.

    Raises:
        ConfigurationError: the variable is no address of this machine, or the address is taken.
    """
    place = place_wanted()
    if place is not None:
        _open(*place, CollectorRegistry()).close()


def registry(
    database: Database, now: Callable[[], datetime], *, every_s: float = EVERY_S, loops: Collection[str] = LOOPS
) -> CollectorRegistry:
    """Return all that is served: what this process counted, how the installation stands, what the process uses."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Counted())
    made.register(Standing(database, now, every_s=every_s, loops=loops))
    ProcessCollector(registry=made)
    return made


class _Counted(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from COUNTED.collect()


def place_wanted(environment: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """Return the address and the port that the environment asks for, None where it asks for none.

    Raises:
        ConfigurationError: it is no address with a port.
    """
    told = environment.get(VARIABLE, "").strip()
    if not told:
        return None
    found = _PLACE.fullmatch(told)
    host = (found["host"] or LOOPBACK).strip("[]") if found else ""
    host = LOOPBACK if host == "localhost" else host
    try:
        ipaddress.ip_address(host)
        port = int(found["port"]) if found else _HIGHEST_PORT + 1
    except ValueError:
        port = _HIGHEST_PORT + 1
    if port > _HIGHEST_PORT:
        raise ConfigurationError(f"{VARIABLE}: write an address and a port, such as {LOOPBACK}:9464")
    return host, port


def _open(host: str, port: int, served: CollectorRegistry) -> Endpoint:
    try:
        server, thread = start_http_server(port, addr=host, registry=served)
    except OSError as error:
        raise ConfigurationError(f"{VARIABLE}: {host}:{port}: {error.strerror}") from None

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return Endpoint(host, int(server.server_port), close)


_HIGHEST_PORT = 65_535
