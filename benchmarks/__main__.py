"""Lists the measurements: `python -m benchmarks` names them, `python -m benchmarks.<name>` runs one."""

import ast
from pathlib import Path


def main() -> None:
    """Print each measurement that can be run, with what it measures."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("__") or "\ndef main()" not in text:
            continue
        says = (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]
        print(f"python -m benchmarks.{path.stem:<20} {says}")


if __name__ == "__main__":
    main()
