"""A file as a lock between processes: given back by the system however its holder ends."""

import fcntl
import os
from pathlib import Path


def locked(path: Path) -> int | None:
    """Take the lock that a file stands for until the descriptor that is returned is closed, or this process ends.

    None if another has it. The file is made where it is missing, and stays.

    Raises:
        OSError: the file cannot be opened, as one of another user.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
