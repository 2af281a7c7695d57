"""What the files of deployments/ say: commands, environment variables, Kubernetes objects, systemd units."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

FOLDER = Path(__file__).parent.parent.parent / "deployments"
UNITS = sorted((FOLDER / "systemd").glob("*.service"))
TIMED = [path for path in UNITS if path.with_suffix(".timer").exists()]
"""What a timer starts; their commands are given for real by test_backup_unit.py."""
MANIFESTS = sorted(path for path in (FOLDER / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
TEMPLATES = sorted((FOLDER / "environment").glob("*.example"))
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def objects() -> list[dict[str, Any]]:
    """Return every Kubernetes object."""
    return [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def containers() -> list[dict[str, Any]]:
    """Return the containers of every pod."""
    templates = [one["spec"]["template"]["spec"] for one in objects() if "template" in one.get("spec", {})]
    return [container for pod in templates for container in pod["containers"]]


def unit(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return a unit's settings by section, in their order; a setting may come more than once."""
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if named := re.fullmatch(r"\[(\w+)\]", line):
            section = named[1]
            continue
        name, mark, value = line.partition("=")
        assert section, f"{path.name}: {line!r} stands before any section"
        assert mark, f"{path.name}: {line!r} is no setting"
        found.setdefault(section, []).append((name, value))
    return found


def commands() -> dict[str, list[str]]:
    """Return the command of each process that is ours, by where it stands."""
    found = {}
    for path in UNITS:
        for name, value in unit(path)["Service"]:
            if name.startswith("Exec") and path not in TIMED:
                found[f"{path.name} {name}"] = shlex.split(value)
    for name, service in COMPOSE["services"].items():
        if service.get("image", "").startswith("hemgang:"):
            found[f"compose.yaml {name}"] = service["command"]
    for container in containers():
        if container["image"] == "hemgang":
            found[f"kubernetes {container['name']}"] = container["command"]
    default = re.search(r"^CMD (\[.+\])$", (FOLDER / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert default is not None
    found["Containerfile"] = yaml.safe_load(default[1])
    return found


def variables() -> dict[str, str]:
    """Return every environment variable that a file sets or names, and where."""
    found = _in_templates()
    for path in UNITS:
        found |= {value.partition("=")[0]: path.name for name, value in unit(path)["Service"] if name == "Environment"}
    for service in COMPOSE["services"].values():
        found |= dict.fromkeys(service.get("environment", {}), "compose.yaml")
    for container in containers():
        found |= {one["name"]: f"kubernetes {container['name']}" for one in container.get("env", [])}
    return found


def _in_templates() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in TEMPLATES:
        if path.name.endswith(".env.example"):
            lines = path.read_text(encoding="utf-8").splitlines()
            found |= {line.partition("=")[0]: path.name for line in lines if line and not line.startswith("#")}
    return found
