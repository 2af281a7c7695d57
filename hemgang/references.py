"""References: random-looking names for alerts, the same for the same thing, silent without the secret (3.3)."""

import hmac
import json

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a reference can be read out on the telephone."""

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
"""Crockford's base 32 has none of these letters; whoever writes one means the digit."""

SHORTEST_SECRET_BYTES = 16

_GROUPS = 3
_GROUP = 4
_LETTERS = frozenset(ALPHABET[10:])


def reference_of(secret: bytes, *parts: str) -> str:
    """Return the reference of what `parts` name, "XXXX-XXXX-XXXX": 60 bits of HMAC-SHA256.

    The same parts give the same reference in every run and after a restore; parts are kept apart, so ("ab", "c") is
    not ("a", "bc"). Each group holds a letter, so that no reference is ever shaped like an identity number.

    Raises:
        ValueError: the secret is shorter than 16 bytes, or nothing is named.
    """
    if len(secret) < SHORTEST_SECRET_BYTES:
        raise ValueError(f"the secret of references needs at least {SHORTEST_SECRET_BYTES} bytes")
    if not parts:
        raise ValueError("a reference names something; no parts were given")
    turn = 0
    while True:
        named = json.dumps([turn, *parts], ensure_ascii=True).encode()
        groups = _groups(hmac.digest(secret, named, "sha256"))
        if all(_LETTERS & set(group) for group in groups):
            return "-".join(groups)
        turn += 1


def normalized_reference(text: str) -> str:
    """Return a reference in capitals and groups, however it was written.

    >>> normalized_reference("7k3m q9tb2xwo")
    '7K3M-Q9TB-2XW0'
    """
    letters = "".join(c for c in text.upper() if c.isalnum()).translate(_READ_AS)
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _groups(digest: bytes) -> list[str]:
    """Write the first 60 bits of a digest as three groups of four."""
    bits = 5 * _GROUPS * _GROUP
    number = int.from_bytes(digest[:8], "big") >> (64 - bits)
    written = "".join(ALPHABET[(number >> shift) & 31] for shift in range(bits - 5, -1, -5))
    return [written[start : start + _GROUP] for start in range(0, len(written), _GROUP)]
