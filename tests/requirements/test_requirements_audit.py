"""The audit fails on a fault, passes and says so where nobody could be asked, and never passes in silence."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.requirements.scripts import FOLDER, script

AUDIT = script("audit")
FAULT = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1", "GHSA-1"], "fix_versions": ["1.1"], "description": "x"}
REFUSED = "Traceback\nrequests.exceptions.ProxyError: HTTPSConnectionPool"
ACCEPTED = '[[accepted]]\nid = "CVE-2026-1"\npackage = "a"\nreason = "not called"\ndate = 2026-11-26\n'


def package(name: str, *faults: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": list(faults)}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found"}


def verdict(*packages: dict[str, Any], accepted: str = "", required: bool = False) -> Any:
    return AUDIT.verdict(list(packages), AUDIT.accepted_in(accepted), required=required)


def test_a_fault_fails_and_is_told_with_what_mends_it() -> None:
    found = verdict(package("a", FAULT), package("b"))
    assert found.failed
    assert found.lines == ("FOUND: a 1.0: PYSEC-2026-1, mended in 1.1", "2 packages audited")


def test_no_fault_passes() -> None:
    assert verdict(package("a")) == AUDIT.Verdict(("1 packages audited",), failed=False)


def test_an_accepted_fault_passes_under_any_of_its_names_and_is_told_with_its_reason() -> None:
    found = verdict(package("a", FAULT), accepted=ACCEPTED)
    assert not found.failed
    assert found.lines[0] == "accepted: CVE-2026-1 (a, 2026-11-26: not called)"


def test_an_accepted_fault_that_is_gone_is_to_be_taken_out() -> None:
    assert verdict(package("a"), accepted=ACCEPTED).lines[0] == "not found any more, take it out: CVE-2026-1"


@pytest.mark.parametrize("without", ["id", "package", "reason", "date"])
def test_nothing_is_accepted_without_reason_and_date(without: str) -> None:
    text = "\n".join(line for line in ACCEPTED.splitlines() if not line.startswith(without))
    with pytest.raises(AUDIT.AuditError, match="needs id, package, reason and date"):
        AUDIT.accepted_in(text)


@pytest.mark.parametrize("packages", [None, [], [skipped("a"), skipped("b")]])
def test_where_nobody_could_be_asked_it_is_said_and_passes_unless_it_is_required(packages: Any) -> None:
    for required in (False, True):
        found = AUDIT.verdict(packages, {}, required=required)
        assert found.failed is required
        assert len(found.lines) == 1
        assert found.lines[0].startswith("nothing was audited: ")


def test_packages_that_are_not_known_are_named_and_fail_only_where_it_is_required() -> None:
    for required in (False, True):
        found = verdict(package("a"), skipped("b"), required=required)
        assert found.failed is required
        assert found.lines == ("not audited, unknown to the service: b", "1 packages audited")


@pytest.mark.parametrize(
    "complaint",
    [REFUSED, "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", "x\nurllib3.exceptions.X: y"],
)
def test_a_service_that_cannot_be_reached_is_none(complaint: str) -> None:
    assert AUDIT.answer("", complaint) is None


@pytest.mark.parametrize("complaint", ["ERROR:pip_audit._cli:invalid requirements input: x", "KeyError: 'x'", ""])
def test_any_other_failure_is_an_error(complaint: str) -> None:
    with pytest.raises(AUDIT.AuditError):
        AUDIT.answer("", complaint)


def test_the_script_itself_passes_off_the_net_and_fails_where_it_is_required() -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    for told, code in (("", 0), ("required", 1)):
        ended = subprocess.run(
            [sys.executable, str(FOLDER / "audit.py")],
            env={**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": "", "HEMGANG_AUDIT": told},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
        assert ended.stderr.startswith("audit: nothing was audited: ")
        assert len(ended.stderr.splitlines()) == 1


def test_the_shipped_list_can_be_read() -> None:
    assert AUDIT.accepted_in((FOLDER / "audit-accepted.toml").read_text(encoding="utf-8")) == {}
