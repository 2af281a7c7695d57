"""A message before it is sent: what a sender means to say, and the NDJSON line that it becomes (specification 1.2)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from calendars.zone import STOCKHOLM
from hemgang.messages.model import MessageType


class Draft(NamedTuple):
    """One message, with the instant (UTC) at which it arrives; `fields` are already written as JSON has them."""

    id: str
    episode: str
    type: MessageType
    at: datetime
    arrives: datetime
    sender: str
    fields: Mapping[str, object]

    def content(self) -> dict[str, object]:
        """Return the object of the line, times with Stockholm's offset; `received_at` only where it differs."""
        found: dict[str, object] = {
            "id": self.id,
            "episode": self.episode,
            "type": self.type.value,
            "at": written(self.at),
        }
        if self.arrives != self.at:
            found["received_at"] = written(self.arrives)
        found["sender"] = self.sender
        found.update(self.fields)
        return found


def line_of(content: Mapping[str, object]) -> str:
    """Return an object as one line of JSON, without line break."""
    return _ENCODER.encode(content)


def written(at: datetime) -> str:
    """Return an instant as messages write it: ISO 8601 with Stockholm's offset."""
    return at.astimezone(STOCKHOLM).isoformat()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))
