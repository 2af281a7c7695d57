"""Asks a Prefect server by plain HTTP: this package imports no Prefect. Only reads; its filters are asked by POST."""

import base64
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hemgang.doctor.prefect import Deployment, PrefectFacts

OWN = "http://127.0.0.1:4200/api"
"""Where `hemgang run` has its server, unless the port is taken."""

TIMEOUT_S = 10.0
AT_ONCE = 200
LATE_AFTER_S = 60.0
REFUSED = (401, 403)


class _Server:
    """A server's API: asks with the password and, where the server wants it, the token against forgery."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if auth := environment.get("PREFECT_API_AUTH_STRING"):
            self._headers["Authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"
        elif key := environment.get("PREFECT_API_KEY"):
            self._headers["Authorization"] = f"Bearer {key}"

    def guard(self) -> bool:
        """Get the token if the server has its protection on; return whether it has."""
        client = str(uuid.uuid4())
        try:
            token = self.ask(f"/csrf-token?client={client}")["token"]
        except urllib.error.HTTPError as refused:
            if refused.code in REFUSED:
                raise
            return False
        self._headers |= {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": client}
        return True

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        if not self._url.startswith(("http://", "https://")):
            raise ValueError("no address of a web server")
        asked = urllib.request.Request(f"{self._url}{path}", data=data, headers=self._headers)  # noqa: S310  see above
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310  see above
            return json.loads(answer.read() or b"null")


def gather_prefect(environment: Mapping[str, str], *, now: datetime) -> PrefectFacts:
    """Ask the server that `PREFECT_API_URL` names, else the one that `hemgang run` has."""
    url = environment.get("PREFECT_API_URL")
    server = _Server(url or OWN, environment)
    try:
        guarded = server.guard()
        flows = {one["id"]: one["name"] for one in server.ask("/flows/filter", {"limit": AT_ONCE})}
        deployments = {
            f"{flows.get(one['flow_id'], '')}/{one['name']}": _deployment(one)
            for one in server.ask("/deployments/filter", {"limit": AT_ONCE})
        }
        late = server.ask("/flow_runs/filter", _late_before(now))
        pools = server.ask("/work_pools/filter", {"limit": AT_ONCE})
        return PrefectFacts(
            named=url is not None,
            version=str(server.ask("/admin/version")),
            guarded=guarded,
            deployments=deployments,
            late=len(late),
            late_s=_since(late[0]["expected_start_time"], now) if late else 0.0,
            pools={one["name"]: one.get("status") == "READY" for one in pools},
        )
    except urllib.error.HTTPError as refused:
        told = f"it answers {refused.code}"
        return PrefectFacts(named=url is not None, trouble=told, refused=refused.code in REFUSED)
    except (OSError, ValueError, KeyError, TypeError) as failed:
        return PrefectFacts(named=url is not None, trouble=_why(failed))


def _deployment(one: Mapping[str, Any]) -> Deployment:
    schedules = [row for row in one.get("schedules") or [] if row.get("active")]
    return Deployment(
        zones=tuple(str(row["schedule"].get("timezone") or "UTC") for row in schedules),
        paused=bool(one.get("paused")),
        ready=one.get("status") == "READY",
        pool=str(one.get("work_pool_name") or ""),
    )


def _late_before(now: datetime) -> dict[str, Any]:
    before = datetime.fromtimestamp(now.timestamp() - LATE_AFTER_S, now.tzinfo).isoformat()
    return {
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": {"before_": before}},
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": AT_ONCE,
    }


def _since(text: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(text)).total_seconds())


def _why(failed: Exception) -> str:
    """Return in a few words why there was no answer, without the address: a password may stand in it."""
    reason = getattr(failed, "reason", failed)
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(reason, OSError):
        return (reason.strerror or type(reason).__name__).lower()
    return "it answers, but not as Prefect does"
