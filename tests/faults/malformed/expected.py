"""What each line of a file is by the second opinion: split, decoded and judged apart from the reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hemgang.messages.model import Message
from tests.faults.malformed.files import MARK, File
from tests.faults.malformed.instants import instant_micros
from tests.faults.malformed.second_csv import cells_of, object_of
from tests.faults.malformed.specified import fields_of
from tests.faults.malformed.strict import Opinion, opinion, read_json

LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Expected:
    """One line that is to come out: its number, its bytes, what it is; without an opinion, `why` it holds nothing."""

    number: int
    raw: bytes
    opinion: Opinion | None
    why: str = ""


def expected_lines(file: File, *, now: int) -> list[Expected]:
    """Return the lines that come out of a file: all but blank ones and, of CSV, the header and empty rows."""
    found = list(_lines(file.data))
    if not file.delimiter:
        return [_judged(number, raw, text, now) for number, raw, text in found]
    header = found[0][2].rstrip("\r\n") if found and isinstance(found[0][2], str) else ""
    delimiter = _delimiter(header)
    columns = [name.strip() for name in cells_of(header, delimiter) or []]
    rows = (_row(columns, delimiter, *one, now) for one in found[1:])
    return [row for row in rows if row is not None]


def same_values(message: Message, right: Opinion) -> Iterator[str]:
    """Yield what a message holds otherwise than the line said."""
    letters = fields_of(message.type.value)
    own = {name: value for name, value in right.content.items() if name not in _OF_ITSELF}
    if own.keys() != message.fields.keys():
        yield "accepted with other fields"
        return
    for name, given in own.items():
        if not _same(letters.get(name, ""), given, message.fields[name]):
            yield f"{name} is another value"
    named = (message.id, message.episode, message.type.value, message.sender)
    if named != tuple(right.content.get(name) for name in ("id", "episode", "type", "sender")):
        yield "accepted with another id, episode, type or sender"


_OF_ITSELF = ("id", "episode", "type", "at", "received_at", "sender")


def _same(letter: str, given: Any, taken: Any) -> bool:
    match letter.rstrip("!"):
        case "I":
            shown = f"{taken:%Y-%m-%dT%H:%M:%S.%f}Z" if isinstance(taken, datetime) else None
            return shown is not None and instant_micros(shown) == instant_micros(given)
        case "D" | "B":
            return type(taken) is date and str(taken) == given
        case "L" | "O":
            return bool(taken == (tuple(given) if isinstance(given, list) else (given,)))
        case _:
            return type(taken) is type(given) and bool(taken == given)


def _lines(data: bytes) -> Iterator[tuple[int, bytes, str | None]]:
    """Yield number, bytes and text (None where there is none) of every line that is not blank."""
    parts = data.split(b"\n")
    for number, raw in enumerate(parts[:-1] if not parts[-1] else parts, start=1):
        if len(raw.rstrip(b"\r")) > LONGEST:
            yield number, raw, None
            continue
        try:
            text = (raw.removeprefix(MARK) if number == 1 else raw).decode("utf-8")
        except UnicodeDecodeError:
            yield number, raw, None
            continue
        if text.strip():
            yield number, raw, text


def _judged(number: int, raw: bytes, text: str | None, now: int) -> Expected:
    if text is None:
        return Expected(number, raw, None, "UTF-8, or too long")
    content = read_json(text)
    return Expected(number, raw, None, "JSON") if content is None else Expected(number, raw, opinion(content, now=now))


def _row(columns: list[str], delimiter: str, number: int, raw: bytes, text: str | None, now: int) -> Expected | None:
    cells = None if text is None else cells_of(text.rstrip("\r\n"), delimiter)
    if cells is None or len(cells) != len(columns):
        return Expected(number, raw, None, "CSV")
    if not any(cells):
        return None
    return Expected(number, raw, opinion(object_of(columns, cells), now=now))


def _delimiter(header: str) -> str:
    """Return what separates the columns of a header that may have suffered: what gives more of the needed ones."""

    def found(delimiter: str) -> int:
        return len(_NEEDED & {name.strip() for name in cells_of(header, delimiter) or []})

    return max((",", ";"), key=found)


_NEEDED = frozenset({"id", "episode", "type", "at"})
