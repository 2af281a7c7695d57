"""Metrics in Prometheus' text form: what a process has counted, and how the installation stands.

What each means, and alert rules: docs/monitoring.md.
"""

from hemgang.metrics.exporter import (
    Endpoint,
    observe_files,
    observe_ingest,
    observe_sending,
    observe_steps,
    serve_metrics,
)

__all__ = [
    "Endpoint",
    "observe_files",
    "observe_ingest",
    "observe_sending",
    "observe_steps",
    "serve_metrics",
]
