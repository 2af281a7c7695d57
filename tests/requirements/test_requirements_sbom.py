"""The bill of materials names exactly what is locked, and nothing of the machine on which it was written."""

import json
import re
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.requirements.scripts import FOLDER, script

SBOM = FOLDER / "sbom.cdx.json"
PACKAGE = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([^ ;\\]+)", re.MULTILINE)


def locked() -> dict[tuple[str, str], set[str]]:
    """Return the hashes of each locked package by name and version, read from the lock itself."""
    found: dict[tuple[str, str], set[str]] = {}
    for part in re.split(r"\n(?=[a-z0-9])", (FOLDER / "run.txt").read_text(encoding="utf-8")):
        named = PACKAGE.match(part)
        if named is not None:
            found[named[1], named[2]] = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", part))
    return found


def listed(made: Any) -> dict[tuple[str, str], set[str]]:
    return {
        (one["name"], one["version"]): {
            given["content"] for reference in one["externalReferences"] for given in reference["hashes"]
        }
        for one in made["components"]
    }


def test_it_lists_exactly_the_locked_packages_with_their_versions_and_hashes() -> None:
    made = json.loads(SBOM.read_text(encoding="utf-8"))
    assert listed(made) == locked()
    assert len(locked()) > 100
    assert all(locked().values())


def test_the_same_lock_gives_the_same_bytes() -> None:
    assert script("sbom").written() == SBOM.read_text(encoding="utf-8"), "run .venv/bin/python requirements/sbom.py"


def test_it_is_one_that_others_can_read() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(SBOM.read_text(encoding="utf-8")) is None


def test_it_says_nothing_of_time_machine_or_registry() -> None:
    text = SBOM.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]+", text) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
    assert not re.search(r'"(?:serialNumber|timestamp)"|"/|file:|\\\\', text)
