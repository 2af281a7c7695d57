"""What happens to the bytes of a line on its way: bits flip, ends are cut, lines run together, other letters, NUL."""

import random
from collections.abc import Callable, Sequence
from unicodedata import normalize

Chance = random.Random
Mutation = Callable[[Chance, bytes, bytes], bytes]

TOKENS: Sequence[bytes] = (
    *(
        b"\x00",
        b"\r",
        b"\n",
        b"\t",
        b"\xff",
        b"\xfe",
        b"\xc3",
        b"\xe2\x80\xa8",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xc0\x80",
    ),
    *(
        b'"',
        b"'",
        b"\\",
        b",",
        b";",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"true",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0",
    ),
    *(
        b"\\ud800",
        b"\\u0000",
        b"\\udc00\\ud800",
        b"\\u0031\\u0039",
        b"9" * 30,
        b"0x10",
        b"1_000",
        b"01",
        b"+1",
        b".5",
        b"//",
    ),
    *(b'"id":"m-9",', b'"at":"2023-05-01T10:00",', b'"type":"died",', b"{}", b'""', b"19121212-1212", b'"",""', b'";"'),
)
REPEATED: Sequence[bytes] = (
    *(
        b"x",
        b" ",
        b"9",
        b'"',
        b"\xc3\xa5",
        b"191212",
        b"19121212-",
        b"191212 - ",
        b"1912 12 12",
        b"2023-03-01T10:00:00.",
    ),
    *(
        b"00000000-0000-0000-0000-",
        b"nr",
        b"1 ",
        b"\\u0661",
        b"\xd9\xa0",
        b"e\xcc\x81",
        b"\xe2\x80\x8b1",
        b"\xf0\x9f\x98\x80",
    ),
)
"""What a pattern may come back to again and again, if it is written badly."""

LETTERS = "latin-1", "cp1252", "cp437", "utf-16-le", "utf-16", "utf-32", "utf-7", "mac-roman"


def mutated(chance: Chance, line: bytes, other: bytes) -> bytes:
    """Return a line after one mutation; `other` is what it may be mixed with."""
    return chance.choice(_MUTATIONS)(chance, line, other)


def in_other_letters(chance: Chance, line: bytes) -> bytes:
    """Return the line in an encoding that is not UTF-8, as far as it has its letters."""
    return line.decode("utf-8", "replace").encode(chance.choice(LETTERS), "replace")


def _flip(chance: Chance, line: bytes, _: bytes) -> bytes:
    changed = bytearray(line)
    for _n in range(chance.choice((1, 1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: Chance, line: bytes, _: bytes) -> bytes:
    place = chance.randrange(len(line))
    return line[:place] if chance.random() < 0.7 else line[place:]


def _splice(chance: Chance, line: bytes, other: bytes) -> bytes:
    return line[: chance.randrange(len(line))] + other[chance.randrange(len(other)) :]


def _run_together(_chance: Chance, line: bytes, other: bytes) -> bytes:
    return line + other


def _token(chance: Chance, line: bytes, _: bytes) -> bytes:
    place = chance.randrange(len(line) + 1)
    return line[:place] + chance.choice(TOKENS) + line[place:]


def _instead(chance: Chance, line: bytes, _: bytes) -> bytes:
    place = chance.randrange(len(line))
    return line[:place] + chance.choice(TOKENS) + line[place + chance.randrange(1, 6) :]


def _leave_out(chance: Chance, line: bytes, _: bytes) -> bytes:
    place = chance.randrange(len(line))
    return line[:place] + line[place + chance.randrange(1, 12) :]


def _repeat(chance: Chance, line: bytes, _: bytes) -> bytes:
    """Repeat a part: within an object this also gives a key twice."""
    first, last = sorted((chance.randrange(len(line)), chance.randrange(len(line))))
    return line[:last] + line[first:last] * chance.choice((1, 1, 2, 40)) + line[last:]


def _key_twice(chance: Chance, line: bytes, other: bytes) -> bytes:
    """Put the members of one object behind those of another."""
    if line[:1] != b"{" or other[:1] != b"{":
        return _run_together(chance, line, other)
    return line[:-1] + b"," + other[1:]


def _letters(chance: Chance, line: bytes, _: bytes) -> bytes:
    return in_other_letters(chance, line)


def _parted(_chance: Chance, line: bytes, _other: bytes) -> bytes:
    """Part letters from their marks (NFD), as some file systems and editors do."""
    try:
        text = line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return line
    return normalize("NFD", text).encode("utf-8", "surrogatepass")


def _deep(chance: Chance, line: bytes, _: bytes) -> bytes:
    """Nest at one place, now and then past every limit; seldom, for it takes its time."""
    depth = chance.choice((3, 20, 200, 2_000, 60_000)) if chance.random() < 0.05 else 3
    place = chance.randrange(len(line) + 1)
    return line[:place] + b"[" * depth + (b"]" * depth if chance.random() < 0.5 else b"") + line[place:]


def _long(chance: Chance, line: bytes, _: bytes) -> bytes:
    """Stretch the line, now and then past the longest that is read."""
    size = chance.choice((70_000, 140_000, 1_048_500, 1_100_000)) if chance.random() < 0.01 else 600
    place = chance.randrange(len(line) + 1)
    repeated = chance.choice(REPEATED)
    return line[:place] + repeated * (size // len(repeated)) + line[place:]


_MUTATIONS: Sequence[Mutation] = (
    *(_flip, _flip, _cut, _splice, _token, _token, _instead, _leave_out, _repeat, _key_twice, _run_together),
    *(_letters, _parted, _deep, _long),
)
