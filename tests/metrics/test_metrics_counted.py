"""What a process counts, and where it is served."""

from pathlib import Path

import pytest

from hemgang.errors import ConfigurationError
from hemgang.metrics import observe_files, observe_ingest, observe_sending, observe_steps, serve_metrics
from hemgang.settings import read_settings
from hemgang.store.database import open_database
from tests.metrics.scraping import samples, scraped

COUNTED = (
    "hemgang_steps_total",
    "hemgang_deliveries_total",
    "hemgang_messages_total",
    "hemgang_files_total",
    "hemgang_alerts_given_up_total",
    "hemgang_step_lateness_seconds_count",
    "hemgang_step_lateness_seconds_sum",
    "hemgang_delivery_lateness_seconds_count",
)


def counted(port: int) -> dict[tuple[str, tuple[str, ...]], float]:
    found = samples(scraped(port))
    return {
        (name, tuple(word for _, word in labels)): value for name in COUNTED for labels, value in found[name].items()
    }


def test_what_is_observed_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_METRICS", "localhost:0")
    database = open_database(f"sqlite:///{tmp_path / 'not-there.db'}")
    with serve_metrics(database, read_settings().metrics) as endpoint:
        assert endpoint is not None
        before = counted(endpoint.port)
        observe_steps(late_s=[0.5, 3, 7200], overtaken=1, set_aside=2)
        observe_sending(delivered=3, failed=2, unknown=1, given_up=4, latest_s=61)
        observe_sending(delivered=0, failed=0, unknown=0, given_up=0, latest_s=0)
        observe_ingest(accepted=10, duplicate=3, conflicting=2, quarantined=1)
        observe_files(taken=2, refused=1)
        after = counted(endpoint.port)
        buckets = samples(scraped(endpoint.port))["hemgang_step_lateness_seconds_bucket"]
    database.close()
    rose = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert rose == {
        ("hemgang_steps_total", ("advanced",)): 3,
        ("hemgang_steps_total", ("overtaken",)): 1,
        ("hemgang_steps_total", ("set_aside",)): 2,
        ("hemgang_step_lateness_seconds_count", ()): 3,
        ("hemgang_step_lateness_seconds_sum", ()): 7203.5,
        ("hemgang_deliveries_total", ("delivered",)): 3,
        ("hemgang_deliveries_total", ("failed",)): 2,
        ("hemgang_deliveries_total", ("unknown",)): 1,
        ("hemgang_alerts_given_up_total", ()): 4,
        ("hemgang_delivery_lateness_seconds_count", ()): 1,
        ("hemgang_messages_total", ("accepted",)): 10,
        ("hemgang_messages_total", ("duplicate",)): 3,
        ("hemgang_messages_total", ("conflicting",)): 2,
        ("hemgang_messages_total", ("quarantined",)): 1,
        ("hemgang_files_total", ("taken",)): 2,
        ("hemgang_files_total", ("refused",)): 1,
    }
    assert (("le", "+Inf"),) in buckets


def test_unless_it_is_asked_for_nothing_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEMGANG_METRICS", raising=False)
    database = open_database(f"sqlite:///{tmp_path / 'hemgang.db'}")
    with serve_metrics(database, read_settings().metrics) as endpoint:
        assert endpoint is None


@pytest.mark.parametrize(
    "told",
    ["x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "example.invalid:9464", "127.0.0.1:94 64", "a b:1", "[::1:1"],
)
def test_what_is_no_address_is_refused(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_METRICS", told)
    with pytest.raises(ConfigurationError, match=r"^HEMGANG_METRICS: .*write an address"):
        read_settings()


@pytest.mark.parametrize("told", ["0", ":0", "127.0.0.1:0", "localhost:0"])
def test_without_a_host_it_is_this_machine_only(told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_METRICS", told)
    database = open_database(f"sqlite:///{tmp_path / 'hemgang.db'}")
    with serve_metrics(database, read_settings().metrics) as endpoint:
        assert endpoint is not None
        assert endpoint.host == "127.0.0.1"


def test_an_address_that_is_taken_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_METRICS", "0")
    database = open_database(f"sqlite:///{tmp_path / 'hemgang.db'}")
    with serve_metrics(database, read_settings().metrics) as first:
        assert first is not None
        monkeypatch.setenv("HEMGANG_METRICS", str(first.port))
        taken = read_settings().metrics
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{first.port}: "), serve_metrics(database, taken):
            pass


def test_other_machines_may_read_only_if_told_and_it_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    database = open_database(f"sqlite:///{tmp_path / 'hemgang.db'}")
    for told, warned in (("127.0.0.1:0", False), ("0.0.0.0:0", True)):
        monkeypatch.setenv("HEMGANG_METRICS", told)
        caplog.clear()
        with serve_metrics(database, read_settings().metrics) as endpoint:
            assert endpoint is not None
        assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"][: 1 + warned]
