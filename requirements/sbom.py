"""Writes requirements/sbom.cdx.json: what an installation is made of, by name, version and hash (CycloneDX).

Made from requirements/run.txt by cyclonedx-py, then freed of what differs between machines and runs: no time, no serial
number, no path, no address of a registry. Run after every `requirements/lock`; the same lock gives the same bytes.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "run.txt"
SBOM = HERE / "sbom.cdx.json"


def main() -> None:
    """Write the file."""
    SBOM.write_text(written(), encoding="utf-8")


def written() -> str:
    """Return the SBOM of the lock as it stands."""
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of", "JSON"]
    given = ["--pyproject", str(HERE.parent / "pyproject.toml"), "-o", "-", str(LOCK)]
    made = subprocess.run([*command, *given], check=True, capture_output=True)  # noqa: S603  our own interpreter
    return f"{json.dumps(_plain(json.loads(made.stdout)), indent=1, ensure_ascii=False)}\n"


def _plain(made: dict[str, Any]) -> dict[str, Any]:
    components = sorted((_component(one) for one in made["components"]), key=lambda one: str(one["purl"]))
    ours = made["metadata"]["component"]
    root = {"bom-ref": ours["name"], **{key: ours[key] for key in ("type", "name", "version", "description")}}
    return {
        "$schema": made["$schema"],
        "bomFormat": made["bomFormat"],
        "specVersion": made["specVersion"],
        "version": made["version"],
        "metadata": {"component": root},
        "components": components,
    }


def _component(made: dict[str, Any]) -> dict[str, Any]:
    """Return a package; its files are referred to by the package's own name, since they may lie in any registry."""
    hashes = sorted((one for reference in made["externalReferences"] for one in reference["hashes"]), key=str)
    files = {"type": "distribution", "url": made["purl"], "hashes": hashes}
    named = {key: made[key] for key in ("type", "name", "version", "purl")}
    return {"bom-ref": made["purl"], **named, "externalReferences": [files]}


if __name__ == "__main__":
    main()
