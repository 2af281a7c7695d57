"""Looks every locked package up for known faults; `make audit`, a part of `make check`.

Fails on a fault that requirements/audit-accepted.toml does not accept. Where the service that knows of faults does not
answer, as on a machine without internet, it says in one line that nothing was audited and passes, unless
HEMGANG_AUDIT=required. pip-audit itself passes in silence when every package is unknown to the service.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "run.txt"
ACCEPTED = HERE / "audit-accepted.toml"
UNREACHED = ("requests.exceptions.", "urllib3.exceptions.", "pip_audit._service.interface.", "vulnerability feed")
"""How pip-audit's last words begin, or what they hold, when it could not ask."""


class AuditError(Exception):
    """The audit itself could not be done: the lock or the list of accepted faults is wrong."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to say, and whether to fail."""

    lines: tuple[str, ...]
    failed: bool


def main() -> int:
    """Audit, tell and return the exit code."""
    try:
        accepted = accepted_in(ACCEPTED.read_text(encoding="utf-8"))
        found = verdict(asked(LOCK), accepted, required=os.environ.get("HEMGANG_AUDIT") == "required")
    except AuditError as error:
        found = Verdict((str(error),), failed=True)
    for line in found.lines:
        sys.stderr.write(f"audit: {line}\n")
    return int(found.failed)


def asked(lock: Path) -> list[dict[str, Any]] | None:
    """Return what is known of every package of a lock with hashes; None where the service does not answer.

    Raises:
        AuditError: the lock cannot be read.
    """
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    ran = subprocess.run([*command, "-f", "json", "-r", str(lock)], capture_output=True, text=True, check=False)  # noqa: S603
    return answer(ran.stdout, ran.stderr)


def answer(said: str, complained: str) -> list[dict[str, Any]] | None:
    """Return the packages in pip-audit's JSON; None where it says that it could not ask.

    Raises:
        AuditError: it failed for another reason; the text is its last line.
    """
    try:
        found: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        last = (complained.strip().splitlines() or ["pip-audit said nothing"])[-1]
        if last.startswith(UNREACHED) or UNREACHED[-1] in last:
            return None
        raise AuditError(last) from None
    return found


def accepted_in(text: str) -> Mapping[str, str]:
    """Return the accepted faults: the reason by the fault's id.

    Raises:
        AuditError: a fault lacks its id, package, reason or date.
    """
    found: dict[str, str] = {}
    for one in tomllib.loads(text).get("accepted", []):
        words = [one.get(key) for key in ("id", "package", "reason")]
        if not all(isinstance(word, str) and word.strip() for word in words) or type(one.get("date")) is not date:
            raise AuditError(f"{ACCEPTED.name}: every [[accepted]] needs id, package, reason and date")
        found[one["id"]] = f"{one['package']}, {one['date']}: {one['reason']}"
    return found


def verdict(packages: list[dict[str, Any]] | None, accepted: Mapping[str, str], *, required: bool) -> Verdict:
    """Return what is to be said of the packages, None = nobody could be asked."""
    known = [one for one in packages or [] if "skip_reason" not in one]
    if not known:
        why = "the service that knows of faults does not answer, or knows none of the packages"
        return Verdict((f"nothing was audited: {why}",), failed=required)
    skipped = sorted(one["name"] for one in packages or [] if "skip_reason" in one)
    faults = [(_id(fault, accepted), one, fault) for one in known for fault in one["vulns"]]
    found = {name for name, _, _ in faults}
    lines = sorted(_told(one, fault, name) for name, one, fault in faults if name not in accepted)
    failed = bool(lines) or (required and bool(skipped))
    lines += [f"accepted: {name} ({accepted[name]})" for name in sorted(found) if name in accepted]
    if skipped:
        lines.append(f"not audited, unknown to the service: {', '.join(skipped)}")
    else:
        lines += [f"not found any more, take it out: {name}" for name in sorted(accepted) if name not in found]
    return Verdict((*lines, f"{len(known)} packages audited"), failed=failed)


def _id(fault: Mapping[str, Any], accepted: Mapping[str, str]) -> str:
    """Return a fault's id; of its names, the one under which it is accepted."""
    names = [str(fault["id"]), *map(str, fault.get("aliases", []))]
    return next((name for name in names if name in accepted), names[0])


def _told(package: Mapping[str, Any], fault: Mapping[str, Any], name: str) -> str:
    mended = ", ".join(fault.get("fix_versions", [])) or "no version yet"
    return f"FOUND: {package['name']} {package['version']}: {name}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
