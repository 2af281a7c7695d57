"""Every text of the catalogue is said somewhere, and every key that is asked for has a text."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import hemgang
from hemgang.i18n.catalogue import NAMES, texts_in
from hemgang.i18n.language import Language

ROOT = Path(hemgang.__file__).parents[1]
PACKAGES = ("agreements", "hemgang", "tasks", "flows", "deployments")

KEYS = frozenset(key for key in texts_in(Language.SWEDISH) if not key.startswith(f"{NAMES}."))
"""Every key but the names of enumerations, which have a test of their own."""

FILES = "|".join(sorted({key.partition(".")[0] for key in KEYS}))
FAMILIES = ("cli_operation.sending.",)
"""Where a key is put together of so many parts that nothing of it stands in the source; each with a test of its own."""

WRITTEN_KEY = re.compile(rf"({FILES})(\.[a-z0-9_]+)+")
"""What a key looks like in the source."""


@cache
def sources() -> tuple[ast.Module, ...]:
    """Return the syntax tree of every module."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in files)


@cache
def constants() -> frozenset[str]:
    """Return every text that stands in the source by itself, values of enumerations and keys of tables among them."""
    nodes = (node for tree in sources() for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


PLACED = "([a-z0-9_.]+)"
"""What may stand in a place of a key that is put together."""


@cache
def patterns() -> frozenset[str]:
    """Return what keys and parts of keys that are put together look like, as `closing\\.note\\.([a-z0-9_.]+)`."""
    nodes = (node for tree in sources() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return frozenset(
        "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else PLACED for part in node.values)
        for node in nodes
        if re.search("[a-z]{2}", fixed := _fixed_of(node)) and re.fullmatch("[a-z0-9_.]+", fixed)
    )


def _fixed_of(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


@cache
def is_said(key: str) -> bool:
    """Whether a key, or a part of one, stands in the source or can be put together of what stands there."""
    if key in constants() or key.isdigit():
        return True
    put_together = (re.fullmatch(pattern, key) for pattern in patterns())
    return any(found is not None and all(is_said(part) for part in found.groups()) for found in put_together)


def test_every_text_is_said_somewhere() -> None:
    assert sorted(key for key in KEYS if not key.startswith(FAMILIES) and not is_said(key)) == []


def test_every_key_that_stands_in_the_source_has_a_text() -> None:
    written = {one for one in constants() if WRITTEN_KEY.fullmatch(one) and not one.endswith("_")}
    assert written - KEYS == set()


@pytest.mark.parametrize("pattern", sorted(one for one in patterns() if re.match(rf"({FILES})\\\.", one)))
def test_every_key_that_is_put_together_has_texts(pattern: str) -> None:
    assert any(re.fullmatch(pattern, key) for key in KEYS)
