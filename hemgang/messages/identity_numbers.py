"""Texts shaped like a personal identity number: no check digit is asked for (specification 6).

Shapes: personnummer and samordningsnummer (day + 60), 10 or 12 digits, with or without separator; reserve numbers as
the regions publish them (HL7 Sweden base profiles 1.1.0, "Personuppgiftstjänsten: lokala reservid" of Inera): 99 and
ten digits, a date with a day 32 to 59, a date with four characters of which one is a letter, and the national eight
digits with letters. Also where characters are spelled out for a URL, for HTML or as escapes, as `%31%39` for 19. Not
hit: numbers inside longer runs of letters and digits (HSA ids), whole UUIDs, ISO 8601 instants.
"""

import html
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from unicodedata import category, decimal, normalize

DEEPEST = 2
"""How often a text may have been spelled out, once more by each system that it came through."""

WITHHELD = "(withheld: it is shaped like an identity number)"

MARKS = r"[%&\\]"
"""One of these is in every text that is spelled out."""

_MARK = re.compile(MARKS)
_ESCAPE = re.compile(r"(?<!\\)\\++(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

_SHORTEST = 10
_UUID_LENGTH = 36
_SMALLEST = 10**8
_TOO_LARGE = 10**12

_YEAR = "(?:1[7-9]|2[01])[0-9]{2}"
_MONTH = "(?:0[1-9]|1[0-2])"
_DAY = "(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_ANY_DAY = "(?:0[1-9]|[1-8][0-9]|9[01])"
_LONG = f"{_YEAR}{_MONTH}{_ANY_DAY}"
_SHORT = f"[0-9]{{2}}{_MONTH}{_DAY}"
_GAP = r"\s{0,2}"
_DASH = rf"{_GAP}[-+]{_GAP}"
_MIXED = "(?=[0-9A-Za-z]{0,3}[0-9])(?=[0-9A-Za-z]{0,3}[A-Za-z])[0-9A-Za-z]{4}"
_UPPER_MIXED = "(?=[0-9A-Z]{0,3}[0-9])(?=[0-9A-Z]{0,3}[A-Z])[0-9A-Z]{4}"
_NATIONAL = "[0-9]{8}-?(?:[A-Z][0-9]{3}|[A-Z]{2}[0-9]{2}|[A-Z]{3}[0-9])"

_SHAPES = (
    rf"(?:{_LONG}|{_SHORT}|99[0-9]{{6}})(?:{_DASH}|{_GAP})[0-9]{{4}}",
    rf"{_YEAR}([-./ ]){_MONTH}\1{_ANY_DAY}[-+]?[0-9]{{4}}(?!-[0-9])",
    rf"(?:{_LONG}|{_LONG}{_DASH}|{_SHORT}{_DASH})(?:{_MIXED}|[A-Z]{{4}})",
    rf"(?:{_LONG}|{_SHORT}){_GAP}{_UPPER_MIXED}",
    _NATIONAL,
)
# No letter or digit before, unless the letters say what follows ("pnr191212121212"); none after.
_BEFORE = r"(?:(?<![^\W_])|(?<=nr)|(?<=Nr)|(?<=NR)|(?<=nummer)|(?<=NUMMER))"
_NUMBER = re.compile(rf"{_BEFORE}(?:{'|'.join(_SHAPES)})(?![^\W_])")
# Every shape has four digits in a row, of any script once that is plain, unless something of it is spelled out.
_SUSPECT = re.compile(rf"[0-9]{{4}}|{MARKS}")
_SIX_DIGITS = re.compile("[0-9]{6}")
_PARTED_DATE = re.compile("[0-9]{4}[-./ ][0-9]{2}[-./ ][0-9]{2}[-+]?[0-9]{4}")
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NO_PERSON = re.compile(
    rf"(?<![^\W_]){_UUID.pattern}(?![^\W_])"
    r"|(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?(?![^\W_])"
)
_BEYOND_LATIN = re.compile("[^\x00-\x7f\xc0-\u024f]")


class _PlainCharacters(dict[int, str | None]):
    """A plain digit for one of any script, a hyphen for any dash; marks and invisible characters go."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = category(character)
        plain: str | None = character
        if kind == "Nd":
            plain = str(decimal(character))
        elif kind == "Pd" or character == "\N{MINUS SIGN}":
            plain = "-"
        elif kind in {"Cf", "Mn", "Me"}:
            plain = None
        return plain


_PLAIN = _PlainCharacters()


def readings(text: str) -> Iterator[str]:
    r"""Yield what a text reads when it is no longer spelled out, once for each time it was; nothing if it is plain.

    >>> list(readings("%31%39&#49;2")), list(readings(r"\u0031\u0039")), list(readings("10 %"))
    (['1912'], ['19'], [])
    """
    for _ in range(DEEPEST):
        if _MARK.search(text) is None:
            return
        plain = _ESCAPE.sub(_letter, html.unescape(urllib.parse.unquote(text)))
        plain = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), plain)
        if plain == text:
            return
        yield plain
        text = plain


def holds_identity_number(text: str) -> bool:
    """Whether some part of the text is shaped like an identity number, in whatever script its digits are."""
    return _is_shaped(text) or any(map(_is_shaped, readings(text)))


def redacted(text: str) -> str:
    """Return a text as it may be repeated to whoever wrote it: not at all if it is shaped like an identity number."""
    return WITHHELD if holds_identity_number(text) else text


def redacted_line(text: str) -> str:
    """Return a line without the words that are shaped like an identity number; nothing of it where several make one."""
    if not holds_identity_number(text):
        return text
    line = " ".join(map(redacted, text.split(" ")))
    return redacted(line)


def are_plain(texts: Sequence[str]) -> bool:
    """Whether all of the texts are printable ASCII and none holds an identity number; mostly one look decides."""
    together = "|".join(texts)
    if not (together.isascii() and together.isprintable()):
        return False
    return _SUSPECT.search(together) is None or not any(map(holds_identity_number, texts))


def texts_in(value: object) -> Iterator[str]:
    """Yield what in a JSON value could hold an identity number: strings, keys, whole numbers as digits."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, dict):
            waiting.extend(current)
            waiting.extend(current.values())
        elif isinstance(current, list | tuple):
            waiting.extend(current)
        elif isinstance(current, int | float) and _SMALLEST <= abs(current) < _TOO_LARGE:
            yield _digits_of(current)


def _letter(escape: re.Match[str]) -> str:
    return chr(int(escape[1] or escape[2], 16))


def _is_shaped(text: str) -> bool:
    if not text.isascii() and _BEYOND_LATIN.search(text):
        text = normalize("NFKC", text).translate(_PLAIN)
    if len(text) < _SHORTEST or (len(text) == _UUID_LENGTH and _UUID.fullmatch(text)):
        return False
    if _SIX_DIGITS.search(text) is None and _PARTED_DATE.search(text) is None:
        return False
    return _NUMBER.search(_NO_PERSON.sub("|", text)) is not None


def _digits_of(number: float) -> str:
    """The digits of a whole number, at least ten (leading zeros get lost); nothing of one with a fraction."""
    return str(abs(int(number))).zfill(_SHORTEST) if number == int(number) else ""
