"""The installation this process works for, opened once; its name as a worker."""

import os
import secrets
import socket
from functools import cache

from hemgang.engine.installation import Installation, open_installation


@cache
def installation() -> Installation:
    """Return the installation that the environment describes, opened at the first call."""
    return open_installation()


@cache
def worker() -> str:
    """Return this process's name as a holder of claims."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
