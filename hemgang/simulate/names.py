"""Opaque ids of simulated stays: letters only, so that none is shaped like an identity number (specification 6)."""

LETTERS = "bcdfghjkmnpqrstvwxz"
LENGTH = 9

_SPACE = len(LETTERS) ** LENGTH
_STRIDE = 121_932_631_112_635_269 % _SPACE


def episode_id(*, offset: int, number: int) -> str:
    """Return the id of the stay with this number, another for every number below 3 * 10**11.

    `offset` is where the run starts: runs with different ones seldom share an id.
    """
    place = (offset + number * _STRIDE) % _SPACE
    letters = []
    for _ in range(LENGTH):
        place, rest = divmod(place, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(letters)
