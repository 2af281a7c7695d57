"""The supervisor of child processes: restarts what ends, and ends all of them together; and locks between processes."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

RESTART_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
STABLE_SECONDS = 60.0
LOOK_SECONDS = 0.5
STOP_SECONDS = 15.0

PR_SET_PDEATHSIG = 1
END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Process = subprocess.Popen[bytes]
_LIBRARY = ctypes.CDLL(None)


@dataclass(slots=True)
class Child:
    """One supervised process: restarted when it ends, at longer and longer intervals while it keeps ending at once."""

    name: str
    start: Callable[[], Process]
    process: Process
    started: float
    failures: int = 0
    restart_at: float | None = None
    """When to start it again (monotonic seconds), from when it was seen to have ended until that is done."""
    end_signal: signal.Signals = signal.SIGTERM
    """The signal that asks it to end."""


def start_child(name: str, start: Callable[[], Process], *, end_signal: signal.Signals = signal.SIGTERM) -> Child:
    """Start a process, and return it as a child to be supervised."""
    return Child(name, start, start(), time.monotonic(), end_signal=end_signal)


def supervise(children: Sequence[Child]) -> NoReturn:
    """Restart children that end, for ever; one that waits for its restart holds none of the others up."""
    while True:
        time.sleep(LOOK_SECONDS)
        for child in children:
            restart_if_ended(child, now=time.monotonic())


def restart_if_ended(child: Child, *, now: float) -> None:
    """Start a child again that has ended, when its pause is over; `now` is monotonic seconds."""
    if child.restart_at is None:
        code = child.process.poll()
        if code is None:
            return
        lived = now - child.started
        child.failures = 0 if lived > STABLE_SECONDS else child.failures + 1
        child.restart_at = now + RESTART_SECONDS[min(child.failures, len(RESTART_SECONDS) - 1)]
        sys.stderr.write(f"{child.name} ended with {code} after {lived:.0f} s; starting it again\n")
    if now >= child.restart_at:
        child.process, child.started, child.restart_at = child.start(), now, None


def start_logged(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    user: str | None = None,
    end_with_parent: bool = False,
) -> Process:
    """Start a program in a session of its own; its output is appended to `log`.

    `user` is whom it runs as, which only root may choose; None is whoever we are. `end_with_parent`: it is asked to end
    when the thread that started it has ended, however that came (Linux only; to be called in the main thread).
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  the callers' own programs and words
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=user,
            extra_groups=[] if user is not None else None,
            cwd="/" if user is not None else None,
            preexec_fn=_end_with_parent if end_with_parent and sys.platform == "linux" else None,
        )


def _end_with_parent() -> None:
    """Let the kernel ask this process to end when its parent has (prctl(2))."""
    _LIBRARY.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def start_module(
    module: str, environment: Mapping[str, str], log: Path, *words: str, end_with_parent: bool = False
) -> Process:
    """Start one of our modules with this interpreter; `end_with_parent` as in `start_logged`."""
    return start_logged([sys.executable, "-m", module, *words], environment, log, end_with_parent=end_with_parent)


def stop(process: Process, *, patience: float = STOP_SECONDS, by: signal.Signals = signal.SIGTERM) -> None:
    """End a process by a signal, after `patience` seconds by SIGKILL."""
    process.send_signal(by)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_together(children: Sequence[Child], *, patience: float = STOP_SECONDS) -> None:
    """End children that do not need each other: all get their signal at once, the last started is waited for first."""
    for child in children:
        child.process.send_signal(child.end_signal)
    for child in reversed(children):
        stop(child.process, patience=patience, by=child.end_signal)


def interrupt_on_signals() -> None:
    """Let the first of `END_SIGNALS` end the main loop as Ctrl-C does; those that follow are ignored."""
    for number in END_SIGNALS:
        signal.signal(number, _interrupt)


def ignore_signals() -> None:
    """Ignore all of `END_SIGNALS` from now on."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    ignore_signals()
    raise KeyboardInterrupt


def is_root() -> bool:
    """Whether this process may run others as another user."""
    return os.geteuid() == 0


def acquire_lock(path: Path) -> int | None:
    """Take a lock between processes: held until the returned descriptor is closed, or this process ends.

    None if another process holds it. The file is made where it is missing, and stays.

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
