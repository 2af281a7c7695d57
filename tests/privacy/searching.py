"""Looks for the invented people in bytes, however they are written down there; for tests only."""

import base64
import binascii
import html
import quopri
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from unicodedata import decimal, normalize

from tests.privacy.people import cores, people

_GAP = r"[-+\s./_\u2010-\u2015\u2212]{0,3}"
_CANDIDATE = re.compile(rf"(?=([0-9]{{6}}){_GAP}([0-9A-Za-z][0-9]{{3}}))")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_ESCAPED = re.compile(r"\\+u([0-9A-Fa-f]{4})")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
_DIGIT = re.compile(r"[^\W_]")


def everybody(count: int) -> Mapping[str, str]:
    """Return who each core belongs to."""
    return {core: one for one in people(count) for core in cores(one)}


def found_in(content: bytes, known: Mapping[str, str]) -> set[str]:
    """Return the people found in some bytes: plain, escaped, encoded for a URL, HTML, mail, in base64 or in UTF-16."""
    return {known[core] for text in _readings(content) for core in _cores_in(text) if core in known}


def bytes_under(folder: Path, *, but: Iterable[Path] = ()) -> dict[str, bytes]:
    """Return every file below a folder by its place there, with its name as a part of what is looked at."""
    leave = [path.resolve() for path in but]
    return {
        str(path.relative_to(folder)): str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(path.resolve().is_relative_to(one) for one in leave)
    }


def _cores_in(text: str) -> Iterator[str]:
    for match in _CANDIDATE.finditer(text):
        yield match[1] + match[2].upper()


def _readings(content: bytes) -> Iterator[str]:
    plain = content.decode("utf-8", "ignore")
    yield _digits(plain)
    if b"\\u" in content:
        yield _digits(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain))
    if b"%" in content:
        yield _digits(urllib.parse.unquote(plain))
    if b"&#" in content:
        yield _digits(html.unescape(plain))
    if b"=" in content:
        yield _digits(quopri.decodestring(content).decode("utf-8", "ignore"))
    if b"\0" in content:
        yield _digits(content.replace(b"\0", b"").decode("utf-8", "ignore"))
    yield _digits("\n".join(_from_base64(content)))


def _from_base64(content: bytes) -> Iterator[str]:
    """Yield what every run of base64 holds, at each of the four places where it can begin."""
    for run in _BASE64.finditer(content):
        letters = run[0].rstrip(b"=")
        for start in range(4):
            part = letters[start:]
            part = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + b"=" * (-len(part) % 4)
            try:
                yield base64.b64decode(part).decode("utf-8", "ignore")
            except binascii.Error:
                continue


def _digits(text: str) -> str:
    """Return a text with plain digits for those of any script, without what does not show."""
    if text.isascii():
        return text
    plain = normalize("NFKC", _INVISIBLE.sub("", text))
    return plain if plain.isascii() else _DIGIT.sub(lambda one: _plain(one[0]), plain)


def _plain(letter: str) -> str:
    value = decimal(letter, None)
    return letter if value is None else str(value)
