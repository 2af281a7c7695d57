"""Measures how far a reader goes: `python -m benchmarks.code_paths` counts modules, names and the files of three ways.

A way is a real run (a message to its episode, a due duty to its e-mail, a month to its statement), traced in a process
of its own. A project file is on it if a function of it runs; what runs only because a module is imported is counted
apart. `--files` lists them.
"""

import argparse
import ast
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import anyio
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hemgang import clock
from hemgang.settings import read_settings

ENTRIES = {
    "command line": "hemgang.cli.main:main",
    "worker": "hemgang.worker.worker:open_worker",
    "claim": "hemgang.worker.sweeps:claim",
    "step": "hemgang.worker.sweeps:step_discharge",
    "deliver": "hemgang.worker.sweeps:send_pending",
}
"""Where each way enters the program; looked up when the way begins."""

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("agreements", "calendars", "hemgang", "tasks", "flows", "deployments")
MIGRATIONS = "hemgang/store/migrations/versions/"
EXAMPLE = ROOT / "tests" / "cases" / "jamtland-exempel-1.ndjson"
DIRECTORY = """\
[operator]
channel = "mail"

[[unit]]
id = "ward-1"
kind = "ward"
hours = "always"
channel = "mail"
backup = "colleague"
manager = "colleague"

[[contact]]
id = "colleague"
hours = "always"
channel = "mail"

[[channel]]
id = "mail"
url = "mailto://127.0.0.1:{port}?from=hemgang@example.invalid&to=ward@example.invalid"
"""


class Trace:
    """The project files in which a function ran while it was on, in every thread started meanwhile too."""

    def __init__(self) -> None:
        """Start with none."""
        self.called: set[str] = set()
        self.importing: set[str] = set()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Trace until the block ends."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or frame.f_code.co_name == "<module>":
            return
        file = project_file(frame.f_code.co_filename)
        if file is not None and file not in self.called:
            (self.importing if _within_import(frame) else self.called).add(file)


def _within_import(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") != "__main__":
            return True
        frame = frame.f_back
    return False


def project_file(name: str) -> str | None:
    """Return a source file's path within the project; None for other code, tests and versions of the database."""
    if not name.startswith(f"{ROOT}{os.sep}"):
        return None
    path = Path(name).relative_to(ROOT).as_posix()
    return path if path.partition("/")[0] in PACKAGES and not path.startswith(MIGRATIONS) else None


def modules() -> dict[str, str]:
    """Return the text of every module outside tests by its path; without the versions of the database."""
    found = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in found if project_file(str(path))}


def size() -> dict[str, Any]:
    """Count modules, their lines (empty `__init__.py` left out), and names that more than one module gives."""
    texts = modules()
    lines = [len(text.splitlines()) for text in texts.values() if text.strip()]
    stems = Counter(Path(path).stem for path in texts if not path.endswith("__init__.py"))
    classes: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for text in texts.values():
        top = ast.parse(text).body
        classes.update({one.name for one in top if isinstance(one, ast.ClassDef)})
        public = {one.name for one in top if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        functions.update(name for name in public if not name.startswith("_"))
    return {
        "modules": len(lines),
        "lines": sum(lines),
        "median lines": statistics.median(lines),
        "under 60 lines": sum(1 for one in lines if one < 60),
        "module names": _repeated(stems),
        "class names": _repeated(classes),
        "public function names": _repeated(functions),
    }


def _repeated(names: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in names.most_common() if count > 1}


def message_to_episode(folder: Path, trace: Trace, *, step: bool = True) -> None:
    """Take one message in, and fold it to its episode in the step of its discharge."""
    with trace.on():
        _take_one_message_in(folder)
        if step:
            _step_all()


def message_taken_in(folder: Path, trace: Trace) -> None:
    """Take one message in, no more."""
    message_to_episode(folder, trace, step=False)


def duty_to_mail(folder: Path, trace: Trace) -> None:
    """Step a discharge whose admission notice is overdue, and deliver the alert to a mail server on the loopback.

    Raises:
        RuntimeError: no e-mail came.
    """
    post = _Post()
    port = _free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        (folder / "directory.toml").write_text(DIRECTORY.format(port=port), encoding="utf-8")
        os.environ["HEMGANG_DIRECTORY"] = str(folder / "directory.toml")
        _take_one_message_in(folder)
        with trace.on():
            worker = _step_all()
            anyio.run(_entry("deliver"), worker)
    finally:
        controller.stop()
    if not post.received:
        raise RuntimeError("the way of a duty to its e-mail ended without an e-mail")


def month_to_statement(_folder: Path, trace: Trace) -> None:
    """Draft a month's statement of the agreement's own example."""
    with trace.on():
        _run("close", "23", "2023-03", "--now", "2023-04-10T12:00")


WAYS: dict[str, Callable[[Path, Trace], None]] = {
    "a message taken in": message_taken_in,
    "a message to its episode": message_to_episode,
    "a due duty to its e-mail": duty_to_mail,
    "a month to its statement": month_to_statement,
}


class _Post:
    def __init__(self) -> None:
        self.received = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        self.received += 1
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _entry(name: str) -> Callable[..., Any]:
    module, _, attribute = ENTRIES[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def _run(*arguments: str) -> None:
    """Run a command in this process; what it writes goes to standard error."""
    kept, sys.stdout = sys.stdout, sys.stderr
    try:
        code = _entry("command line")(list(arguments))
    finally:
        sys.stdout = kept
    if code != 0:
        raise RuntimeError(f"hemgang {arguments[0]} ended with {code}")


def _take_one_message_in(folder: Path) -> None:
    at = clock.machine_now() - timedelta(hours=25)
    message = {"type": "admitted", "id": "m1", "episode": "e1", "at": at.isoformat()}
    message |= {"region": "23", "municipality": "2380", "care": "somatic"}
    path = folder / "one.ndjson"
    path.write_text(json.dumps(message) + "\n", encoding="utf-8")
    _run("ingest", str(path))


def _step_all() -> Any:
    """Step what is due, and return the worker that did."""
    worker = _entry("worker")(read_settings())
    claims = anyio.run(_entry("claim"), worker, 10)
    if not claims:
        raise RuntimeError("no discharge was due")
    for claimed in claims:
        anyio.run(_entry("step"), worker, claimed.reference)
    return worker


def files_on(way: str) -> dict[str, list[str]]:
    """Trace one way in a process of its own, which has read nothing yet, and return its files.

    The tables are made, and the example's messages taken in, by another process before.

    Raises:
        RuntimeError: the way did not come to its end.
    """
    with TemporaryDirectory(prefix="hemgang-ways-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEMGANG_")}
        kept |= {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": folder, "HEMGANG_DATABASE": f"sqlite:///{folder}/ways.db"}
        nothing = Path(folder) / "nothing.ndjson"
        nothing.touch()
        before = EXAMPLE if WAYS[way] is month_to_statement else nothing
        _in_a_process("hemgang", "ingest", str(before), environment=kept)
        ran = _in_a_process("benchmarks.code_paths", "--trace", way, "--folder", folder, environment=kept)
    files: dict[str, list[str]] = json.loads(ran)
    return files


def _in_a_process(module: str, *arguments: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode != 0:
        raise RuntimeError(f"{module} {' '.join(arguments)}:\n{ran.stderr.strip()}")
    return ran.stdout


def _trace(way: str, folder: Path) -> None:
    trace = Trace()
    WAYS[way](folder, trace)
    print(json.dumps({"called": sorted(trace.called), "importing": sorted(trace.importing - trace.called)}))


def main() -> None:
    """Print the figures, with `--files` every file on each way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.code_paths", description="Count what a reader reads.")
    parser.add_argument("--files", action="store_true", help="list the files of each way")
    parser.add_argument("--trace", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.trace is not None:
        _trace(asked.trace, asked.folder)
        return
    for name, value in size().items():
        if isinstance(value, dict):
            worst = ", ".join(f"{one} x{count}" for one, count in list(value.items())[:12])
            print(f"{name} used more than once: {len(value)} ({worst})")
        else:
            print(f"{name}: {value}")
    for way in WAYS:
        files = files_on(way)
        print(f"{way}: {len(files['called'])} files, and {len(files['importing'])} by imports alone")
        if asked.files:
            print("".join(f"    {one}\n" for one in files["called"]), end="")


if __name__ == "__main__":
    main()
