"""The work pool: made, and filled with the deployments of prefect.yaml; `--work` then becomes a worker of that pool.

    python -m deployments.work_pool [--work]

Doing it again changes nothing, so a worker does it each time it starts: what is declared is what its code has.
"""

import os
import subprocess
import sys
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from deployments.prefect_server import apply_prefect_settings

apply_prefect_settings()


POOL = "hemgang"
DECLARED = Path(__file__).with_name("prefect.yaml")
AT_ONCE = "3"
PREFECT = (sys.executable, "-m", "deployments.prefect_command")


def ensure_pool(client: SyncPrefectClient) -> None:
    """Make the work pool (runs as processes of the worker) unless it is there, whatever kind of pool it is."""
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))


def main(*words: str) -> int:
    """Make the pool and deploy; return the exit code of `prefect deploy`, or never where a worker takes its place."""
    with get_client(sync_client=True) as client:
        ensure_pool(client)
    command = [*PREFECT, "--no-prompt", "deploy", "--all", "--prefect-file", str(DECLARED)]
    code = subprocess.run(command, check=False).returncode  # noqa: S603  our own interpreter with fixed words
    if code == 0 and "--work" in words:
        os.execv(sys.executable, [*PREFECT, "worker", "start", "--pool", POOL, "--limit", AT_ONCE])  # noqa: S606
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
