"""What cannot be simulated."""

from hemgang.errors import HemgangError


class SimulationError(HemgangError):
    """A region, span or share that the simulation cannot work with; the message says what it can take."""
