"""Stockholm's district boards by date: merged ones are followed by their successors, unlisted ones are accepted."""

from datetime import date
from pathlib import Path

import pytest

from agreements import AgreementFileError, load_payers
from agreements.payers import ResolvedPayer

PAYERS = load_payers()

ROW = """[[payer]]
code = "0180/north"
name = "North"
valid_from = 2018-01-01
valid_to = 2020-06-30
successor = "0180/whole"
clause = "Invented"
assumption = "A test value."

[[payer]]
code = "0180/whole"
name = "Whole"
valid_from = 2020-07-01
clause = "Invented"
assumption = "A test value."
"""


@pytest.mark.parametrize(
    ("payer", "on", "code"),
    [
        ("0180/alvsjo", "2020-06-30", "0180/alvsjo"),
        ("0180/alvsjo", "2020-07-01", "0180/hagersten-alvsjo"),
        ("0180/hagersten-liljeholmen", "2020-07-01", "0180/hagersten-alvsjo"),
        ("0180/spanga-tensta", "2023-06-30", "0180/spanga-tensta"),
        ("0180/spanga-tensta", "2023-07-01", "0180/jarva"),
        ("0180/rinkeby-kista", "2026-01-01", "0180/jarva"),
        ("0180/norrmalm", "2023-07-01", "0180/norra-innerstaden"),
        ("0180/ostermalm", "2023-07-01", "0180/norra-innerstaden"),
        ("0180/farsta", "2019-01-01", "0180/farsta"),
        ("0180/farsta", "2026-01-01", "0180/farsta"),
    ],
)
def test_a_listed_board_pays_or_its_successor(payer: str, on: str, code: str) -> None:
    found = PAYERS.resolve(payer, date.fromisoformat(on))
    assert found == ResolvedPayer(code, known=True, valid=True, listed=True)


@pytest.mark.parametrize(
    ("payer", "on"),
    [("0180/hagersten-alvsjo", "2020-06-30"), ("0180/jarva", "2023-06-30"), ("0180/norra-innerstaden", "2018-01-01")],
)
def test_a_board_that_has_not_begun_is_not_valid(payer: str, on: str) -> None:
    assert PAYERS.resolve(payer, date.fromisoformat(on)) == ResolvedPayer(payer, known=True, valid=False, listed=True)


@pytest.mark.parametrize("payer", ["0180/Farsta", "0180/farsta ", "0180/own-district", "2380/centrum"])
def test_a_district_that_is_not_on_the_list_is_accepted_as_it_is_written(payer: str) -> None:
    assert PAYERS.resolve(payer, date(2023, 7, 1)) == ResolvedPayer(payer, known=True, valid=True, listed=False)


@pytest.mark.parametrize("payer", ["2380", "0180"])
def test_a_municipality_is_a_payer_without_dates(payer: str) -> None:
    assert PAYERS.resolve(payer, date(2018, 1, 1)) == ResolvedPayer(payer, known=True, valid=True, listed=True)
    assert PAYERS.edges(payer) == ()


@pytest.mark.parametrize("payer", ["9999", "9999/farsta", "", "unknown", "0180/", "180/farsta"])
def test_what_is_no_municipality_is_not_known(payer: str) -> None:
    assert PAYERS.resolve(payer, date(2023, 7, 1)) == ResolvedPayer(payer, known=False, valid=False, listed=False)


@pytest.mark.parametrize("payer", ["0180/alvsjo", "0180/jarva", "0180/farsta", "2380", "0180/own"])
def test_between_two_edges_the_answer_is_the_same(payer: str) -> None:
    edges = PAYERS.edges(payer)
    for year in range(2018, 2027):
        for month in range(1, 13):
            day = date(year, month, 15)
            first = max((edge for edge in edges if edge <= day), default=date(2018, 1, 1))
            assert PAYERS.resolve(payer, day) == PAYERS.resolve(payer, first)


def test_the_edges_are_those_of_the_whole_chain(tmp_path: Path) -> None:
    chain = ROW + ROW.replace("north", "south").replace("whole", "all").replace("2020", "2021")
    text = chain.replace(
        "valid_from = 2020-07-01\n", 'valid_from = 2020-07-01\nvalid_to = 2021-06-30\nsuccessor = "0180/all"\n'
    )
    (tmp_path / "payers.toml").write_text(text, encoding="utf-8")
    payers = load_payers(tmp_path)
    assert payers.edges("0180/north") == (date(2018, 1, 1), date(2020, 7, 1), date(2021, 7, 1))
    assert payers.resolve("0180/north", date(2021, 6, 30)).code == "0180/whole"
    assert payers.resolve("0180/north", date(2021, 7, 1)).code == "0180/all"


def test_a_board_that_ended_without_a_successor_is_not_valid(tmp_path: Path) -> None:
    (tmp_path / "payers.toml").write_text(ROW.replace('successor = "0180/whole"\n', ""), encoding="utf-8")
    payers = load_payers(tmp_path)
    assert payers.resolve("0180/north", date(2020, 6, 30)).valid
    assert not payers.resolve("0180/north", date(2020, 7, 1)).valid


def test_eleven_boards_exist_after_the_last_merger() -> None:
    before, after = (sum(one.exists(on) for one in PAYERS.listed) for on in (date(2023, 6, 30), date(2023, 7, 1)))
    assert (before, after) == (13, 11)


def test_a_folder_without_a_list_takes_every_district_as_its_own(tmp_path: Path) -> None:
    assert load_payers(tmp_path).resolve("0180/alvsjo", date(2026, 1, 1)).code == "0180/alvsjo"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"0180/north"', '"0180"', "0180.code: must be a municipality code, a slash and a district"),
        ('"0180/north"', '"9999/north"', "9999/north: there is no municipality 9999"),
        ('successor = "0180/whole"', 'successor = "0180/none"', "its successor 0180/none is not on the list"),
        ("2020-07-01", "2020-07-02", "its successor 0180/whole does not exist on 2020-07-01"),
        ('"0180/whole"\nname', '"0180/north"\nname', "its successor 0180/whole is not on the list"),
        ("valid_to = 2020-06-30\n", "", "successor: stands without valid_to"),
        ("valid_to = 2020-06-30", "valid_to = 2017-06-30", "valid_to: comes before valid_from"),
        ("assumption", "assumed", "unknown key"),
        ("[[payer]]", "[[payers]]", "unknown table"),
    ],
)
def test_a_wrong_list_is_refused_with_file_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in ROW
    (tmp_path / "payers.toml").write_text(ROW.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(AgreementFileError) as caught:
        load_payers(tmp_path)
    assert says in str(caught.value)
    assert "payers.toml" in str(caught.value)
    assert all(str(tmp_path / "payers.toml") in line for line in str(caught.value).splitlines())


def test_two_rows_of_one_board_on_the_same_day_are_refused(tmp_path: Path) -> None:
    twice = ROW + ROW.partition("\n\n")[2].replace("2020-07-01", "2021-01-01")
    (tmp_path / "payers.toml").write_text(twice, encoding="utf-8")
    with pytest.raises(AgreementFileError, match="0180/whole: overlap: two rows hold on 2021-01-01"):
        load_payers(tmp_path)
