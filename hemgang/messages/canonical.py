"""The content of a message as one stable text: what is stored, and what tells duplicates from conflicts.

The text is a line of NDJSON (specification 1.2): keys sorted, instants in UTC, `received_at` always there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from hemgang.messages.model import Message, MessageType, StoredMessageError
from hemgang.messages.schema import OWN, FieldKind


@dataclass(frozen=True, slots=True)
class Canonical:
    """A message as it is stored: its canonical text, the content digest of that, and the keys that it is found by.

    `region` is the county code of a type that has one; on any other, a field of that name may hold anything.
    """

    id: str
    episode: str
    type: MessageType
    at: datetime
    received_at: datetime
    region: str | None
    digest: str
    text: str


def canonical_of(message: Message) -> Canonical:
    """Return the message as it is stored.

    Raises:
        ValueError: as `canonical` does.
    """
    text = canonical(message)
    known = (message.id, message.episode, message.type, message.at, message.received_at)
    region = message.fields.get("region") if message.type in _WITH_REGION else None
    return Canonical(*known, region, sha256(text.encode()).hexdigest(), text)


def canonical(message: Message) -> str:
    """Return the message as one line of JSON without line break; equal messages give equal texts.

    Raises:
        ValueError: if an instant has no time zone, or an unknown field holds what JSON cannot carry.
    """
    at = _instant(message.at)
    content: dict[str, Any] = {
        **message.fields,
        "id": message.id,
        "episode": message.episode,
        "type": message.type.value,
        "at": at,
        "received_at": at if message.received_at is message.at else _instant(message.received_at),
    }
    if message.sender is not None:
        content["sender"] = message.sender
    return _ENCODER.encode(content)


def content_digest(message: Message) -> str:
    """Return the SHA-256 of the canonical text, 64 hexadecimal digits; one id with two is a conflict."""
    return canonical_of(message).digest


def from_canonical(text: str) -> Message:
    """Return the message of a canonical text, equal to the one it was made from.

    Raises:
        StoredMessageError: if `canonical` did not make the text. Nothing is checked beyond what reading it
            needs.
    """
    try:
        return _decode(text)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StoredMessageError("a stored message is damaged: it cannot be read back") from None


def _decode(text: str) -> Message:
    fields, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError("something follows the message")
    take = fields.pop
    kind, typed = _BY_TYPE[take("type")]
    for name, decode in typed:
        if name in fields:
            fields[name] = decode(fields[name])
    sent, received = take("at"), take("received_at")
    at = datetime.fromisoformat(sent)
    received_at = at if received == sent else datetime.fromisoformat(received)
    return Message(take("id"), take("episode"), kind, at, received_at, take("sender", None), fields)


def _instant(value: datetime) -> str:
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError("an instant without a time zone cannot be stored")
        value = value.astimezone(UTC)
    return value.isoformat()[:_WITHOUT_OFFSET] + "Z"


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"a field holds a {type(value).__name__}, which JSON cannot carry")


_WITHOUT_OFFSET = -len("+00:00")

_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_written
)

_DECODER = json.JSONDecoder()

_Decode = Callable[[Any], Any]

_DECODE: Mapping[FieldKind, _Decode] = {
    FieldKind.INSTANT: datetime.fromisoformat,
    FieldKind.DATE: date.fromisoformat,
    FieldKind.BIRTH_DATE: date.fromisoformat,
    FieldKind.NAMES: tuple,
    FieldKind.NAME_OR_NAMES: tuple,
}


def _typed_fields(kind: MessageType) -> tuple[tuple[str, _Decode], ...]:
    return tuple((name, _DECODE[rule.kind]) for name, rule in OWN[kind].items() if rule.kind in _DECODE)


_WITH_REGION = frozenset(kind for kind, fields in OWN.items() if "region" in fields)
_BY_TYPE = {kind.value: (kind, _typed_fields(kind)) for kind in MessageType}
