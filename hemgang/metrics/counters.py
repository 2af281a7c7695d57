"""The counters of this process since it began: steps, deliveries, messages taken in, and how late they were."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

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

for _counter, _words in (
    (STEPS, STEP_RESULTS),
    (DELIVERIES, OUTCOMES),
    (MESSAGES, INGEST_RESULTS),
    (FILES, FILE_RESULTS),
):
    for _word in _words:
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
