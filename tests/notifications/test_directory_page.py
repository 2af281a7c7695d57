"""docs/directory.md says what the loader does: every key, every kind of address, and examples that load."""

import re
from pathlib import Path

import pytest

from agreements.tomlfile import TableShape
from hemgang.notifications.channels import SCHEMES, SecretUrl
from hemgang.notifications.directory import read_hours
from hemgang.notifications.directory_config import (
    ChannelShape,
    ContactShape,
    OperatorShape,
    SettingsShape,
    UnitShape,
    load_directory,
)
from hemgang.notifications.transport import why_unusable

DOCUMENT = Path(__file__).parents[2] / "docs" / "directory.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the tables under a heading, without their head."""
    section = re.split(r"^## ", TEXT.split(f"\n## {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    heads = {number for number, line in enumerate(lines) if set(line) <= set("|-")}
    return [row for number, row in enumerate(cells) if number not in heads and number + 1 not in heads]


@pytest.mark.parametrize(
    ("heading", "shape"),
    [
        ("`[settings]`", SettingsShape),
        ("`[[unit]]`", UnitShape),
        ("`[[contact]]`", ContactShape),
        ("`[operator]`", OperatorShape),
    ],
)
def test_every_key_is_described_and_no_other(heading: str, shape: type[TableShape]) -> None:
    described = [key for row in rows(heading) for key in re.findall(r"`(\w+)`", row[0])]
    assert sorted(described) == sorted(shape.model_fields)


def test_every_key_of_a_channel_is_described_and_every_address_can_be_used() -> None:
    names = [re.findall("`(.+)`", row[0]) for row in rows("`[[channel]]`")]
    assert sorted(name[0] for name in names if name) == sorted(ChannelShape.model_fields)
    addresses = [row[1].strip("`") for row in rows("`[[channel]]`") if "://" in row[-1]]
    assert len(addresses) >= 5
    for address in addresses:
        assert SecretUrl(address).scheme in SCHEMES
        assert why_unusable(SecretUrl(address)) is None


def test_every_kind_of_address_is_listed() -> None:
    listed = TEXT.split("<!-- schemes -->")[1].split("<!-- /schemes -->")[0]
    assert re.findall(r"`(\w+)`", listed) == list(SCHEMES)
    assert [scheme for scheme, shape in SCHEMES.items() if shape.brief] == list(SCHEMES)[-4:]


def test_every_hour_in_the_table_is_understood() -> None:
    written = [row[0].strip("`").strip('"') for row in rows("Hours")]
    assert len(written) == 4
    assert all(read_hours(text) for text in written)


def test_the_smallest_directory_loads(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "directory.toml"
    path.write_text(block, encoding="utf-8")
    assert list(load_directory(path, {}).parties) == ["ward-medicine"]
