"""Loads the invented agreements of this folder beside the shipped ones: every kind of gate and charge that there is."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from agreements import Agreements, load_agreements
from agreements.tomlfile import SHIPPED

KINDS = Path(__file__).parent


@cache
def kinds_agreements() -> Agreements:
    """Return the shipped agreements and those of this folder: regions 04, 14, 20 and 21."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in (*SHIPPED.glob("*.toml"), *KINDS.glob("*.toml")):
            shutil.copy(path, folder)
        return load_agreements(folder)


def kinds_alone(folder: Path) -> Agreements:
    """Load the agreements of this folder with nothing but the statute beside them, through a folder of one's own."""
    for path in (SHIPPED / "lus.toml", *KINDS.glob("*.toml")):
        shutil.copy(path, folder)
    return load_agreements(folder)
