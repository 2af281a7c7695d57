"""What the doctor says of a Prefect server: by its facts, and by a server that misbehaves."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from deployments.serve import declared_deployments
from hemgang.doctor.finding import Level
from hemgang.doctor.prefect import DEPLOYMENTS, Deployment, PrefectFacts, gather_prefect, judge_prefect
from tests.doctor.levels import level_of

OK, WARNING, ERROR = Level.OK, Level.WARNING, Level.ERROR
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SERVED = Deployment(("UTC",), ready=True)
GOOD = PrefectFacts(named=True, version="3.9.1", deployments=dict.fromkeys(DEPLOYMENTS, SERVED))


def others(name: str, deployment: Deployment | None) -> dict[str, Any]:
    """Return the facts' deployments with one of them otherwise, or not there."""
    known = {**GOOD.deployments, name: deployment}
    return {"deployments": {one: value for one, value in known.items() if value is not None}}


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "prefect", OK),
        ({"version": "3.8.8"}, "prefect", WARNING),
        ({"trouble": "connection refused"}, "prefect", ERROR),
        ({"trouble": "connection refused", "named": False}, "prefect", WARNING),
        ({"trouble": "it answers 401", "refused": True}, "prefect", ERROR),
        ({"trouble": "connection refused"}, "prefect deployments", None),
        ({}, "prefect deployments", OK),
        (others("watch/net", None), "prefect watch/net", ERROR),
        (others("watch/net", Deployment(("Europe/Stockholm",), ready=True)), "prefect watch/net", ERROR),
        (others("watch/net", Deployment((), ready=True)), "prefect watch/net", ERROR),
        (others("watch/net", replace(SERVED, paused=True)), "prefect watch/net", ERROR),
        (others("watch/net", replace(SERVED, ready=False)), "prefect watch/net", WARNING),
        (others("discharge/by-hand", Deployment()), "prefect discharge/by-hand", None),
        (others("discharge/by-hand", None), "prefect discharge/by-hand", ERROR),
        ({}, "prefect late runs", OK),
        ({"late": 2, "late_s": 300.0}, "prefect late runs", WARNING),
        (others("watch/net", replace(SERVED, pool="hemgang")), "prefect pool hemgang", ERROR),
        (
            others("watch/net", replace(SERVED, pool="hemgang")) | {"pools": {"hemgang": True}},
            "prefect pool hemgang",
            OK,
        ),
        ({"pools": {"another": False}}, "prefect pool another", None),
    ],
)
def test_of_prefect(change: dict[str, Any], name: str, level: Level | None) -> None:
    assert level_of(judge_prefect(replace(GOOD, **change)), name) is level


def test_the_deployments_looked_for_are_those_that_are_declared() -> None:
    assert {f"{one.flow_name}/{one.name}": bool(one.schedules) for one in declared_deployments()} == DEPLOYMENTS


class Answers(BaseHTTPRequestHandler):
    """A server that answers as the class says: a status for everything, or what Prefect answers with a password."""

    status = 200
    body = b"[]"
    password = ""
    token = ""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        told = self.headers.get("Authorization", "")
        allowed = not self.password or told == f"Basic {base64.b64encode(self.password.encode()).decode()}"
        status, body = (self.status, self.body) if allowed else (401, b"{}")
        if self.path.startswith("/api/csrf-token"):
            status, body = (
                (200, json.dumps({"token": self.token}).encode())
                if self.token and allowed
                else (
                    status if status == 401 else 422,
                    b"{}",
                )
            )
        elif self.token and self.command == "POST" and self.headers.get("Prefect-Csrf-Token") != self.token:
            status, body = 403, b"{}"
        elif self.path == "/api/admin/version":
            body = b'"3.9.1"'
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def answers() -> Iterator[tuple[type[Answers], str]]:
    """Yield a handler whose class attributes say how it answers, and the URL of its API."""
    handler = type("Handler", (Answers,), {})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield handler, f"http://127.0.0.1:{listening.server_port}/api"
    finally:
        listening.shutdown()
        listening.server_close()


def test_a_server_with_password_and_csrf_protection_is_asked_with_both(answers: tuple[type[Answers], str]) -> None:
    handler, url = answers
    handler.password, handler.token = "admin:secret", "t-1"
    facts = gather_prefect({"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": "admin:secret"}, now=NOW)
    assert (str(facts.trouble), facts.version, facts.guarded) == ("", "3.9.1", True)
    wrong = gather_prefect({"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": "admin:other"}, now=NOW)
    assert wrong.refused
    assert gather_prefect({"PREFECT_API_URL": url}, now=NOW).refused


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (200, b"<html>"), (200, b"7"), (404, b"")])
def test_a_server_that_is_no_prefect_is_a_finding_and_no_exception(
    answers: tuple[type[Answers], str], status: int, body: bytes
) -> None:
    handler, url = answers
    handler.status, handler.body = status, body
    facts = gather_prefect({"PREFECT_API_URL": url}, now=NOW)
    assert str(facts.trouble)
    assert not facts.refused


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "http://x.invalid/api", "nonsense", "ftp://127.0.0.1/api"])
def test_no_server_is_a_finding_and_its_address_is_not_shown(url: str) -> None:
    facts = gather_prefect({"PREFECT_API_URL": url}, now=NOW)
    assert str(facts.trouble)
    assert url not in str(facts.trouble)
