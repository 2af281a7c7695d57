"""The content of a message as one stable text: what is stored, and what tells duplicates from conflicts.

The text is itself a line of NDJSON (specification 1.2): keys sorted, instants in UTC, `received_at` always
there.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from hemgang.messages.errors import StoredMessageError
from hemgang.messages.fields import OWN, FieldKind
from hemgang.messages.model import Message, MessageType


def canonical(message: Message) -> str:
    """Return the message as one line of JSON without line break; equal messages give equal texts.

    Raises:
        ValueError: if an instant has no time zone, or an unknown field holds what JSON cannot carry.
    """
    content: dict[str, Any] = {
        **message.fields,
        "id": message.id,
        "episode": message.episode,
        "type": message.type.value,
        "at": message.at,
        "received_at": message.received_at,
    }
    if message.sender is not None:
        content["sender"] = message.sender
    return _ENCODER.encode(content)


def digest(message: Message) -> str:
    """Return the SHA-256 of the canonical text, 64 hexadecimal digits; one id with two is a conflict."""
    return sha256(canonical(message).encode()).hexdigest()


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
    fields: dict[str, Any] = json.loads(text)
    kind, typed = _BY_TYPE[fields.pop("type")]
    for name, decode in typed:
        if name in fields:
            fields[name] = decode(fields[name])
    return Message(
        id=fields.pop("id"),
        episode=fields.pop("episode"),
        type=kind,
        at=datetime.fromisoformat(fields.pop("at")),
        received_at=datetime.fromisoformat(fields.pop("received_at")),
        sender=fields.pop("sender", None),
        fields=fields,
    )


def _written(value: object) -> str:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError("an instant without a time zone cannot be stored")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"a field holds a {type(value).__name__}, which JSON cannot carry")


_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_written
)

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


_BY_TYPE = {kind.value: (kind, _typed_fields(kind)) for kind in MessageType}
