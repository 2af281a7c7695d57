"""What would go wrong in the files of deployments/ is found: each check is also given an error made on purpose."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from hemgang.settings import VARIABLES
from tests.deployments.shapes import COMPOSE, FOLDER, MANIFESTS, TEMPLATES, containers, objects

ROOT = FOLDER.parent
ALL_UNITS = sorted(path for path in (FOLDER / "systemd").iterdir() if path.suffix in {".service", ".target", ".timer"})
TEXTS = sorted(
    [*ALL_UNITS, *MANIFESTS, *TEMPLATES, FOLDER / "compose.yaml", FOLDER / "haproxy.cfg", FOLDER / "Containerfile"]
)
BUILT = "dist/hemgang-*.whl"
"""What `pip wheel` makes; not in the repository."""
OF_HAPROXY = {"PREFECT_LISTEN", "PREFECT_SERVER_1", "PREFECT_SERVER_2"}
DIRECTIVES = {
    "Unit": "Description After Wants Requires PartOf StartLimitIntervalSec StartLimitBurst",
    "Install": "WantedBy",
    "Timer": "OnCalendar Persistent RandomizedDelaySec",
    "Service": """Type RemainAfterExit User Group WorkingDirectory StateDirectory StateDirectoryMode EnvironmentFile
        Environment ExecStart Restart RestartSec TimeoutStartSec TimeoutStopSec MemoryHigh MemoryMax CPUQuota TasksMax
        NoNewPrivileges ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules
        ProtectKernelLogs ProtectControlGroups ProtectClock ProtectHostname RestrictAddressFamilies RestrictNamespaces
        RestrictRealtime RestrictSUIDSGID LockPersonality CapabilityBoundingSet AmbientCapabilities
        SystemCallArchitectures SystemCallFilter SystemCallErrorNumber UMask""",
}
"""What these units use; systemd only warns of a word it does not know, and then goes without the protection."""


def compose_faults(told: object) -> list[str]:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text("utf-8"))
    # An older draft would pass over `unevaluatedProperties` in silence.
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [one.message for one in validator.iter_errors(told)]


def unit_faults(text: str) -> list[str]:
    found, section = [], ""
    for line in (line for line in text.splitlines() if line and not line.startswith("#")):
        name, mark, value = line.partition("=")
        if not mark:
            section = line.strip("[]")
            continue
        if name not in DIRECTIVES.get(section, "").split():
            found.append(f"[{section}] {name}")
        if name == "OnCalendar" and not value.endswith(" UTC"):
            found.append(f"{value}: not in UTC")
    return found


def unknown_variables(text: str) -> set[str]:
    return set(re.findall(r"\b(?:HEMGANG|PREFECT)_[A-Z0-9_]*[A-Z0-9]\b", text)) - known_variables()


def known_variables() -> set[str]:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_settings_fields
    from prefect_redis.client import RedisMessagingSettings  # type: ignore[import-untyped]

    redis = {f"PREFECT_REDIS_MESSAGING_{name.upper()}" for name in RedisMessagingSettings.model_fields}
    # The folder with the settings; only compose.yaml reads its name.
    return set(VARIABLES) | set(_get_settings_fields(Settings)) | redis | OF_HAPROXY | {"HEMGANG_SETTINGS"}


def secrets_in(text: str) -> list[str]:
    """Return what looks like a secret: a password in an address or after its name that is not a CHANGE- mark."""
    in_addresses = re.findall(r"://[^\s:/@]*:([^\s/@]+)@", text)
    named = re.findall(r"(?:PASSWORD|requirepass|AUTH_STRING)[= ]'?(?:\w+:)?([^\s']+)", text)
    long = re.findall(r"\b[0-9a-f]{32,}\b", text)
    return [*(one for one in (*in_addresses, *named) if not one.startswith("CHANGE-")), *long]


def copied_but_missing(containerfile: str, ignore: str) -> list[str]:
    let_through = [line[1:] for line in ignore.splitlines() if line.startswith("!")]
    found = []
    for line in re.findall(r"^COPY (.+) \S+$", containerfile, re.MULTILINE):
        for source in line.split():
            there = source == BUILT or (ROOT / source).exists()
            if not there or not any(fnmatch(source, pattern) or source == pattern for pattern in let_through):
                found.append(source)
    return found


def differing(listed: Iterable[str], there: Iterable[str]) -> set[str]:
    return set(listed) ^ set(there)


def test_compose_fits_its_schema_and_a_misspelt_word_is_found() -> None:
    assert compose_faults(COMPOSE) == []
    planted = json.loads(json.dumps(COMPOSE))
    planted["services"]["engine"]["memory_limit"] = "1G"
    assert any("memory_limit" in fault for fault in compose_faults(planted))


@pytest.mark.parametrize("path", ALL_UNITS, ids=lambda path: path.name)
def test_units_use_only_words_that_systemd_knows(path: Path) -> None:
    assert unit_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("[Service]\nNoNewPriviledges=yes\n", "[Service] NoNewPriviledges"),
        ("[Unit]\nRestart=always\n", "[Unit] Restart"),
        ("[Srvice]\nUser=hemgang\n", "[Srvice] User"),
        ("[Timer]\nOnCalendar=*-*-* 02:30:00\n", "*-*-* 02:30:00: not in UTC"),
        ("[Timer]\nOnCalendar=*-*-* 02:30:00 Europe/Stockholm\n", "*-*-* 02:30:00 Europe/Stockholm: not in UTC"),
    ],
)
def test_a_misspelt_setting_or_a_timer_in_local_time_is_found(planted: str, fault: str) -> None:
    assert unit_faults(planted) == [fault]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_variable_named_anywhere_exists_and_no_secret_stands_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unknown_variables(text) == set()
    assert secrets_in(text) == []


def test_a_misspelt_variable_is_found() -> None:
    planted = "HEMGANG_DATABASES=x\nPREFECT_SERVER_API_AUTHSTRING=y\nPREFECT_API_URL=z\n"
    assert unknown_variables(planted) == {"HEMGANG_DATABASES", "PREFECT_SERVER_API_AUTHSTRING"}


@pytest.mark.parametrize(
    "planted",
    [
        "HEMGANG_DATABASE=postgresql://hemgang:sommar2026@db/hemgang",
        "PREFECT_REDIS_MESSAGING_URL=redis://:sommar2026@redis:6379/0",
        "PREFECT_API_AUTH_STRING=hemgang:sommar2026",
        "POSTGRES_PASSWORD=sommar2026",
        "CREATE ROLE hemgang LOGIN PASSWORD 'sommar2026';",
        "requirepass sommar2026",
        f"token: {'0123456789abcdef' * 2}",
    ],
)
def test_a_secret_is_found(planted: str) -> None:
    assert len(secrets_in(planted)) == 1


def test_the_image_copies_only_what_is_there_and_let_through() -> None:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    ignore = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8")
    assert copied_but_missing(text, ignore) == []
    assert copied_but_missing("COPY requirements/runs.txt /tmp/run.txt\n", ignore) == ["requirements/runs.txt"]
    assert copied_but_missing("COPY pyproject.toml README.md /tmp/\n", ignore) == ["pyproject.toml", "README.md"]


def test_a_manifest_that_kustomization_forgets_or_invents_is_found() -> None:
    told = yaml.safe_load((FOLDER / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    there = [path.name for path in MANIFESTS]
    assert differing(told, there) == set()
    assert differing([*told[1:], "extra.yaml"], there) == {told[0], "extra.yaml"}


def test_scheduled_deployments_are_in_utc() -> None:
    told = yaml.safe_load((FOLDER / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    schedules = [schedule for one in told for schedule in one.get("schedules", [])]
    assert len(schedules) >= 4
    assert {schedule["timezone"] for schedule in schedules} == {"UTC"}


def test_a_database_that_hangs_does_not_have_every_engine_killed() -> None:
    """/metrics reads the database; a probe that asks for it would end all engines while the database is away."""
    [engine] = [one for one in containers() if one["name"] == "engine"]
    for probe in ("startupProbe", "livenessProbe"):
        assert engine[probe].keys() & {"httpGet", "exec", "grpc"} == set()
        assert engine[probe]["tcpSocket"] == {"port": "metrics"}
    assert engine["startupProbe"]["periodSeconds"] * engine["startupProbe"]["failureThreshold"] >= 1800
    [address] = re.findall(r"^HEMGANG_DATABASE=(.+)$", TEMPLATES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert "connect_timeout=10&" in address


def test_a_node_can_be_emptied_with_two_engines_as_with_three() -> None:
    budgets = {one["metadata"]["name"]: one["spec"] for one in objects() if one["kind"] == "PodDisruptionBudget"}
    assert budgets["engine"]["maxUnavailable"] == 1
    assert budgets.keys() == {"engine", "server"}
