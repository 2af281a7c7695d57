"""The file of rules: the page's example loads, and what is unclear is refused with file, line and key."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.retention.decide import KeepReason
from hemgang.retention.policy import (
    PERIOD_STARTS,
    DataKind,
    PeriodStart,
    RetentionFileError,
    RetentionPeriod,
    RetentionRule,
    RetentionRules,
    read_retention_rules,
)
from tests.retention import world

GOOD = {
    "controller": '"23"',
    "kind": '"episodes"',
    "keep_years": "10",
    "from": '"end"',
    "basis": '"a decision"',
}
TODAY = date(2034, 1, 15)


def written(folder: Path, *tables: dict[str, str]) -> Path:
    path = folder / "retention.toml"
    lines = [line for one in tables for line in ("[[rule]]", *(f"{key} = {value}" for key, value in one.items()))]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_example_of_the_page_loads_and_has_every_kind() -> None:
    rules = world.example()
    assert {rule.kind for rule in rules.rules} == set(DataKind)
    assert all(rule.basis and rule.line for rule in rules.rules)
    page = world.EXAMPLE.with_name("retention.md").read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in page and f"`{PERIOD_STARTS[kind]}`" in page for kind in DataKind)
    assert all(f"`{why}`" in page for why in KeepReason)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        ({"basis": None}, 1, "rule.basis: is missing; the law or decision"),
        ({"basis": '" "'}, 6, "no rule without it"),
        ({"basis": '"19811218-9876"'}, 6, "identity number"),
        ({"controller": '"99"'}, 2, "must be a county code"),
        ({"controller": "23"}, 2, "must be a county code"),
        ({"kind": '"everything"'}, 3, "must be one of episodes"),
        ({"keep_years": "0"}, 4, "whole number from 1"),
        ({"keep_years": "2.5"}, 4, "whole number from 1"),
        ({"keep_years": "true"}, 4, "whole number from 1"),
        ({"keep_years": None}, 1, "keep_years or keep_days, one of them"),
        ({"keep_days": "9000"}, 4, "keep_years or keep_days, one of them"),
        ({"keep_years": None, "keep_days": "365"}, 6, "at least 1 year"),
        ({"from": '"stored"'}, 5, 'counted from "end"'),
        ({"forever": "true"}, 7, "unknown key"),
        ({"kind": '"access_log"', "from": '"read"', "keep_years": "4"}, 4, "HSLF-FS 2016:40 4 kap. 9 §"),
        ({"kind": '"access_log"', "from": '"read"', "keep_years": None, "keep_days": "1826"}, 6, "at least 5 years"),
        ({"kind": '"access_log"', "from": '"read"', "controller": '"2380"'}, 2, "the region's alone"),
        ({"kind": '"closings"', "from": '"year_end"', "keep_years": "6"}, 4, "at least 7 years"),
        ({"kind": '"closings"', "from": '"year_end"', "keep_years": None, "keep_days": "9000"}, 6, "calendar years"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(
    tmp_path: Path, change: dict[str, str | None], line: int, says: str
) -> None:
    table = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(RetentionFileError) as wrong:
        read_retention_rules(written(tmp_path, table))
    assert says in str(wrong.value)
    assert f"retention.toml:{line}: rule." in str(wrong.value)
    assert "9876" not in str(wrong.value)


TEN_FAULTS = """[[rule]]
controller = "99"
kind = "everything"
keep_years = 0
from = "never"
basis = " "
forever = true
[[rule]]
controller = "2380"
kind = "access_log"
keep_years = 4
from = "end"
basis = "b"
[other]
"""


def test_ten_faults_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(TEN_FAULTS, encoding="utf-8")
    with pytest.raises(RetentionFileError) as wrong:
        read_retention_rules(path)
    found = [one.removeprefix(f"{path}:").split(": ")[:2] for one in str(wrong.value).splitlines()]
    assert found == [
        ["2", "rule.controller"],
        ["3", "rule.kind"],
        ["4", "rule.keep_years"],
        ["5", "rule.from"],
        ["6", "rule.basis"],
        ["7", "rule.forever"],
        ["9", "rule.controller"],
        ["11", "rule.keep_years"],
        ["12", "rule.from"],
        ["14", "other"],
    ]


def test_a_rule_stands_once(tmp_path: Path) -> None:
    with pytest.raises(RetentionFileError, match="has a rule already, in line 1"):
        read_retention_rules(written(tmp_path, GOOD, GOOD | {"keep_years": "11"}))


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "there is no"), ("[other]\nx = 1", "unknown table"), ("rule = 3", "must be"), ("[[rule]", "not valid TOML")],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RetentionFileError, match=says):
        read_retention_rules(path)
    with pytest.raises(RetentionFileError, match="cannot be read"):
        read_retention_rules(tmp_path / "none.toml")


@given(st.dates(date(2020, 1, 1), date(2080, 12, 31)), st.integers(1, 30))
def test_nothing_goes_before_its_years_are_out_nor_a_day_later(day: date, years: int) -> None:
    floor = RetentionPeriod(years=years).floor(day, PeriodStart.END)
    assert (floor.month, floor.day) in {(day.month, day.day), (3, 1)}
    assert floor.year == day.year - years
    assert RetentionPeriod(years=years).floor(day, PeriodStart.YEAR_END) == date(day.year - years, 1, 1) <= floor


RULE = st.builds(
    lambda controller, years, line: RetentionRule(
        controller, DataKind.EPISODES, RetentionPeriod(years=years), PeriodStart.END, "b", line
    ),
    st.sampled_from(("23", "19", "2380", "0180", "0180/x")),
    st.integers(1, 20),
    st.integers(1, 99),
)


@given(st.lists(RULE, unique_by=lambda rule: rule.controller), st.sets(st.sampled_from(("23", "19"))))
def test_the_rule_that_keeps_longest_wins_and_every_region_needs_one(
    rules: list[RetentionRule], regions: set[str]
) -> None:
    found = RetentionRules(tuple(rules), "d")
    payers = ("2380", "0180/x")
    wanted = found.longest(DataKind.EPISODES, regions=regions, payers=payers, today=TODAY)
    have = {rule.controller for rule in rules}
    assert (wanted is None) == (not regions or not regions <= have)
    if wanted is not None:
        holding = [rule for rule in rules if rule.controller in regions | {"2380", "0180", "0180/x"}]
        assert wanted.keep.years == max(rule.keep.years for rule in holding)
    assert found.longest(DataKind.CLOSINGS, regions=regions, today=TODAY) is None
