"""Prefect's settings for hemgang: nothing leaves the machine, no heartbeat in short runs (docs/decisions/0007)."""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
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
        "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("logging.yml")),
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }
)

THROUGH_REDIS: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
    }
)
"""What several API servers of one Prefect must share, each by its module in `prefect_redis`."""

SERVED: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "30",
    }
)
"""For Prefect's own processes where there are several: two that make tables or blocks at once end with an error."""

REDIS = "PREFECT_REDIS_MESSAGING_URL"
"""The Redis that several API servers share (`redis://:password@host:port/0`); named nowhere else."""


def share(environment: MutableMapping[str, str] = os.environ) -> None:
    """Fill in, where nothing is said, what Prefect's own processes need in production; see `deployments/README.md`."""
    found = dict(SERVED)
    if address := environment.get(REDIS):
        found |= THROUGH_REDIS
        found |= dict.fromkeys(("PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL", "PREFECT_SERVER_DOCKET_URL"), address)
    for name, value in found.items():
        environment.setdefault(name, value)


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
