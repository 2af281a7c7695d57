"""A receiver on loopback in a process of its own: notes when each POST came and what it was about, and answers 200.

`python -m benchmarks.load_sink LOG PORT_FILE SECONDS` writes its port into one file and a line for each POST into the
other: seconds since 1970, a space, and the `reference` of the JSON body. It answers so many seconds after it noted.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deployments.supervisor import stop
from hemgang import clock

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Sink:
    """A running receiver: where it listens and where it notes what came."""

    port: int
    log: Path
    pid: int

    @property
    def url(self) -> str:
        """Where to POST to."""
        return f"http://127.0.0.1:{self.port}/"

    def received(self) -> list[tuple[float, str]]:
        """Return every POST so far: when (seconds since 1970) and its reference, in the order of arrival."""
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            at, _, reference = line.partition(" ")
            found.append((float(at), reference))
        return found


@contextmanager
def sink(folder: Path, *, answers_after: float = 0.0) -> Iterator[Sink]:
    """Yield a receiver that keeps its log in `folder`; it ends with the block."""
    log, port = folder / "received.log", folder / "sink.port"
    command = [sys.executable, "-m", "benchmarks.load_sink", str(log), str(port), str(answers_after)]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[1], start_new_session=True)  # noqa: S603 - ours
    try:
        ends = time.monotonic() + START_SECONDS
        while not port.exists():
            if child.poll() is not None or time.monotonic() > ends:
                raise TimeoutError("the receiver did not start")
            time.sleep(0.05)
        yield Sink(int(port.read_text(encoding="utf-8")), log, child.pid)
    finally:
        stop(child)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


def serve(log: Path, port: Path, answers_after: float) -> None:
    """Serve until the process is ended."""
    writing = threading.Lock()
    with log.open("a", encoding="utf-8") as kept:

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with writing:
                    kept.write(f"{clock.machine_now().timestamp():.4f} {body['reference']}\n")
                    kept.flush()
                time.sleep(answers_after)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with _Server(("127.0.0.1", 0), Receiver) as server:
            half = port.with_suffix(".part")
            half.write_text(str(server.server_address[1]), encoding="utf-8")
            half.rename(port)
            server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
