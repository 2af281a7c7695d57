"""What is to be said of the environment: variables that look like hemgang's and that nothing reads."""

from collections.abc import Iterable, Iterator

from hemgang.doctor.finding import Finding, error, ok, warning
from hemgang.settings import PREFIX, VARIABLES, nearest


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
    known = {*VARIABLES, *in_directory}
    ours = sorted(name for name in names if name.upper().startswith(PREFIX))
    for name in ours:
        if name not in known:
            close = nearest(name)
            meant = f"is {close} meant?" if close else "take it away"
            yield warning("variables", f"nothing reads {name[:60]}", meant)
    if not told and all(name in known for name in ours):
        yield ok("variables", f"set: {', '.join(name.removeprefix(PREFIX) for name in ours) or 'none'}")
