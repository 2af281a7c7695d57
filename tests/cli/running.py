"""Runs the command line as a user does: in this process for speed, in a process of its own where that matters."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
EXAMPLE_1 = CASES / "jamtland-exempel-1.ndjson"
EXAMPLE_2 = CASES / "jamtland-exempel-2.ndjson"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result, which was asked for as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.out.splitlines()

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that was used wrongly."""
        assert self.code == 2, self
        assert self.out == "", self
        assert "Traceback" not in self.err, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("hemgang: "), self
        return lines[0].removeprefix("hemgang: ")


Run = Callable[..., Ran]


def in_process(
    *arguments: str, environment: Mapping[str, str] | None = None, given: bytes = b"", cwd: Path = ROOT
) -> Ran:
    """Run `python -m hemgang` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "hemgang", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def message(named: str, episode: str, kind: str, at: str, **fields: object) -> dict[str, object]:
    """Return one message as its line holds it."""
    return {"id": named, "episode": episode, "type": kind, "at": at, **fields}


def write(path: Path, *messages: Mapping[str, object] | str) -> Path:
    """Write messages, or lines as they are, to a file."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in messages]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


ODD_STAYS = (
    message("x1-0", "x1", "sip_need", "2023-12-20T09:00", needed="yes"),
    message("x1-1", "x1", "admitted", "2023-12-20T10:00", region="23", municipality="2380", care="somatic"),
    message("x1-2", "x1", "admission_notice", "2023-12-20T11:00", expected_discharge="2023-12-27"),
    message("x1-3", "x1", "leave_started", "2023-12-24T10:00"),
    message("x1-4", "x1", "leave_ended", "2023-12-26T18:00"),
    message("x1-5", "x1", "ready_notice", "2023-12-27T09:00"),
    message("x1-6", "x1", "sip_called", "2023-12-28T09:00"),
    message("x1-7", "x1", "discharged", "2024-01-08T11:00"),
    message("x2-1", "x2", "admitted", "2023-03-01T10:00", region="23", municipality="2303", care="somatic"),
    message("x2-2", "x2", "admission_notice", "2023-03-02T18:00", expected_discharge="2023-03-06"),
    message("x2-3", "x2", "ready_notice", "2023-03-06T09:00"),
    message("x2-4", "x2", "sip_called", "2023-03-06T10:00"),
    message("x2-5", "x2", "discharged", "2023-03-20T11:00"),
    message("x3-1", "x3", "admitted", "2023-03-01T10:00", region="23", municipality="2305", care="somatic"),
    message("x3-2", "x3", "ready_notice", "2023-03-06T09:00"),
    message("x3-3", "x3", "discharged", "2023-03-07T11:00"),
    message("x4-1", "x4", "admitted", "2023-03-01T10:00", region="01", municipality="0180", care="somatic"),
)
"""Beside the examples. x1: early fact, leave, year without amount; x2: to review; x3: no notice; x4: elsewhere."""
