"""Coverage-guided fuzzing of the reading path: `python -m tests.faults.fuzz_atheris -atheris_runs=100000 [FOLDER]`.

Every input is a file of messages, its first letter `c` or `;` for CSV, and is judged as in tests/faults/malformed/.
What breaks a rule ends the run, its bytes in a file `crash-…` here. A folder keeps the corpus from run to run; without
one a temporary folder holds it. It begins with the worked examples of tests/cases and one message of each type. Further
options are libFuzzer's, such as `-max_total_time=600`. It needs the package atheris, which exists for Linux only.
"""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris  # type: ignore[import-untyped]  # it comes without types

with atheris.instrument_imports(include=["hemgang.messages", "calendars"]):
    for part in ("identity_numbers", "readers", "schema", "validation"):
        import_module(f"hemgang.messages.{part}")

from tests.faults.malformed.corpus import csv_header, csv_row, good, ndjson
from tests.faults.malformed.files import File
from tests.faults.malformed.trial import Seen, try_file

CSV = {b"c": ",", b";": ";"}
AT_ONCE = 3


def one_input(data: bytes) -> None:
    """Judge one input.

    Raises:
        AssertionError: a rule is broken; the text says which.
    """
    seen = Seen()
    try_file(File(data[1:], CSV.get(data[:1], "")), seen)
    if seen.broken:
        raise AssertionError(seen.broken[0])


def seeds() -> list[bytes]:
    """Return what the corpus begins with: good messages, some to a file, as NDJSON and both kinds of CSV."""
    found = []
    for start in range(0, len(good()), AT_ONCE):
        some = good()[start : start + AT_ONCE]
        found.append(b"n" + b"\n".join(ndjson(one, escaped=False) for one in some))
        for letter, delimiter in CSV.items():
            found.append(letter + b"\n".join([csv_header(delimiter), *(csv_row(one, delimiter) for one in some)]))
    return found


def main(arguments: list[str]) -> None:
    """Fuzz until the options say that it is enough, or a rule is broken."""
    folders = [one for one in arguments[1:] if not one.startswith("-")]
    with TemporaryDirectory(prefix="hemgang-atheris-") as temporary:
        folder = Path(folders[0] if folders else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number}").write_bytes(seed)
        atheris.Setup([*arguments, *([] if folders else [temporary])], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
