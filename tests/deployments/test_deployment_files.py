"""The files of the production shape are valid by their own tools, and name only what exists."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from hemgang.settings import VARIABLES
from tests.deployments.shapes import (
    COMPOSE,
    FOLDER,
    MANIFESTS,
    TIMED,
    UNITS,
    commands,
    containers,
    objects,
    unit,
    variables,
)

ROOT = FOLDER.parent
OF_OTHERS = {"POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "PGDATA"}
"""What PostgreSQL's own image reads."""
OF_HAPROXY = re.compile(r"\$\{(PREFECT_\w+)-")
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
}


def test_compose_is_valid_by_the_compose_specification() -> None:
    words = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FOLDER / "compose.yaml")]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("one", objects(), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_objects_are_valid_by_their_schema(one: dict[str, object]) -> None:
    kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)


def test_a_manifest_with_a_misspelt_field_is_found() -> None:
    [server] = [one for one in objects() if (one["kind"], one["metadata"]["name"]) == ("Deployment", "server")]
    server["spec"]["replica"] = server["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(server, kubernetes_validate.latest_version(), strict=True)


def test_kustomization_names_every_manifest_and_nothing_else() -> None:
    told = yaml.safe_load((FOLDER / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(told["resources"]) == [path.name for path in MANIFESTS]


def test_containers_are_limited_and_not_root() -> None:
    for container in containers():
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
    for name, service in COMPOSE["services"].items():
        if service.get("restart") != "on-failure":
            assert "limits" in service["deploy"]["resources"], name
            assert service["restart"] == "unless-stopped", name
    assert "\nUSER 10001:10001\n" in (FOLDER / "Containerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize(("where", "command"), commands().items())
def test_every_command_names_a_module_that_exists(where: str, command: list[str]) -> None:
    program, *words = command
    assert program in {"python", "/opt/hemgang/bin/python"}
    assert words[0] == "-m"
    assert words[1].startswith("deployments.")
    assert find_spec(words[1]) is not None
    if words[1] == "deployments.prefect_command":
        assert words[2:] in _prefect_commands(), where


def test_every_environment_variable_is_read_by_hemgang_or_prefect() -> None:
    known = set(VARIABLES) | _of_prefect() | OF_OTHERS | set(_of_haproxy())
    assert {name: where for name, where in variables().items() if name not in known} == {}
    assert {"HEMGANG_DATABASE", "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_REDIS_MESSAGING_URL"} <= variables().keys()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_hardened_limited_and_started_again(path: Path) -> None:
    told = dict(unit(path)["Service"])
    assert {name: told.get(name) for name in HARDENED} == HARDENED
    assert told["EnvironmentFile"].startswith("/etc/hemgang/")
    assert told["User"] != "root"
    assert {"MemoryMax", "CPUQuota"} <= told.keys()
    assert told["Restart"] == ("on-failure" if told.get("Type") == "oneshot" else "always")


def test_the_target_starts_every_unit_that_exists() -> None:
    wanted = {
        name
        for told, names in unit(FOLDER / "systemd" / "hemgang.target")["Unit"]
        for name in names.split()
        if told == "Wants"
    }
    templates = {re.sub(r"@\w+\.", "@.", name) for name in wanted}
    assert templates | {"hemgang-upgrade.service"} == {path.name for path in UNITS if path not in TIMED}
    for path in UNITS:
        for name, value in unit(path)["Unit"]:
            if name in {"Wants", "Requires"}:
                ours = {one for one in value.split() if one.startswith("hemgang")}
                assert ours <= {other.name for other in UNITS}


@pytest.mark.parametrize("program", ["systemd-analyze", "kubectl", "haproxy"])
def test_their_own_programs_accept_them_where_this_machine_has_them(program: str, tmp_path: Path) -> None:
    """What was validated by what, and where, stands in deployments/README.md."""
    if which(program) is None:
        return
    words = {
        "kubectl": ["kustomize", str(FOLDER / "kubernetes")],
        "haproxy": ["-c", "-f", str(FOLDER / "haproxy.cfg")],
        "systemd-analyze": ["verify", *map(str, _instances(tmp_path))],
    }
    done = subprocess.run([program, *words[program]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _instances(folder: Path) -> list[Path]:
    """Copy the units as instances whose program exists here."""
    found = []
    for path in UNITS:
        copy = folder / path.name.replace("@", "@4201" if "server" in path.name else "@1")
        text = path.read_text(encoding="utf-8").replace("/opt/hemgang/bin/python", sys.executable)
        copy.write_text(text, encoding="utf-8")
        found.append(copy)
    return found


def _prefect_commands() -> list[list[str]]:
    serve = ["server", "start", "--host"]
    return [
        ["server", "database", "upgrade", "--yes"],
        ["server", "services", "start"],
        [*serve, "127.0.0.1", "--port", "%i", "--no-services"],
        [*serve, "0.0.0.0", "--port", "4200", "--no-services"],  # noqa: S104  inside a container
    ]


def _of_prefect() -> set[str]:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_settings_fields
    from prefect_redis.client import RedisMessagingSettings  # type: ignore[import-untyped]

    redis = {f"PREFECT_REDIS_MESSAGING_{name.upper()}" for name in RedisMessagingSettings.model_fields}
    return set(_get_settings_fields(Settings)) | redis


def _of_haproxy() -> list[str]:
    return OF_HAPROXY.findall((FOLDER / "haproxy.cfg").read_text(encoding="utf-8"))
