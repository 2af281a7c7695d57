"""Ladder files: what is shipped, what a file may say, and the line of every fault."""

from datetime import timedelta
from pathlib import Path

import pytest

from hemgang.duties.escalation import Anchor, Counted, Level
from hemgang.duties.escalation_config import LadderError, read_ladder, shipped_ladder
from hemgang.duties.model import DutyKind

DEFAULT = """[[default]]
name = "owner"
to = "owner"
at = "practical_due"
hours_before = 4
urgent = true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "ladder.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_ladder_is_that_of_the_specification() -> None:
    rungs = shipped_ladder().rungs_of(DutyKind.SIP_CALL)
    assert [(rung.level, rung.anchor, rung.offset) for rung in rungs] == [
        (Level.OWNER, Anchor.PRACTICAL_DUE, timedelta(hours=-4)),
        (Level.BACKUP, Anchor.PRACTICAL_DUE, timedelta(hours=-2)),
        (Level.MANAGER, Anchor.PRACTICAL_DUE, timedelta(hours=-1)),
        (Level.MANAGER, Anchor.MISSED, timedelta(0)),
    ]
    assert all(rung.urgent and rung.counted is Counted.STAFFED for rung in rungs)


def test_a_kind_can_have_its_own_ladder(tmp_path: Path) -> None:
    own = DEFAULT.replace("[[default]]", "[[sip_call]]").replace("hours_before = 4", "hours_after = 1.5")
    ladder = read_ladder(written(tmp_path, DEFAULT + own + 'counted = "elapsed"\n'))
    (rung,) = ladder.rungs_of(DutyKind.SIP_CALL)
    assert (rung.offset, rung.counted) == (timedelta(minutes=90), Counted.ELAPSED)
    assert ladder.rungs_of(DutyKind.CARE_CONTACT) == ladder.default


FAULTS = [
    (DEFAULT.replace('"owner"\nat', '"boss"\nat'), ":3: default.to: must be one of owner, backup, manager"),
    (DEFAULT.replace("practical_due", "soon"), ":4: default.at: must be one of strict_due, practical_due, missed"),
    (DEFAULT.replace("= 4", "= -1"), ":5: default.hours_before: must be a number of hours from 0 to 720"),
    (DEFAULT.replace("= 4", "= true"), ":5: default.hours_before: must be a number"),
    (DEFAULT.replace("= 4", "= nan"), ":5: default.hours_before: must be a number"),
    (DEFAULT.replace("= 4", '= "4"'), ":5: default.hours_before: must be a number"),
    (DEFAULT.replace("= 4", "= 721"), ":5: default.hours_before: must be a number"),
    (DEFAULT.replace("true", '"yes"'), ":6: default.urgent: must be true or false"),
    (DEFAULT.replace("urgent = true\n", ""), ":1: default.urgent: is missing; must be true or false"),
    (DEFAULT.replace('name = "owner"\n', ""), ":1: default.name: is missing"),
    (DEFAULT.replace('name = "owner"', 'name = "resolved"'), ":2: default.name: 'resolved' is used by hemgang itself"),
    (DEFAULT + DEFAULT, ":8: default.name: 'owner' stands twice"),
    (DEFAULT + "hours_after = 1\n", ":7: default.hours_after: stands beside hours_before"),
    (DEFAULT + "after = 1\n", ":7: default.after: unknown key; known are name, to, at"),
    (DEFAULT.replace("practical_due", "missed"), ":5: default.hours_before: nobody knows beforehand"),
    (
        DEFAULT + DEFAULT.replace("default", "sip_cal"),
        ":7: sip_cal: no such kind of duty; known are default, admission",
    ),
    (DEFAULT.replace("default", "sip_call"), "default: is missing"),
    ("default = []\n", "default: the ladder is empty"),
    (DEFAULT + "sip_call = 3\n", "default.sip_call: unknown key"),
    ("sip_call = 3\n" + DEFAULT, "sip_call: must be [[sip_call]] tables"),
    ("[[default]\n", "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(LadderError) as caught:
        read_ladder(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="cannot be read"):
        read_ladder(tmp_path / "none.toml")


TEN_FAULTS = """[[default]]
name = "resolved"
to = "boss"
at = "soon"
hours_before = -1
urgent = "yes"
note = 1
[[default]]
to = "owner"
at = "missed"
hours_before = 2
urgent = true
[[sip_cal]]
[[sip_call]]
name = "x"
to = "owner"
at = "missed"
"""


def test_ten_faults_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, TEN_FAULTS)
    with pytest.raises(LadderError) as caught:
        read_ladder(path)
    found = [one.removeprefix(f"{path}:").split(": ")[:2] for one in str(caught.value).splitlines()]
    assert found == [
        ["2", "default.name"],
        ["3", "default.to"],
        ["4", "default.at"],
        ["5", "default.hours_before"],
        ["6", "default.urgent"],
        ["7", "default.note"],
        ["8", "default.name"],
        ["11", "default.hours_before"],
        ["13", "sip_cal"],
        ["14", "sip_call.urgent"],
    ]
