"""Channels: which kinds of address alerts may go to, and addresses that never show themselves (specification 3.5)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of channel carries: `brief` is one text without a title (SMS); `body_max` in characters."""

    brief: bool
    body_max: int


_MAIL = Shape(brief=False, body_max=20_000)
_CARD = Shape(brief=False, body_max=1_000)
_PUSH = Shape(brief=False, body_max=3_000)
_SMS = Shape(brief=True, body_max=160)

SCHEMES: Mapping[str, Shape] = MappingProxyType(
    {
        "mailto": _MAIL,
        "mailtos": _MAIL,
        "o365": _MAIL,
        "json": _MAIL,
        "jsons": _MAIL,
        "xml": _MAIL,
        "xmls": _MAIL,
        "form": _MAIL,
        "forms": _MAIL,
        "workflow": _CARD,
        "workflows": _CARD,
        "ntfy": _PUSH,
        "ntfys": _PUSH,
        "matrix": _PUSH,
        "matrixs": _PUSH,
        "mmost": _PUSH,
        "mmosts": _PUSH,
        "syslog": _CARD,
        "rsyslog": _CARD,
        "46elks": _SMS,
        "twilio": _SMS,
        "smseagle": _SMS,
        "smseagles": _SMS,
    }
)
"""The kinds of address that are allowed; a new kind is one line here, after a look at what it sends along."""


class SecretUrl:
    """An address (Apprise URL) with whatever secret is in it: shown, copied and compared without giving it away.

    Only `reveal` gives the text. It cannot be pickled, so that it can never become a flow's parameter or result.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the address itself, for the sender and nobody else."""
        return self._text

    @property
    def scheme(self) -> str:
        """The kind of address in lower case, "" if what stands there is not an address."""
        scheme, mark, _ = self._text.partition("://")
        return scheme.lower() if mark else ""

    @property
    def is_mail(self) -> bool:
        """Whether the receiver answers in SMTP's numbers."""
        return self.scheme in ("mailto", "mailtos")

    @property
    def site(self) -> str:
        """A mark of where the address leads, the same for all recipients at one server, which shows nothing of it."""
        server = self._text.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
        return hashlib.sha256(f"{self.scheme}/{server}".lower().encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        """Show that there is an address, and nothing of it."""
        return "SecretUrl(****)"

    def __eq__(self, other: object) -> bool:
        """Whether two addresses are the same."""
        return isinstance(other, SecretUrl) and other._text == self._text

    def __hash__(self) -> int:
        """Hash the address, so that it can be a key."""
        return hash(self._text)

    def __copy__(self) -> "SecretUrl":
        """Return the same object: there is nothing to change in it."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "SecretUrl":
        """Return the same object: there is nothing to change in it."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: always.
        """
        raise TypeError("an address with its secret is not written out")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach one recipient, by its name in the directory; `fallback` is the channel used when it fails."""

    id: str
    url: SecretUrl
    fallback: str | None = None

    @property
    def shape(self) -> Shape:
        """What the channel carries."""
        return SCHEMES[self.url.scheme]
