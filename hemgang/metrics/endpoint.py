"""The endpoint that a Prometheus server scrapes: off unless `HEMGANG_METRICS` names where, on loopback by default."""

import ipaddress
import logging
from collections.abc import Callable, Collection, Iterator
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
from hemgang.settings import Address, variable
from hemgang.store.database import Database
from hemgang.store.pulses import LOOPS

log = logging.getLogger(__name__)


class Endpoint:
    """Where metrics are served: a port, open until it is closed."""

    def __init__(self, host: str, port: int, close: Callable[[], None]) -> None:
        self.host, self.port, self.close = host, port, close


@contextmanager
def serve_metrics(
    database: Database,
    address: Address | None,
    *,
    now: Callable[[], datetime] = clock.now,
    every_s: float = EVERY_S,
    loops: Collection[str] = LOOPS,
) -> Iterator[Endpoint | None]:
    """Serve metrics inside the block at an address (port 0: any that is free), or yield None without one.

    The store is read at most once in `every_s` seconds, however often it is scraped. `loops`: whose age is told.

    Raises:
        ConfigurationError: it is no address of this machine, or it is taken.
    """
    if address is None:
        yield None
        return
    endpoint = _open(address, registry(database, now, every_s=every_s, loops=loops))
    event(log, Event.METRICS_SERVED, port=endpoint.port)
    if not ipaddress.ip_address(endpoint.host).is_loopback:
        event(log, Event.METRICS_OFF_LOOPBACK, port=endpoint.port)
    try:
        yield endpoint
    finally:
        endpoint.close()


def check_free(address: Address | None) -> None:
    """Return if metrics could be served at an address, or there is none.

    Raises:
        ConfigurationError: it is no address of this machine, or it is taken.
    """
    if address is not None:
        _open(address, CollectorRegistry()).close()


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


def _open(address: Address, served: CollectorRegistry) -> Endpoint:
    host, port = address
    try:
        server, thread = start_http_server(port, addr=host, registry=served)
    except OSError as error:
        raise ConfigurationError(f"{variable('metrics')}: {host}:{port}: {error.strerror}") from None

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return Endpoint(host, int(server.server_port), close)
