"""What each of those that keep timers has to offer, and how the three opponents are made ready."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load_database import postgresql
from benchmarks.load_sink import Sink, sink
from benchmarks.timers_peers_post import DATABASE, RECEIVER

ANSWERS_AFTER_SECONDS = 0.1
"""How long the receiver takes to answer, as a mail or SMS gateway does, so that kills find posts under way."""

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Contestant:
    """One that keeps timers: who it is and how many workers it has, and what it does.

    `store` takes timers (key and instant), `start` a worker's number; `keys` takes the references of what the receiver
    got and returns their timers, "" for what is no timer's; `beside` are its processes that are not killed.
    """

    version: str
    workers: int
    receiver: Sink
    postgresql: int
    store: Callable[[Mapping[str, datetime]], None]
    start: Callable[[int], "subprocess.Popen[bytes]"]
    keys: Callable[[Sequence[str]], list[str]] = list
    beside: Mapping[str, int] = field(default_factory=dict)


@contextmanager
def opponent(package: str, *, workers: int = 2) -> Iterator[Contestant]:
    """Yield an opponent by its package's name; its module is `benchmarks.timers_peers_<package>`."""
    module = f"benchmarks.timers_peers_{package}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hemgang-peers-")))
        server = stack.enter_context(postgresql())
        receiver = stack.enter_context(sink(folder, answers_after=ANSWERS_AFTER_SECONDS))
        environment = os.environ | {DATABASE: server.made("timers"), RECEIVER: receiver.url}

        def run(*words: str) -> "subprocess.Popen[bytes]":
            with (folder / "said.log").open("ab") as said:
                command = [sys.executable, "-m", module, *words]
                return subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    command, env=environment, cwd=ROOT, stdout=said, stderr=said, start_new_session=True
                )

        def store(timers: Mapping[str, datetime]) -> None:
            plan = folder / "plan.json"
            plan.write_text(json.dumps({key: due.timestamp() for key, due in timers.items()}), encoding="utf-8")
            if run("schedule", str(plan)).wait() != 0:
                raise RuntimeError(f"{package} did not store the timers:\n{(folder / 'said.log').read_text()[-2000:]}")

        named = f"{package} {version(package)}"
        yield Contestant(named, workers, receiver, server.pid, store, lambda number: run("work", str(number)))
