"""The doctor's checks of the Prefect server: does it answer, is everything scheduled, is anything late.

It is asked by plain HTTP, since this package imports no Prefect; its filters are asked by POST, and nothing is changed.
"""

import base64
import json
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hemgang.doctor.finding import Finding, count_of, duration_text, error, ok, warning
from hemgang.i18n.catalogue import Phrase, phrase

DEPLOYMENTS: Mapping[str, bool] = {
    "watch/net": True,
    "deliver/net": True,
    "close-month/daily": True,
    "clear-old-runs/daily": True,
    "ingest-inbox/by-hand": False,
    "discharge/by-hand": False,
}
"""What `hemgang run` declares, and whether it has a schedule; a test holds it against deployments/serve.py."""

VERSION = "3.9"
SERVE = phrase("doctor.do.serve")
URL, PASSWORD = "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment as the server knows it: the zones of its active schedules, its pool ("" = served), is it ready."""

    zones: tuple[str, ...] = ()
    paused: bool = False
    ready: bool = False
    pool: str = ""


@dataclass(frozen=True, slots=True)
class PrefectFacts:
    """What was seen of the server. `named`: whether PREFECT_API_URL names it, or it was looked for where hemgang's is.

    `trouble`: why it cannot be asked, "" if it can; `refused`: it wants another password. `late`: runs that should have
    begun, and how long ago the first of them, in seconds. `pools`: which work pools are ready, that is have a worker.
    """

    named: bool
    trouble: Phrase | str = ""
    refused: bool = False
    version: str = ""
    guarded: bool = False
    deployments: Mapping[str, Deployment] = field(default_factory=dict)
    late: int = 0
    late_s: float = 0.0
    pools: Mapping[str, bool] = field(default_factory=dict)


def judge_prefect(facts: PrefectFacts) -> Iterator[Finding]:
    """Yield what is to be said of Prefect."""
    if facts.refused:
        yield error(
            "prefect", phrase("doctor.found.password_refused"), phrase("doctor.do.set_password", variable=PASSWORD)
        )
        return
    if facts.trouble and not facts.named:
        found = phrase("doctor.found.no_server", trouble=facts.trouble)
        yield warning("prefect", found, phrase("doctor.do.start_server", variable=URL))
        return
    if facts.trouble:
        found = phrase("doctor.found.server_trouble", variable=URL, trouble=facts.trouble)
        yield error("prefect", found, phrase("doctor.do.see_server"))
        return
    yield _version(facts)
    yield from _deployments(facts)
    yield _late(facts)
    yield from _pools(facts)


def _version(facts: PrefectFacts) -> Finding:
    place = "" if facts.named else " on 127.0.0.1:4200"
    protection = phrase("doctor.found.protection_on" if facts.guarded else "doctor.found.protection_off")
    found = phrase("doctor.found.prefect", version=f"{facts.version}{place}", protection=protection)
    if facts.version.startswith(f"{VERSION}."):
        return ok("prefect", found)
    return warning("prefect", found, phrase("doctor.do.one_version", version=VERSION))


def _deployments(facts: PrefectFacts) -> Iterator[Finding]:
    wrong = False
    for name, scheduled in DEPLOYMENTS.items():
        known = facts.deployments.get(name)
        finding = _deployment(name, known, scheduled=scheduled)
        if finding is not None:
            wrong = True
            yield finding
    if not wrong:
        deployments = count_of(len(DEPLOYMENTS), "deployment")
        yield ok("prefect deployments", phrase("doctor.found.deployments", deployments=deployments))


def _deployment(name: str, known: Deployment | None, *, scheduled: bool) -> Finding | None:
    place = f"prefect {name}"
    if known is None:
        return error(place, phrase("doctor.found.deployment_missing"), SERVE)
    if not scheduled:
        return None
    if known.paused:
        return error(place, phrase("doctor.found.deployment_paused"), phrase("doctor.do.resume"))
    if not known.zones:
        return error(place, phrase("doctor.found.deployment_unscheduled"), SERVE)
    if any(zone != "UTC" for zone in known.zones):
        found = phrase("doctor.found.deployment_zones", zones=", ".join(sorted(set(known.zones))))
        return error(place, found, phrase("doctor.do.schedule_utc"))
    if not known.pool and not known.ready:
        return warning(place, phrase("doctor.found.deployment_unserved"), SERVE)
    return None


def _late(facts: PrefectFacts) -> Finding:
    if not facts.late:
        return ok("prefect late runs", phrase("doctor.found.none"))
    found = phrase("doctor.found.late_runs", runs=count_of(facts.late, "run"), age=duration_text(facts.late_s))
    return warning("prefect late runs", found, phrase("doctor.do.see_worker"))


def _pools(facts: PrefectFacts) -> Iterator[Finding]:
    used = sorted({one.pool for name, one in facts.deployments.items() if one.pool and name in DEPLOYMENTS})
    for pool in used:
        if facts.pools.get(pool):
            yield ok(f"prefect pool {pool}", phrase("doctor.found.pool_ready"))
        else:
            do = phrase("doctor.do.start_worker", pool=pool)
            yield error(f"prefect pool {pool}", phrase("doctor.found.pool_empty"), do)


LOCAL_API_URL = "http://127.0.0.1:4200/api"
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
        if auth := environment.get(PASSWORD):
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
    url = environment.get(URL)
    server = _Server(url or LOCAL_API_URL, environment)
    try:
        guarded = server.guard()
        flows = {one["id"]: one["name"] for one in server.ask("/flows/filter", {"limit": AT_ONCE})}
        deployments = {
            f"{flows.get(one['flow_id'], '')}/{one['name']}": _parsed_deployment(one)
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
        told = phrase("doctor.found.answers_status", status=refused.code)
        return PrefectFacts(named=url is not None, trouble=told, refused=refused.code in REFUSED)
    except (OSError, ValueError, KeyError, TypeError) as failed:
        return PrefectFacts(named=url is not None, trouble=_why(failed))


def _parsed_deployment(one: Mapping[str, Any]) -> Deployment:
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


def _why(failed: Exception) -> Phrase | str:
    """Return in a few words why there was no answer, without the address: a password may stand in it."""
    reason = getattr(failed, "reason", failed)
    if isinstance(reason, TimeoutError):
        return phrase("doctor.found.no_answer", seconds=f"{TIMEOUT_S:g}")
    if isinstance(reason, OSError):
        return (reason.strerror or type(reason).__name__).lower()
    return phrase("doctor.found.not_prefect")
