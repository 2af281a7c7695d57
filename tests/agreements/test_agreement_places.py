"""On which line a table, key or element stands, whatever the texts of the file hold."""

from pathlib import Path

import pytest

from agreements.loader import read_agreements
from agreements.tomlfile import AgreementFileError, places_in, read_toml
from hemgang.notifications.directory_config import DirectoryError, load_directory

TEXT = '''top.inner = 1
[[unit]]
note = """
[[unit]]
id = "not a key"
"""
"quoted key" = 2
[[unit]] # [[unit]]
id = [
  1,
  {deep = 2},
]
[unit.below]
value = 3
'''


def test_every_table_key_and_element_has_its_line() -> None:
    places = places_in(TEXT)
    assert places == {
        ("top",): 1,
        ("top", "inner"): 1,
        ("unit",): 2,
        ("unit", 0): 2,
        ("unit", 0, "note"): 3,
        ("unit", 0, "quoted key"): 7,
        ("unit", 1): 8,
        ("unit", 1, "id"): 9,
        ("unit", 1, "id", 0): 10,
        ("unit", 1, "id", 1): 11,
        ("unit", 1, "id", 1, "deep"): 11,
        ("unit", 1, "below"): 13,
        ("unit", 1, "below", "value"): 14,
    }


def test_a_text_that_holds_headers_moves_no_line_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(TEXT)
    assert read_toml(path).line_of("unit", 1, "below", "value") == 14
    assert read_toml(path).line_of("unit", 1, "absent") == 8
    assert read_toml(path).line_of("units", 2) is None
    with pytest.raises(DirectoryError) as refused:
        load_directory(path, {})
    lines = {problem.line for problem in refused.value.problems}
    assert {1, 3, 7, 9, 13} <= lines
    assert not lines & {4, 5}


def test_an_unknown_table_of_an_agreement_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "lus.toml").write_text('# first\n[agreement]\nnote = """\n[surplus]\n"""\n[surplus]\n')
    with pytest.raises(AgreementFileError, match=r"lus\.toml:6: surplus: unknown table"):
        read_agreements(tmp_path)
