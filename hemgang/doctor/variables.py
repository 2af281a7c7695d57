"""What is to be said of the environment: variables that look like hemgang's and that nothing reads."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from hemgang.doctor.finding import Finding, error, ok, warning

PREFIX = "HEMGANG_"
KNOWN = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("CLOCK", "DATABASE", "DEMO", "DIRECTORY", "HEARTBEAT_URL", "INBOX", "LADDER", "LOG", "LOG_LEVEL", "METRICS"),
        *("REGIONS", "RETENTION", "RUN_BUDGET", "RUN_LIMIT", "RUN_SECONDS", "RUNS_AT_ONCE", "RUNS_A_SECOND"),
        *("SCOPE", "STAND_IN_SECONDS", "STATE", "TICK_SECONDS", "TRACEBACK", "UNIT", "USER"),
    )
)
"""Every variable that hemgang reads."""


def judge_variables(
    names: Iterable[str], in_directory: Iterable[str] = (), wrong: Iterable[str] = ()
) -> Iterator[Finding]:
    """Yield an error for each of `wrong`, whose values cannot be used, and a warning for each that nothing reads.

    `names` are those of the environment, without values.

    `in_directory` are those that the directory names for its addresses.
    """
    told = [*wrong]
    for one in told:
        yield error("variables", one, "mend it: the engine does not start with it")
    known = KNOWN | {*in_directory}
    ours = sorted(name for name in names if name.upper().startswith(PREFIX))
    for name in ours:
        if name not in known:
            close = get_close_matches(name.upper(), KNOWN, n=1)
            meant = f"is {close[0]} meant?" if close else "take it away"
            yield warning("variables", f"nothing reads {name[:60]}", meant)
    if not told and all(name in known for name in ours):
        yield ok("variables", f"set: {', '.join(name.removeprefix(PREFIX) for name in ours) or 'none'}")
