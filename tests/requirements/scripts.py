"""Loads the scripts that lie beside the locks, which are in no package; for tests only."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent.parent.parent / "requirements"


def script(name: str) -> ModuleType:
    """Return a script as a module."""
    known = f"requirements_{name}"
    spec = importlib.util.spec_from_file_location(known, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    spec.loader.exec_module(module)
    return module
