"""The metrics of a process: its counters since it began, the installation's gauges, and the endpoint that serves them.

Gauges are read from the store at most once in fifteen seconds. No label holds more than a county code or a word of a
fixed list; what else stands in a column becomes `other`. The endpoint is off unless `HEMGANG_METRICS` names an address.
"""

import ipaddress
import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from hemgang import clock
from hemgang.duties.model import AlertKind
from hemgang.episode.fold import OPEN
from hemgang.errors import ConfigurationError
from hemgang.logs import Event, event
from hemgang.settings import Address, variable
from hemgang.store.database import Database
from hemgang.store.monitoring import LOOPS, Gauges, read_gauges

EVERY_S = 15.0
OTHER = "other"
KINDS = tuple(kind.value for kind in AlertKind)
STATES = tuple(state.value for state in OPEN)

log = logging.getLogger(__name__)


class StoreCollector(Collector):
    """Collects the gauges; `now` says what time it is for the installation.

    A store that cannot be read is itself a gauge, `hemgang_store_readable` 0; the others are then not there at all,
    rather than old.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
        loops: Collection[str] = LOOPS,
    ) -> None:
        self._database, self._now, self._every_s, self._loops = database, now, every_s, loops
        self._alone = threading.Lock()
        self._read_at = -every_s
        self._found: tuple[Gauges, datetime] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every gauge."""
        found = self._current()
        yield _single("hemgang_store_readable", "Whether the database could be read.", found is not None)
        if found is not None:
            yield from _gauges(*found, self._loops)

    def _current(self) -> tuple[Gauges, datetime] | None:
        with self._alone:
            if time.monotonic() - self._read_at >= self._every_s:
                self._found = self._read()
                self._read_at = time.monotonic()
            return self._found

    def _read(self) -> tuple[Gauges, datetime] | None:
        try:
            now = self._now()
            with self._database.reading() as session:
                return read_gauges(session, now=now), now
        except (SQLAlchemyError, OSError) as error:
            event(log, Event.METRICS_UNREADABLE, error=error)
            return None


def _gauges(found: Gauges, now: datetime, loops: Collection[str]) -> Iterator[GaugeMetricFamily]:
    yield _open(found.open)
    yield _single("hemgang_discharges_due", "Discharges whose timer has passed.", found.due)
    yield _single("hemgang_oldest_due_seconds", "How long the longest waiting of them has waited.", found.oldest_due_s)
    yield _single("hemgang_discharges_set_aside", "Discharges set aside after a step that failed.", found.set_aside)
    for name, text, counts in (
        ("pending", "Alerts that are released and not delivered", found.pending),
        ("unknown", "Alerts to be tried again whose last try may have arrived", found.unknown),
        ("undelivered", "Alerts given up", found.undelivered),
    ):
        yield _labelled(f"hemgang_alerts_{name}", f"{text}, by kind.", "kind", _words(counts, KINDS))
    yield _single("hemgang_oldest_pending_seconds", "How long ago the oldest was released.", found.oldest_pending_s)
    yield _single("hemgang_quarantined_lines", "Lines in quarantine.", found.quarantined)
    ages = {name: _age(swept.at, now) for name, swept in found.sweeps.items() if name in loops}
    yield _labelled("hemgang_pulse_age_seconds", "Seconds since a loop last swept to its end.", "loop", ages)
    yield _single("hemgang_sending_held", "Whether sending is held until a person releases it.", found.sending_held)
    yield _single("hemgang_schema_version", "The number of the database's last migration.", found.schema)


def _open(counts: Mapping[tuple[str, str], int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "hemgang_discharges_open", "Discharges not ended, by county code and state.", labels=["region", "state"]
    )
    summed: dict[tuple[str, str], int] = {}
    for (region, state), count in counts.items():
        place = (_region(region), state if state in STATES else OTHER)
        summed[place] = summed.get(place, 0) + count
    for place, count in sorted(summed.items()):
        family.add_metric(place, count)
    return family


def _age(at: datetime | None, now: datetime) -> float:
    return math.inf if at is None else (now - at).total_seconds()


def _region(code: str) -> str:
    return code if len(code) == _CODE and code.isascii() and code.isdigit() else OTHER


def _words(counts: Mapping[str, int], known: Iterable[str]) -> dict[str, float]:
    found: dict[str, float] = dict.fromkeys(known, 0)
    for word, count in counts.items():
        place = word if word in found else OTHER
        found[place] = found.get(place, 0) + count
    return found


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in sorted(values.items()):
        family.add_metric([word], value)
    return family


_CODE = 2


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
    endpoint = _serve(address, registry(database, now, every_s=every_s, loops=loops))
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
        _serve(address, CollectorRegistry()).close()


def registry(
    database: Database, now: Callable[[], datetime], *, every_s: float = EVERY_S, loops: Collection[str] = LOOPS
) -> CollectorRegistry:
    """Return all that is served: what this process counted, how the installation stands, what the process uses."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Counted())
    made.register(StoreCollector(database, now, every_s=every_s, loops=loops))
    ProcessCollector(registry=made)
    return made


class _Counted(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from COUNTERS.collect()


def _serve(address: Address, served: CollectorRegistry) -> Endpoint:
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


BUCKETS_S = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0)
"""Upper ends of the classes of lateness, included."""

COUNTERS = CollectorRegistry(auto_describe=True)

STEPS = Counter("hemgang_steps", "Discharges stepped, by result.", ["result"], registry=COUNTERS)
STEP_LATENESS = Histogram(
    "hemgang_step_lateness_seconds",
    "How long after its timer a discharge was stepped.",
    buckets=BUCKETS_S,
    registry=COUNTERS,
)
DELIVERIES = Counter("hemgang_deliveries", "Messages tried, by outcome of the try.", ["outcome"], registry=COUNTERS)
GIVEN_UP = Counter("hemgang_alerts_given_up", "Alerts given up after their last try.", registry=COUNTERS)
DELIVERY_LATENESS = Histogram(
    "hemgang_delivery_lateness_seconds",
    "How long after its release the latest alert of one sweep of the outbox was tried.",
    buckets=BUCKETS_S,
    registry=COUNTERS,
)
MESSAGES = Counter("hemgang_messages", "Lines taken in, by result.", ["result"], registry=COUNTERS)
FILES = Counter("hemgang_files", "Files of the inbox, by result.", ["result"], registry=COUNTERS)

STEP_RESULTS = ("advanced", "overtaken", "set_aside")
OUTCOMES = ("delivered", "failed", "unknown")
INGEST_RESULTS = ("accepted", "duplicate", "conflicting", "quarantined")
FILE_RESULTS = ("taken", "refused")

for _counter, _words_of_counters in (
    (STEPS, STEP_RESULTS),
    (DELIVERIES, OUTCOMES),
    (MESSAGES, INGEST_RESULTS),
    (FILES, FILE_RESULTS),
):
    for _word in _words_of_counters:
        _counter.labels(_word)  # so that each is there from the start, at 0


def observe_steps(*, late_s: Iterable[float], overtaken: int = 0, set_aside: int = 0) -> None:
    """Count a batch of steps: seconds of lateness of each discharge advanced, and how many came to nothing."""
    advanced = 0
    for seconds in late_s:
        STEP_LATENESS.observe(seconds)
        advanced += 1
    for word, count in zip(STEP_RESULTS, (advanced, overtaken, set_aside), strict=True):
        STEPS.labels(word).inc(count)


def observe_sending(*, delivered: int, failed: int, unknown: int, given_up: int, latest_s: float) -> None:
    """Count one sweep of the outbox: messages by outcome, alerts given up, seconds of lateness of the latest alert."""
    for word, count in zip(OUTCOMES, (delivered, failed, unknown), strict=True):
        DELIVERIES.labels(word).inc(count)
    GIVEN_UP.inc(given_up)
    if delivered or failed or unknown:
        DELIVERY_LATENESS.observe(latest_s)


def observe_ingest(*, accepted: int, duplicate: int, conflicting: int, quarantined: int) -> None:
    """Count the lines of a source that was taken in."""
    for word, count in zip(INGEST_RESULTS, (accepted, duplicate, conflicting, quarantined), strict=True):
        MESSAGES.labels(word).inc(count)


def observe_files(*, taken: int = 0, refused: int = 0) -> None:
    """Count files of the inbox."""
    for word, count in zip(FILE_RESULTS, (taken, refused), strict=True):
        FILES.labels(word).inc(count)
