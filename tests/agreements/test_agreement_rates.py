"""The amount a care day by year: four are known, any other year is one clear line, never the year before."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from agreements import AgreementFileError, RateUnknown, load_rates

ROW = """
[[rate]]
year = 2024
amount_kr = {amount}
clause = "Överenskommet belopp"
assumption = "Agreed between the parties."
"""


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2019, 1, 1), "7800"),
        (date(2019, 12, 31), "7800"),
        (date(2020, 1, 1), "8200"),
        (date(2020, 12, 31), "8200"),
        (date(2022, 1, 1), "9300"),
        (date(2022, 12, 31), "9300"),
        (date(2023, 1, 1), "10500"),
        (date(2023, 12, 31), "10500"),
    ],
)
def test_the_known_amounts(day: date, amount: str) -> None:
    rate = load_rates().amount(day)
    assert rate.amount_kr == Decimal(amount)
    assert rate.year == day.year
    assert rate.citation.quote is not None


@pytest.mark.parametrize(
    "day", [date(2018, 12, 31), date(2021, 1, 1), date(2021, 12, 31), date(2024, 1, 1), date(2026, 7, 1)]
)
def test_an_unknown_year_names_the_file_the_year_and_the_key_in_one_line(day: date) -> None:
    with pytest.raises(RateUnknown) as caught:
        load_rates().amount(day)
    message = str(caught.value)
    assert message.startswith("agreements/rates.toml: ")
    assert f"[[rate]] with year = {day.year}, amount_kr" in message
    assert "\n" not in message
    assert caught.value.year == day.year


def test_exactly_these_years_are_known() -> None:
    assert load_rates().years() == (2019, 2020, 2022, 2023)


def test_a_year_is_added_as_the_error_says(tmp_path: Path) -> None:
    (tmp_path / "rates.toml").write_text(ROW.format(amount="11600.50"), encoding="utf-8")
    rates = load_rates(tmp_path)
    assert rates.amount(date(2024, 5, 1)).amount_kr == Decimal("11600.50")
    with pytest.raises(RateUnknown, match=r"rates\.toml: no amount a care day is known for 2023"):
        rates.amount(date(2023, 5, 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ROW.format(amount="0"), "rates.toml:4: 2024.amount_kr: must be an amount"),
        (ROW.format(amount="-1"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="1.005"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="inf"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="1e40"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="true"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="nan"), "2024.amount_kr: must be an amount"),
        (ROW.format(amount='"11600"'), "2024.amount_kr: must be an amount"),
        (ROW.format(amount="1").replace("assumption", "quote"), "2024.source: is missing"),
        (ROW.format(amount="1").replace("2024", "1999"), "1999.year: must be a year"),
        (ROW.format(amount="1").replace("amount_kr", "amount"), "2024.amount: unknown key"),
        (ROW.format(amount="1") * 2, "rates.toml:9: 2024.year: stands twice"),
        ("[[rates]]\nyear = 2024\n", "rates: unknown table; known are rate"),
        ("[rate]\nyear = 2024\n", "rate: must be [[rate]] tables"),
        ("[[rate]\n", "is not valid TOML"),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rates.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AgreementFileError) as caught:
        load_rates(tmp_path)
    assert says in str(caught.value)
    assert "rates.toml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgreementFileError, match=r"rates\.toml: cannot be read"):
        load_rates(tmp_path)


def test_the_digest_follows_the_content_not_the_layout(tmp_path: Path) -> None:
    path = tmp_path / "rates.toml"
    digests = []
    for text in (ROW.format(amount="1"), "# a remark\n" + ROW.format(amount="1"), ROW.format(amount="2")):
        path.write_text(text, encoding="utf-8")
        digests.append(load_rates(tmp_path).digest)
    assert digests[0] == digests[1] != digests[2]
