"""Five hundred invented people and the notations their numbers are written in; nobody has one on purpose."""

from collections.abc import Iterator

COUNT = 500
MALE, FEMALE = "M", "K"


def people(count: int = COUNT) -> list[str]:
    """Return numbers of twelve digits, no two alike in their last ten."""
    return [
        f"{1921 + number * 7 % 79}{1 + number % 12:02}{1 + number % 28:02}{2003 + 13 * number % 7990:04}"
        for number in range(count)
    ]


def notations(twelve: str) -> tuple[str, ...]:
    """Return the twelve notations of one person's number: each is shaped like an identity number."""
    day, last = twelve[:8], twelve[8:]
    short = day[2:]
    coordination = f"{day[:6]}{int(day[6:]) + 60}"
    return (
        twelve,
        f"{day}-{last}",
        twelve[2:],
        f"{short}-{last}",
        f"{short}+{last}",
        f"{day}\N{NO-BREAK SPACE}{last}",
        f"{coordination}-{last}",
        f"{coordination[2:]}{last}",
        f"{day}-{_reserve(last)}" if int(last) % 2 else f"99{short}{last}",
        _in_another_script(f"{day}\N{EN DASH}{last}", int(last)),
        f"{day[:4]}\N{ZERO WIDTH SPACE}{day[4:]}\N{SOFT HYPHEN}-{last}",
        f"urn:oid:1.2.752.129.2.1.3.1:{twelve}",
    )


def carried(notation: str) -> Iterator[str]:
    """Yield a notation as it is carried: bare, in a sentence, in a path, encoded for a URL or for HTML, escaped."""
    yield notation
    yield f"patient {notation}, rum 2"
    yield f"Patient/{notation}/_history/1"
    yield "".join(f"%{byte:02X}" for byte in notation.encode())
    yield "".join(f"&#{ord(letter)};" for letter in notation)
    yield "".join(f"\\u{ord(letter):04x}" for letter in notation if ord(letter) < 0x10000)


def cores(twelve: str) -> frozenset[str]:
    """Return what is left of every notation of one person: its last ten characters without separators."""
    day, last = twelve[2:8], twelve[8:]
    return frozenset({f"{day}{last}", f"{day[:4]}{int(day[4:]) + 60}{last}", f"{day}{_reserve(last)}"})


def _reserve(last: str) -> str:
    """Return four characters of which the first is a letter, as some regions' reserve numbers have them."""
    return f"{MALE if int(last[2]) % 2 else FEMALE}{last[1:]}"


def _in_another_script(text: str, turn: int) -> str:
    """Return a text with the digits of another script: full-width, Arabic-Indic, Devanagari."""
    zero = (0xFF10, 0x0660, 0x0966)[turn % 3]
    return "".join(chr(zero + int(letter)) if letter.isdigit() else letter for letter in text)
