"""What every timer does, whoever keeps it: one POST of its key to the receiver. Also what an opponent is told."""

import json
import os
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

DATABASE, RECEIVER = "HEMGANG_BENCH_DATABASE", "HEMGANG_BENCH_RECEIVER"
TIMEOUT_SECONDS = 10.0
AT_ONCE = 8
"""Posts that a worker may have under way, as hemgang's own sender."""


def post(key: str) -> None:
    """POST a key and wait for the answer.

    Raises:
        OSError: there was none, or it was an error.
    """
    body = json.dumps({"reference": key}).encode()
    call = urllib.request.Request(os.environ[RECEIVER], body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(call, timeout=TIMEOUT_SECONDS):  # noqa: S310 - the benchmark's own receiver
        pass


def timers(plan: Path) -> dict[str, datetime]:
    """Return the timers of a plan: by key, when each is due."""
    told = json.loads(plan.read_text(encoding="utf-8"))
    return {key: datetime.fromtimestamp(due, UTC) for key, due in told.items()}
