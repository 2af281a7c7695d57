"""The source texts that quotes are compared with: `docs/sources`, white space read as single spaces."""

from collections.abc import Mapping
from pathlib import Path

from agreements.errors import SourceNotFound

CHECKOUT = Path(__file__).parent.parent / "docs" / "sources"


def read_sources(folder: Path | None = None) -> Mapping[str, str]:
    """Read every source text of a folder by its name without ending (None = `docs/sources` of a checkout).

    Raises:
        SourceNotFound: the folder does not exist or holds no text.
    """
    place = CHECKOUT if folder is None else folder
    paths = sorted(path for path in place.glob("*") if path.suffix in (".txt", ".md"))
    if not paths:
        raise SourceNotFound(f"no source texts in {place}; name the folder that holds docs/sources")
    return {path.stem: normalised(path.read_text(encoding="utf-8")) for path in paths}


def normalised(text: str) -> str:
    """Return a text with every run of white space, line breaks and no-break spaces too, as one space."""
    return " ".join(text.split())
