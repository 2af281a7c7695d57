"""Reads one channel of the directory; its address is in the file, the environment or a file beside it (3.5)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hemgang.alerts.channels import SCHEMES, Channel, SecretUrl
from hemgang.alerts.tables import Table

CHANNEL_KEYS = ("id", "url", "url_env", "url_file", "fallback")

_SOURCES = ("url", "url_env", "url_file")


def read_channel(
    table: Table, folder: Path, environ: Mapping[str, str], check: Callable[[SecretUrl], str | None]
) -> Channel | None:
    """Return the channel of a `[[channel]]` table, None where it has no id; faults never show the address."""
    table.only(CHANNEL_KEYS)
    named = table.text("id", required=True)
    fallback = table.text("fallback")
    given = [key for key in _SOURCES if key in table.content]
    url = SecretUrl("")
    if len(given) != 1:
        table.fault(given[1] if given else None, f"needs exactly one of {', '.join(_SOURCES)}")
    elif (text := _address(table, given[0], folder, environ)) is not None:
        url = SecretUrl(text)
        if url.scheme not in SCHEMES:
            table.fault(given[0], f"the address must begin with one of {', '.join(SCHEMES)} and ://")
        elif (why := check(url)) is not None:
            table.fault(given[0], why)
    return Channel(named, url, fallback) if named else None


def _address(table: Table, source: str, folder: Path, environ: Mapping[str, str]) -> str | None:
    """Return the text of the address; None, and a fault, where there is none."""
    value = table.text(source)
    if value is None or source == "url":
        return value
    if source == "url_env":
        text = environ.get(value)
        missing = f"the environment variable {value} is not set"
    else:
        text = _text_of(folder / value)
        missing = f"the file {value} cannot be read as text"
    if text is None:
        table.fault(source, missing)
        return None
    if not text.strip():
        table.fault(source, f"{value} is empty")
        return None
    return text.strip()


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
