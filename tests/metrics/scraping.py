"""Scrapes an endpoint over HTTP and reads what it says; for tests only."""

import urllib.request
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]


def scraped(port: int) -> str:
    """Return the body of a scrape, as a Prometheus server gets it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        return str(answer.read().decode())


def samples(body: str) -> Mapping[str, Mapping[Labels, float]]:
    """Return the values of a scrape by name and labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def by(values: Mapping[Labels, float], *names: str) -> dict[tuple[str, ...], float]:
    """Return values that are not 0 by the values of some labels."""
    return {tuple(dict(labels)[name] for name in names): value for labels, value in values.items() if value}
