"""References: random-looking names that can stand in alerts and run names, and say nothing without the secret."""

import hmac

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS = 60


def reference_of(secret: bytes, *parts: str) -> str:
    """Return the reference of a thing named by `parts`: the same thing always has the same one, 60 bits, `XXXX-XXXX-XXXX`.

    The alphabet is Crockford's base 32, which leaves out letters that look like digits.
    """
    named = "\x1f".join(parts).encode()
    number = int.from_bytes(hmac.digest(secret, named, "sha256")[:8], "big") >> (64 - _BITS)
    letters = [_ALPHABET[(number >> shift) & 31] for shift in range(_BITS - 5, -1, -5)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))
