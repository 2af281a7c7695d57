"""A process that has set its logging up: nothing it writes has a person in it, however it fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hemgang.errors import ConfigurationError
from hemgang.logs import configure

ROOT = Path(__file__).parent.parent.parent
PERSON = "19121212-1212"

SAYING = f"""
import logging, sys, threading, warnings
from hemgang.logs import configure
logging.basicConfig()
configure()
for name in ("", "apprise", "sqlalchemy", "httpx", "prefect", "hemgang.engine"):
    logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger(name).debug("patient {PERSON}")
    logging.getLogger(name).error("patient %d", "{PERSON}")
logging.getLogger("x").error("closed", extra={{"person": "{PERSON}"}})
warnings.warn("patient {PERSON}")
def fail():
    raise ValueError("patient {PERSON}")
def broken(record):
    raise ValueError("patient {PERSON}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Falls:
    def __del__(self):
        fail()
Falls()
logging.getLogger().handlers[0].formatter.format = broken
logging.getLogger("x").error("cannot be written: {PERSON}")
del logging.getLogger().handlers[0].formatter.format
fail()
"""


def process(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_a_person_is_written_in_whatever_way_a_process_fails(form: str) -> None:
    ended = process(SAYING, HEMGANG_LOG=form, HEMGANG_LOG_LEVEL="debug")
    written = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert "1212" not in written
    assert "Traceback" not in written
    assert written.count("ValueError") == 3
    assert len(written.splitlines()) >= 12
    if form == "json":
        assert all(json.loads(line)["at"].endswith("Z") for line in written.splitlines())


def test_off_a_terminal_it_is_json_from_info_on_and_libraries_are_heard_from_warnings_on() -> None:
    code = """
import logging
from hemgang.logs import configure
configure()
for name in ("hemgang.x", "httpx"):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logging.getLogger(name).log(level, "said")
"""
    told = [json.loads(line) for line in process(code).stderr.splitlines()]
    assert [(one["logger"], one["level"]) for one in told] == [
        ("hemgang.x", "info"),
        ("hemgang.x", "warning"),
        ("httpx", "warning"),
    ]


@pytest.mark.parametrize(("name", "value"), [("HEMGANG_LOG", "xml"), ("HEMGANG_LOG_LEVEL", "LOUD")])
def test_a_form_or_level_that_there_is_none_of_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        configure()
