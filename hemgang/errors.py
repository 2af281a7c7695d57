"""The root of every error that hemgang raises on purpose; the message is one line a user can act on."""


class HemgangError(Exception):
    """Something the user can put right; shown as one line, exit code 2, never a traceback."""


class ConfigurationError(HemgangError):
    """A setting, file or address that the engine cannot work with; names the place and the key."""


def error_lines(error: HemgangError) -> str:
    """Return an error as it is shown: `hemgang: ` before each of its lines (one, but for errors that list faults)."""
    return "".join(f"hemgang: {line}\n" for line in str(error).splitlines() or [""])
