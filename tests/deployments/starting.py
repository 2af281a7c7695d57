"""Starts a module of deployments as a process of its own and waits for its end."""

import os
import subprocess
import sys


def started(module: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a module to its end with no variable of ours but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEMGANG_")}
    command = [sys.executable, "-W", "ignore", "-m", module]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False, timeout=60)
