"""A clause that means nothing is refused with file, line and key; each case changes one thing in a file that loads."""

import shutil
from pathlib import Path

import pytest
from pydantic import TypeAdapter

import agreements
from agreements import AgreementFileError, load_agreements
from agreements.fields import AgesShape, Decimals, DischargeStatus, MonthsInARow, threshold
from agreements.model import Ages, Threshold

SHIPPED = Path(agreements.__file__).parent
KINDS = Path(__file__).parent / "kinds"
STOCKHOLM, VASTMANLAND = SHIPPED / "stockholm.toml", SHIPPED / "vastmanland.toml"
SORMLAND, DALARNA, JOINT = KINDS / "sormland.toml", KINDS / "dalarna.toml", KINDS / "joint-decision.toml"

CASES = [
    # file, what stands there, what is put there instead, what the message says
    (
        DALARNA,
        '"mean_above"',
        '"always"',
        "mean.charge: mean_excess needs gate mean_above or consecutive_mean_above, not",
    ),
    (DALARNA, '"mean_above"', '"joint_decision"', "mean.charge: mean_excess needs gate"),
    (DALARNA, '"mean_above"', '"share_below"', "mean.within_days: is missing"),
    (DALARNA, '"mean_above"', '"consecutive_mean_above"', "mean.months: is missing"),
    (DALARNA, 'cutoff = { value = "none"', "cutoff = { value = 12:00:00", None),
    (
        DALARNA,
        '\ncutoff = { value = "none"',
        "\ncutoff = { value = 12:00:00",
        'mean.cutoff: must be "none" with charge',
    ),
    (
        DALARNA,
        "open_counted = { value = false",
        "open_counted = { value = true",
        "mean.open_counted: must be false with",
    ),
    (DALARNA, '"discharge_month"', '"care_day"', "mean.attribution: must be discharge_month with"),
    (DALARNA, "mean_decimals", "free_unit", "mean.free_unit: belongs to another charge; mean_excess has mean_decimals"),
    (
        DALARNA,
        "mean_decimals",
        "free_care_days",
        "mean.free_care_days: belongs to another charge",
    ),
    (DALARNA, "value = 2,", "value = -2,", "mean.mean_decimals.value: must be a whole number from 0"),
    (DALARNA, 'value = "3.0"', "value = 3", "mean.threshold.value: must be a number of care days"),
    (DALARNA, 'value = "3.0"', 'value = { county_mean_of = "2020-13" }', "must name a month from 2018 on"),
    (
        DALARNA,
        'value = "3.0"',
        'value = { county_mean_of = "2020-10", published = "x" }',
        "must be a number of care days",
    ),
    (DALARNA, 'value = "3.0"', 'value = { published = "1.8" }', "must be a number or a table with county_mean_of"),
    (DALARNA, 'value = "any"', "value = 1", "mean.status.value: must be a text"),
    (DALARNA, "valid_from = 2018-01-01\n", "valid_from = 2018-01-01\nend_approved = 2018-01-01\n", "without valid_to"),
    (
        DALARNA,
        "valid_from = 2018-01-01\n",
        'valid_from = 2018-01-01\napproved = "x"\n',
        "mean.approved: must be a date",
    ),
    (SORMLAND, "value = 3,", "value = 1,", "mean.months.value: must be a whole number from 2"),
    (SORMLAND, "value = 6000", "value = 0", "amount_kr.value: must be an amount in kronor above 0"),
    (JOINT, "free_unit", "free_units", "joint.free_unit: is missing"),
    (JOINT, '"calendar_day"', '"day"', "joint.free_unit.value: must be one of calendar_day, weekday"),
    (
        JOINT,
        "\ngate =",
        '\nthreshold = { value = "3" }\ngate =',
        "joint.threshold: belongs to another gate",
    ),
    (STOCKHOLM, "{ first = 18 }", "{ first = 18, last = 17 }", "mean.ages.value.last: must not be below first"),
    (
        STOCKHOLM,
        "{ first = 18 }",
        "{ first = 18, over = 1 }",
        "mean.ages.value.over: unknown key; known",
    ),
    (STOCKHOLM, '"2020-10"', '"2018-10"', "mean.threshold: county_mean_of 2018-10: the agreement does not hold then"),
    (STOCKHOLM, "2022-11-01", "2018-10-31", "suspended: suspended from 2018-10-31: outside"),
    (STOCKHOLM, "[[suspended]]\nvalid_from", "[[suspended]]\nfrom", "unknown key"),
    (STOCKHOLM, "number = 2", "number = 3", "dispute_step.local: is number 3 where 2 is due"),
    (STOCKHOLM, "number = 1", "number = 0", "dispute_step.local: is number 0 where 1 is due"),
    (STOCKHOLM, 'matter = "local"', 'matter = "money"', "matter: must be one of local, principle"),
    (STOCKHOLM, "number = 2", "number = 2\nwithin_days = 1.5", "within_days: must be a whole number"),
    (
        VASTMANLAND,
        "end_approved = 2019-10-04\n",
        "",
        "mean: approved 2019-10-04, but the row before ends as approved never",
    ),
    (VASTMANLAND, "\napproved = 2019-10-04", "", "mean: approved is missing, but the row before ends as approved 2019"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), CASES)
def test_a_wrong_clause_is_refused(tmp_path: Path, file: Path, old: str, new: str, says: str | None) -> None:
    shutil.copy(SHIPPED / "lus.toml", tmp_path)
    text = file.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file.name).write_text(text.replace(old, new, 1), encoding="utf-8")
    if says is None:
        assert load_agreements(tmp_path).names() == tuple(sorted((file.stem, "lus")))
        return
    with pytest.raises(AgreementFileError) as caught:
        load_agreements(tmp_path)
    assert says in str(caught.value)
    assert f"{file.name}:" in str(caught.value)
    assert all(problem.line is not None for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("raw", "days", "month"),
    [
        ("2.0", "2", None),
        ("1.3", "13/10", None),
        ("4/3", "4/3", None),
        ("0", "0", None),
        ({"county_mean_of": "2020-10"}, None, "2020-10"),
        ({"county_mean_of": "2020-10", "published": "1.87"}, "187/100", "2020-10"),
    ],
)
def test_a_threshold_is_read_exactly(raw: object, days: str | None, month: str | None) -> None:
    read = threshold(raw)
    assert (None if read.value is None else str(read.value), read.county_mean_of) == (days, month)
    assert isinstance(read, Threshold)


@pytest.mark.parametrize("raw", ["-1", " 2", "2,0", "1e3", "367", "1/0", "٣", "", None, True, 2, 2.0, [], {}])
def test_what_is_no_threshold_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="must "):
        threshold(raw)


def test_ages_decimals_months_and_status_are_read() -> None:
    read: list[tuple[dict[str, object], Ages]] = [
        ({"first": 18}, Ages(18, None)),
        ({"last": 17}, Ages(0, 17)),
        ({"first": 18, "last": 64}, Ages(18, 64)),
    ]
    assert all(AgesShape.model_validate(raw).ages() == ages for raw, ages in read)
    decimals: TypeAdapter[int | None] = TypeAdapter(Decimals)
    assert [decimals.validate_python(raw) for raw in ("none", 0, 2)] == [None, 0, 2]
    assert TypeAdapter(MonthsInARow).validate_python(2) == 2
    status: TypeAdapter[str | None] = TypeAdapter(DischargeStatus)
    assert [status.validate_python(raw) for raw in ("any", "UTFÖRD")] == [None, "UTFÖRD"]
