"""What is to be said of the Prefect server: does it answer, is everything scheduled, is anything late; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hemgang.doctor.finding import Finding, counted, error, lasting, ok, warning

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
SERVE = "start `hemgang run`, or deploy to the work pool anew: docs/prefect.md"


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
    trouble: str = ""
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
        yield error("prefect", "the server refuses the password", "set PREFECT_API_AUTH_STRING as on the server")
        return
    if facts.trouble and not facts.named:
        found = f"no server where `hemgang run` has its own ({facts.trouble})"
        yield warning("prefect", found, "start `hemgang run`; with a server elsewhere set PREFECT_API_URL")
        return
    if facts.trouble:
        do = "see whether the server runs: without it nothing is scheduled, and the engine's runs fail"
        yield error("prefect", f"the server that PREFECT_API_URL names: {facts.trouble}", do)
        return
    yield _version(facts)
    yield from _deployments(facts)
    yield _late(facts)
    yield from _pools(facts)


def _version(facts: PrefectFacts) -> Finding:
    place = "" if facts.named else " on 127.0.0.1:4200"
    found = f"{facts.version}{place}, CSRF protection {'on' if facts.guarded else 'off'}"
    if facts.version.startswith(f"{VERSION}."):
        return ok("prefect", found)
    return warning("prefect", found, f"let server and hemgang have one version, {VERSION}")


def _deployments(facts: PrefectFacts) -> Iterator[Finding]:
    wrong = False
    for name, scheduled in DEPLOYMENTS.items():
        known = facts.deployments.get(name)
        finding = _deployment(name, known, scheduled=scheduled)
        if finding is not None:
            wrong = True
            yield finding
    if not wrong:
        yield ok("prefect deployments", f"{counted(len(DEPLOYMENTS), 'deployment')}, schedules in UTC")


def _deployment(name: str, known: Deployment | None, *, scheduled: bool) -> Finding | None:
    place = f"prefect {name}"
    if known is None:
        return error(place, "is not there", SERVE)
    if not scheduled:
        return None
    if known.paused:
        return error(place, "is paused", "resume it on the Prefect page: it is the net under the engine")
    if not known.zones:
        return error(place, "has no active schedule", SERVE)
    if any(zone != "UTC" for zone in known.zones):
        found = f"is scheduled in {', '.join(sorted(set(known.zones)))}"
        return error(place, found, "schedule it in UTC: in Stockholm's time the autumn night has a hole")
    if not known.pool and not known.ready:
        return warning(place, "nobody serves it", SERVE)
    return None


def _late(facts: PrefectFacts) -> Finding:
    if not facts.late:
        return ok("prefect late runs", "none")
    found = f"{counted(facts.late, 'run')}, the first for {lasting(facts.late_s)}"
    return warning("prefect late runs", found, "see whether a worker or `deployments.serve` runs")


def _pools(facts: PrefectFacts) -> Iterator[Finding]:
    used = sorted({one.pool for name, one in facts.deployments.items() if one.pool and name in DEPLOYMENTS})
    for pool in used:
        if facts.pools.get(pool):
            yield ok(f"prefect pool {pool}", "has a worker")
        else:
            do = f"start one: `prefect worker start --pool {pool}`"
            yield error(f"prefect pool {pool}", "no worker is online", do)
