"""The worker of this process, for what Prefect calls: the one place where flows and tasks get it from."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from hemgang.settings import read_settings
from hemgang.worker.worker import Worker, open_worker


class _Holder:
    """Holds the process's worker: that of the engine, else one that is opened from the environment at the first use."""

    def __init__(self) -> None:
        self._changing = Lock()
        self._worker: Worker | None = None

    def get(self) -> Worker:
        with self._changing:
            if self._worker is None:
                self._worker = open_worker(read_settings())
                atexit.register(self._worker.close)
            return self._worker

    def put(self, worker: Worker | None) -> Worker | None:
        with self._changing:
            before, self._worker = self._worker, worker
        return before


_HOLDER = _Holder()


def current_worker() -> Worker:
    """Return the worker of this process.

    Raises:
        AgreementError, ConfigurationError: none was given, and the environment's installation cannot be opened.
    """
    return _HOLDER.get()


@contextmanager
def use_worker(worker: Worker) -> Iterator[Worker]:
    """Let `current_worker` return this one within the block, in every thread; it is closed at the end."""
    before = _HOLDER.put(worker)
    try:
        yield worker
    finally:
        _HOLDER.put(before)
        worker.close()
