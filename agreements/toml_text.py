"""A TOML file read for the agreements: its content, its digest, and on which line a key stands."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from agreements.errors import AgreementFileError

SHIPPED = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A read file: `label` is how messages name it, `lines` its text, `headers` its tables by line index."""

    name: str
    label: str
    content: dict[str, object]
    lines: tuple[str, ...]
    headers: tuple[tuple[int, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the content with sorted keys; comments and layout do not change it."""
        canonical = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def allow(self, tables: tuple[str, ...]) -> None:
        """Refuse tables that nobody reads.

        Raises:
            AgreementFileError: the file has an unknown table.
        """
        for key in self.content:
            if key not in tables:
                reason = f"unknown table; known are {', '.join(tables)}"
                raise AgreementFileError(file=self.label, key=key, reason=reason)

    def table(self, header: str) -> dict[str, object]:
        """Return the table `[header]`.

        Raises:
            AgreementFileError: there is none.
        """
        found = self.content.get(header)
        if not isinstance(found, dict):
            raise AgreementFileError(file=self.label, key=header, reason=f"the table [{header}] is missing")
        return found

    def tables(self, header: str) -> list[dict[str, object]]:
        """Return the tables `[[header]]` in the order in which they stand.

        Raises:
            AgreementFileError: the key holds something else.
        """
        found = self.content.get(header, [])
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise AgreementFileError(file=self.label, key=header, reason=f"must be [[{header}]] tables")
        return found

    def line_of(self, header: str, *, nth: int = 0, key: str = "") -> int | None:
        """Return the 1-based line of the nth table with this header, or of a key in it; None if not found.

        `key` may be dotted: `cutoff.value` is the key `value` of the table `[header.cutoff]`.
        """
        heads = [index for index, found in self.headers if found == header]
        if nth >= len(heads):
            return None
        start = heads[nth]
        for part in key.split(".") if key else ():
            found = self._line_below(start, header=header, part=part)
            start, header = (start if found is None else found), f"{header}.{part}"
        return start + 1

    def _line_below(self, start: int, *, header: str, part: str) -> int | None:
        """The index of `part = …` in the table that opens at `start`, or of its sub-table `[header.part]`."""
        later = [(index, found) for index, found in self.headers if index > start]
        ends = later[0][0] if later else len(self.lines)
        for index in range(start + 1, ends):
            if self.lines[index].partition("=")[0].strip() == part:
                return index
        for index, found in later:
            if found == f"{header}.{part}":
                return index
            if not found.startswith(f"{header}."):
                return None
        return None


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file with exact decimals.

    Raises:
        AgreementFileError: the file is missing, not UTF-8 or not TOML; names the line where the parser does.
    """
    label = f"agreements/{path.name}" if path.parent == SHIPPED else str(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text, parse_float=Decimal)
    except OSError as problem:
        reason = f"cannot be read: {problem.strerror}"
        raise AgreementFileError(file=label, key="file", reason=reason) from problem
    except UnicodeDecodeError as problem:
        raise AgreementFileError(file=label, key="file", reason="is not UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        raise AgreementFileError(file=label, key="file", reason=f"is not valid TOML: {problem}") from problem
    lines = tuple(text.splitlines())
    return TomlFile(name=path.stem, label=label, content=content, lines=lines, headers=_headers(lines))


def _headers(lines: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    texts = ((index, line.partition("#")[0].strip()) for index, line in enumerate(lines))
    return tuple((index, text.strip("[] ")) for index, text in texts if text.startswith("["))
