"""A wrong agreement file is refused with file, line and key; each case changes one thing in a shipped one."""

import shutil
from datetime import date
from pathlib import Path

import pytest

import agreements
from agreements import AgreementFileError, load_agreements
from agreements.loader import examine, read_agreements
from agreements.validation import check, read_sources

SHIPPED = Path(agreements.__file__).parent
LUS, JAMTLAND = "lus.toml", "jamtland-harjedalen.toml"

SIP_ROW = 'name = "sip_call_within_days"\nvalue = 3\n'
SIP_DATES = "value = 3\nvalid_from = 2019-01-01\nvalid_to = 2024-12-31\n"
SIP_QUOTE = 'quote = "ska regionens fasta vårdkontakt'

CASES = [
    # file, what stands there, what is put there instead, what the message says
    (LUS, SIP_ROW, SIP_ROW.replace("_days", "_day"), "sip_call_within_day.name: unknown value"),
    (LUS, SIP_ROW, SIP_ROW.replace("= 3", '= "3"'), "sip_call_within_days.value: must be a whole number"),
    (LUS, SIP_ROW, SIP_ROW.replace("= 3", "= 3.0"), "sip_call_within_days.value: must be a whole number"),
    (LUS, SIP_ROW, SIP_ROW.replace("= 3", "= true"), "sip_call_within_days.value: must be a whole number"),
    (LUS, SIP_ROW, SIP_ROW.replace("= 3", "= -1"), "sip_call_within_days.value: must be a whole number"),
    (LUS, SIP_ROW, SIP_ROW + "values = 3\n", "sip_call_within_days.values: unknown key"),
    (LUS, SIP_ROW, SIP_ROW + 'assumption = "so"\n', "sip_call_within_days.assumption: stands beside a quote"),
    (LUS, SIP_ROW, SIP_ROW.replace("value = 3\n", ""), "sip_call_within_days.value: is missing"),
    (
        LUS,
        "[[value]]\nname = ",
        '[[value]]\nnom = "x"\nname = ',
        "admission_notice_within_hours.nom: unknown",
    ),
    (LUS, 'name = "planning"\n', "", "value 2.name: is missing"),
    (LUS, "08:00:00, closes", "18:00:00, closes", "planning.value.closes: must come after opens"),
    (LUS, "third_day = true", 'third_day = "yes"', "planning.value.third_day: must be true or false"),
    (LUS, ", third_day = true", "", "planning.value.third_day: is missing; must be true or false"),
    (LUS, '"review"', '"revue"', "late_admission_notice.value: must be one of block, review, ignore"),
    (
        LUS,
        "value = 12:00:00",
        'value = "12:00"',
        "statute.cutoff.value: must be a local time, such as 12:00:00",
    ),
    (
        LUS,
        'value = "always"',
        'value = "sometimes"',
        "statute.gate.value: must be one of always, share_below",
    ),
    (LUS, 'value = ["discharged"]', "value = []", "statute.ends_counted.value: must be a list of"),
    (LUS, 'value = ["discharged"]', 'value = ["dead"]', "statute.ends_counted.value: must be a list of"),
    (
        LUS,
        'care = ["somatic"]',
        'care = ["surgical"]',
        "statute.care: must be a list of somatic, psychiatric",
    ),
    (LUS, "valid_to = 2018-12-31", "valid_to = 2017-12-31", "statute.valid_to: comes before valid_from"),
    (LUS, "[clause.cutoff]", "[clause.cut_off]", "statute.cutoff: is missing"),
    (LUS, "[clause.cutoff]", "[clause.extra]\nvalue = 1\n[clause.cutoff]", "statute.extra: unknown key"),
    (LUS, "[agreement]\n", "[rules]\n[agreement]\n", "rules: unknown table"),
    (LUS, "[agreement]\n", '[agreement]\nparty = "x"\n', "agreement.party: unknown key"),
    (LUS, "[agreement]\n", "[agreements]\n", "agreements: unknown table"),
    (LUS, 'version = "1"', "version = 1", "agreement.version: must be a text"),
    (LUS, "[agreement]\n", "[agreement\n", "is not valid TOML"),
    (JAMTLAND, SIP_QUOTE, SIP_QUOTE.replace("quote", "words"), "sip_call_within_days.words: unknown key"),
    (JAMTLAND, SIP_QUOTE, f"#{SIP_QUOTE}", "sip_call_within_days: citation is missing"),
    (JAMTLAND, 'clause = "Utskrivning"\n', "", "sip_call_within_days.clause: is missing"),
    (LUS, "[agreement]\n", '[agreement]\nregion = "23"\n', "agreement.region: unknown key"),
    (LUS, 'care = ["somatic"]\n', "", "clause for psychiatric: overlap: two rows hold on 2018-01-01"),
    (
        LUS,
        'care = ["psychiatric"]',
        'care = ["somatic"]',
        "clause for somatic: overlap: two rows hold on 2018-01-01",
    ),
    (
        LUS,
        "valid_from = 2019-01-01",
        'care = ["somatic"]\nvalid_from = 2019-01-01',
        "psychiatric: gap: no row",
    ),
    (JAMTLAND, 'region = "23"\n', "", "agreement.region: is missing"),
    (JAMTLAND, 'region = "23"', "region = 23", "agreement.region: must be a two-digit county code"),
    (JAMTLAND, '"2303", ', '"303", ', "agreement.parties.value: must be a list of four-digit"),
    (JAMTLAND, 'value = "lus"', 'value = "stockholm"', 'agreement.fallback.value: must be "lus"'),
    (JAMTLAND, 'value = "3/4"', 'value = "75 %"', "condition-1.min_share.value: must be a share"),
    (JAMTLAND, 'value = "3/4"', "value = 75", "condition-1.min_share.value: must be a share"),
    (JAMTLAND, "value = 2024-12-31", "value = 2018-12-31", "agreement.valid_to: comes before valid_from"),
    (JAMTLAND, "value = 2024-12-31", 'value = "2024"', "agreement.valid_to.value: must be a date"),
    (
        JAMTLAND,
        "value = 7\n",
        'value = 7\nassumption = "so"\n',
        "condition-2.free_care_days.assumption: stands",
    ),
    (JAMTLAND, 'value = "always"', 'value = "share_below"', "condition-2.within_days: is missing"),
    # dates
    (
        JAMTLAND,
        SIP_DATES,
        SIP_DATES.replace("2019-01-01", "2019-01-02"),
        "gap: no row holds from 2019-01-01 to 20",
    ),
    (
        JAMTLAND,
        SIP_DATES,
        SIP_DATES.replace("2024-12-31", "2024-12-30"),
        "gap: no row holds from 2024-12-31 to 20",
    ),
    (
        JAMTLAND,
        SIP_DATES,
        SIP_DATES.replace("2024-12-31", "2025-01-01"),
        "holds outside the agreement's own days",
    ),
    (
        JAMTLAND,
        SIP_DATES,
        SIP_DATES.replace("2019-01-01", "2018-12-31"),
        "holds outside the agreement's own days",
    ),
    (JAMTLAND, "value = 2024-12-31", "value = 2025-12-31", "gap: no row holds from 2025-01-01 to 2025-12-31"),
    (
        LUS,
        "valid_from = 2019-01-01",
        "valid_from = 2019-01-02",
        "statute: gap: no row holds from 2019-01-01 to",
    ),
    (
        LUS,
        "valid_from = 2019-01-01",
        "valid_from = 2018-12-31",
        "statute: overlap: two rows hold on 2018-12-31",
    ),
    (LUS, "value = 2018-01-01", "value = 2017-01-01", "gap: no row holds from 2017-01-01 to 2017-12-31"),
]


TEN_FAULTS = {
    # what stands there, what is put there instead, what is said of it
    LUS: [
        ("[agreement]\n", "[rules]\n[agreement]\n", "rules: unknown table"),
        ('version = "1"', "version = 1", "agreement.version: must be a text"),
        (SIP_ROW, SIP_ROW.replace("= 3", '= "3"'), "sip_call_within_days.value: must be a whole number"),
        ("third_day = true", 'third_day = "yes"', "planning.value.third_day: must be true or false"),
        ("08:00:00, closes", "18:00:00, closes", "planning.value.closes: must come after opens"),
        ('care = ["somatic"]', 'care = ["surgical"]', "statute.care: must be a list of"),
        ("value = 12:00:00", 'value = "12:00"', "statute.cutoff.value: must be a local time"),
        ("valid_to = 2018-12-31", "valid_to = 2017-12-31", "statute.valid_to: comes before valid_from"),
    ],
    JAMTLAND: [
        ('region = "23"\n', "", 'agreement.region: is missing; must be a two-digit county code, such as "23"'),
        (SIP_QUOTE, f"#{SIP_QUOTE}", "sip_call_within_days: citation is missing"),
        ("[clause.min_share]\n", "[clause.max_share]\n", "condition-1.min_share: is missing"),
        ("[clause.max_share]\n", "[clause.most_share]\n", "condition-1.most_share: unknown key"),
        ('value = "lus"', 'value = "x"', 'agreement.fallback.value: must be "lus"'),
    ],
}


@pytest.mark.parametrize(("file", "old", "new", "says"), CASES, ids=[case[3][:50] for case in CASES])
def test_a_wrong_file_is_refused(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    _copy(tmp_path, file, old, new)
    with pytest.raises(AgreementFileError) as caught:
        load_agreements(tmp_path)
    message = str(caught.value)
    assert says in message
    assert all(line.startswith(str(tmp_path / file)) for line in message.splitlines())


@pytest.mark.parametrize(
    ("file", "old", "new", "line_holds"),
    [
        (LUS, SIP_ROW, SIP_ROW.replace("= 3", '= "3"'), 'value = "3"'),
        (LUS, 'care = ["somatic"]', "care = 1", "care = 1"),
        (JAMTLAND, 'value = "3/4"', 'value = "75 %"', 'value = "75 %"'),
        (JAMTLAND, 'value = "lus"', 'value = "x"', 'value = "x"'),
        (JAMTLAND, SIP_QUOTE, f"#{SIP_QUOTE}", "[[value]]"),
        (JAMTLAND, SIP_DATES, SIP_DATES.replace("2019-01-01", "2019-01-02"), "[[value]]"),
        (JAMTLAND, "[clause.min_share]", "[clause.max_share]", "[[clause]]"),
        (LUS, "[[value]]\nname = ", '[[ value ]]  # a remark\nunit = "x"\nname = ', 'unit = "x"'),
    ],
)
def test_the_line_is_the_one_that_is_wrong(tmp_path: Path, file: str, old: str, new: str, line_holds: str) -> None:
    text = _copy(tmp_path, file, old, new)
    with pytest.raises(AgreementFileError) as caught:
        load_agreements(tmp_path)
    lines = {problem.line for problem in caught.value.problems}
    assert line_holds in {text.splitlines()[line - 1] for line in lines if line is not None}


def test_the_copy_without_a_change_is_accepted(tmp_path: Path) -> None:
    _copy(tmp_path, LUS, SIP_ROW, SIP_ROW)
    assert load_agreements(tmp_path) == load_agreements(tmp_path)
    assert load_agreements(tmp_path).names() == ("jamtland-harjedalen", "lus")


def test_a_row_split_at_a_date_gives_each_side_its_value(tmp_path: Path) -> None:
    quoted = 'clause = "Utskrivning"\nquote = "inom tre dagar"\n'
    split = (
        f"value = 3\nvalid_from = 2019-01-01\nvalid_to = 2022-06-30\n{quoted}\n"
        '[[value]]\nname = "sip_call_within_days"\nvalue = 2\nvalid_from = 2022-07-01\n'
    )
    _copy(tmp_path, JAMTLAND, SIP_DATES, split)
    loaded = load_agreements(tmp_path)
    days = ("2019-01-01", 3), ("2022-06-30", 3), ("2022-07-01", 2), ("2024-12-31", 2), ("2025-01-01", 3)
    for day, value in days:
        assert loaded.terms("23", date.fromisoformat(day)).sip_call_within_days.value == value


def test_without_the_statute_nothing_is_loaded(tmp_path: Path) -> None:
    shutil.copy(SHIPPED / JAMTLAND, tmp_path)
    with pytest.raises(AgreementFileError, match=r"lus\.toml: is missing"):
        load_agreements(tmp_path)


def test_two_agreements_for_the_same_parties_and_days_are_refused(tmp_path: Path) -> None:
    _copy(tmp_path, LUS, SIP_ROW, SIP_ROW)
    shutil.copy(SHIPPED / JAMTLAND, tmp_path / "other.toml")
    with pytest.raises(AgreementFileError, match=r"binds the same parties as .* from 2019-01-01 to 2024-12-31"):
        load_agreements(tmp_path)


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    _copy(tmp_path, LUS, SIP_ROW, SIP_ROW)
    for file, changes in TEN_FAULTS.items():
        text = (tmp_path / file).read_text(encoding="utf-8")
        for old, new, _ in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(AgreementFileError) as caught:
        load_agreements(tmp_path)
    told = [str(problem) for problem in caught.value.problems]
    expected = [(file, says) for file, changes in TEN_FAULTS.items() for _, _, says in changes]
    assert len(told) == len(expected)
    for file, says in expected:
        assert any(line.startswith(f"{tmp_path / file}:") and says in line for line in told), (says, told)
    problems = examine(tmp_path, sources=read_sources()).problems
    assert {str(problem) for problem in problems} == set(told)
    assert {problem.code for problem in problems} == {"wrong_file"}


def test_check_lists_every_problem_not_only_the_first(tmp_path: Path) -> None:
    text = _copy(tmp_path, LUS, "senast 24 timmar", "senast 25 timmar")
    (tmp_path / LUS).write_text(text.replace("valid_from = 2019-01-01", "valid_from = 2018-12-31"), "utf-8")
    problems = check(read_agreements(tmp_path), sources=read_sources())
    found = {(problem.code, problem.key) for problem in problems}
    assert found == {
        ("overlap", "statute"),
        ("overlap", "clause for somatic"),
        ("overlap", "clause for psychiatric"),
        ("unproved_quote", "admission_notice_within_hours"),
    }


def _copy(folder: Path, file: str, old: str, new: str) -> str:
    """Copy the shipped agreements with one change in one file; give the changed file's text."""
    for name in (LUS, JAMTLAND):
        shutil.copy(SHIPPED / name, folder)
    text = (SHIPPED / file).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    (folder / file).write_text(changed, encoding="utf-8")
    return changed
