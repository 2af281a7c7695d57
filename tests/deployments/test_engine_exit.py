"""How the engine's process ends: its exit code says whether it failed, also where its clean-up never ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.prefect_server import HOST, free_port

GENEROUS_S = 120
PROCESS = """
import asyncio, threading
from deployments import engine
from hemgang.errors import ConfigurationError

engine.LEAVE_SECONDS = 0.1

async def ending(*_):
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)  # asyncio.run waits for this for ever
    {how}

engine.engine = ending
engine.run()
"""


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("return", 0, ""),
        ("raise RuntimeError('on purpose')", 1, "RuntimeError"),
        ("raise ConfigurationError('the setting')", 2, "hemgang: the setting"),
    ],
)
def test_the_exit_code_says_how_the_engine_ended_though_its_clean_up_never_ends(
    tmp_path: Path, how: str, code: int, said: str
) -> None:
    environment = os.environ | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "PREFECT_HOME": str(tmp_path),
        "HEMGANG_DATABASE": f"sqlite:///{tmp_path / 'hemgang.db'}",
        "HEMGANG_METRICS": f"{HOST}:{free_port()}",
    }
    ended = subprocess.run(
        [sys.executable, "-c", PROCESS.format(how=how)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
