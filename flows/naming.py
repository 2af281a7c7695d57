"""How runs that are not about one discharge are named: by what they do and when they began."""

from collections.abc import Callable

from calendars.zone import local
from hemgang import clock


def run_name(what: str) -> Callable[[], str]:
    """Return what Prefect calls to name a run: `watch 2023-04-07 08:00`, Stockholm time by the engine's clock."""

    def name() -> str:
        return f"{what} {local(clock.now()):%Y-%m-%d %H:%M}"

    return name
