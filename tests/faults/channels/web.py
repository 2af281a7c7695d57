"""Web receivers on loopback that fail in one way each."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deployments.prefect_server import HOST
from tests.faults.channels.mail import Taken


class FaultyWeb:
    """Answers each call with a status, after `delay_s`; `keeps` is whether it keeps the message all the same."""

    def __init__(self, status: int, *, keeps: bool = False, delay_s: float = 0.0, location: str = "") -> None:
        self.taken = Taken()
        self.status, self.keeps, self.delay_s, self.location = status, keeps, delay_s, location

    def heal(self) -> None:
        """Answer well from now on."""
        self.status, self.keeps, self.delay_s, self.location = 200, True, 0.0, ""

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Read a call and answer it."""
        self.taken.calls += 1
        told = json.loads(call.rfile.read(int(call.headers["content-length"])))
        if self.keeps:
            self.taken.references.append(str(told.get("reference")))
        time.sleep(self.delay_s)
        call.send_response(self.status)
        if self.location:
            call.send_header("location", self.location)
        call.send_header("retry-after", "1")
        call.send_header("content-length", "0")
        call.end_headers()


@contextmanager
def listening(web: FaultyWeb) -> Iterator[int]:
    """Yield the port of a web receiver that answers as told."""

    class Ears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            web.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Ears)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
