"""What is declared to Prefect: entry points, schedules, names and settings; no server is needed for it."""

import sys
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from deployments.prefect_server import apply_prefect_settings, prefect_environment
from deployments.serve import declared_deployments

ROOT = Path(__file__).parent.parent.parent
OURS = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
OFF = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}

pytestmark = pytest.mark.prefect


def in_yaml() -> dict[tuple[str, str], Any]:
    written = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))
    return {(one["entrypoint"], one["name"]): one.get("schedules", []) for one in written["deployments"]}


def in_serve() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for one in declared_deployments():
        module, _, name = str(one.entrypoint).rpartition(".")
        schedules = [schedule.model_dump()["schedule"] for schedule in one.schedules or []]
        found[f"{module}:{name}", one.name] = [
            {"cron": schedule["cron"], "timezone": schedule["timezone"] or "UTC"} for schedule in schedules
        ]
    return found


def test_serve_and_the_file_declare_the_same() -> None:
    assert in_serve() == in_yaml()
    assert sum(bool(schedules) for schedules in in_yaml().values()) >= 4


@pytest.mark.parametrize(
    "entrypoint", sorted({*(found for found, _ in in_yaml()), *(found for found, _ in in_serve())})
)
def test_entry_points_are_modules_in_which_prefect_finds_the_flow(entrypoint: str) -> None:
    from prefect import Flow
    from prefect.flows import load_flow_from_entrypoint

    assert "/" not in entrypoint
    assert ".py" not in entrypoint
    for written in (entrypoint, entrypoint.replace(":", ".")):
        found: Flow[..., Any] = load_flow_from_entrypoint(written)
        assert isinstance(found, Flow)
        assert found is getattr(import_module(entrypoint.partition(":")[0]), entrypoint.partition(":")[2])


def test_every_schedule_is_in_utc() -> None:
    for declaration in (in_yaml(), in_serve()):
        assert {schedule["timezone"] for schedules in declaration.values() for schedule in schedules} == {"UTC"}


@pytest.mark.parametrize("folder", ["flows", "tasks"])
def test_no_file_is_named_like_a_package(folder: str) -> None:
    taken = set(sys.stdlib_module_names) | OURS | set(packages_distributions())
    files = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert files
    assert files & taken == set()


@pytest.mark.parametrize("package", ["flows", "tasks", "deployments"])
def test_no_distribution_but_ours_owns_our_packages(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"hemgang"}


def test_what_would_leave_the_machine_is_off_whatever_the_environment_says() -> None:
    asked = dict.fromkeys(OFF, "true") | {"PREFECT_LOGGING_LEVEL": "DEBUG", "OTHER": "kept"}
    given = prefect_environment(asked)
    assert {name: given[name] for name in OFF} == OFF
    assert given["OTHER"] == "kept"
    assert given["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    here = dict(asked)
    apply_prefect_settings(here)
    assert here == given | {"PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false"}


def test_prefect_itself_understands_those_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import Settings

    for name, value in prefect_environment({}).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.server.analytics_enabled is False
    assert settings.cloud.enable_orchestration_telemetry is False
    assert settings.server.ui.show_promotional_content is False
    assert settings.results.persist_by_default is False
