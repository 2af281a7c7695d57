"""Prefect's settings for hemgang: nothing leaves the machine, no heartbeat in short runs (docs/decisions/0007)."""

import os
from collections.abc import Mapping, MutableMapping
from types import MappingProxyType

PRIVATE: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    }
)
"""Analytics, telemetry and promotion: off, everywhere."""

QUIET: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }
)


def prefect_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment for a Prefect process: what leaves the machine is off, whatever the base says."""
    found = dict(os.environ if base is None else base)
    for name, value in QUIET.items():
        found.setdefault(name, value)
    return {**found, **PRIVATE}


def keep_private(environment: MutableMapping[str, str] = os.environ) -> None:
    """Turn off, in this process, what would leave the machine; to be called before Prefect is imported."""
    environment.update(PRIVATE)
    for name, value in QUIET.items():
        environment.setdefault(name, value)
