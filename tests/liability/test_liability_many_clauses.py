"""An agreement with many clauses: every one is named where it charges a care day, up to the most that are allowed."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import agreements
from agreements import AgreementFileError, load_agreements
from agreements.loader import load_rates
from agreements.model import MOST_CLAUSES
from agreements.payers import municipalities
from agreements.registry import Agreements
from hemgang.liability.columns import REASONS, Evidence, lane_bits, reason_bit
from hemgang.liability.day_ledger import BITS
from hemgang.liability.evaluation import clause_totals, evaluate
from hemgang.liability.model import Month
from hemgang.liability.periods import facts
from hemgang.liability.rulebook import Rulebook
from tests.liability.discharges import at, charged, drafted, folded, stay

SHIPPED = Path(agreements.__file__).parent
JOINT = Path(__file__).parent.parent / "agreements" / "kinds" / "joint-decision.toml"
MARCH = Month.parse("2023-03")
STAY = {"ready": "2023-03-01 09:00", "left": "2023-03-10 10:00", "region": "21", "payer": "2180"}


def with_clauses(folder: Path, count: int, *, only: str = "") -> Agreements:
    """Load an agreement of county 21 with so many clauses, all alike: each charges from the fourth day on."""
    head, _, clause = JOINT.read_text(encoding="utf-8").partition("[[clause]]\n")
    alike = clause.replace('"joint_decision"', '"always"').replace(
        "valid_from = 2018-01-01\n", f"valid_from = 2018-01-01\n{only}"
    )
    texts = ["[[clause]]\n" + alike.replace('"joint"', f'"c{number}"') + "\n" for number in range(1, count + 1)]
    shutil.copy(SHIPPED / "lus.toml", folder)
    (folder / "many.toml").write_text(head + "".join(texts), encoding="utf-8")
    return load_agreements(folder)


@pytest.mark.parametrize("count", [1, 8, 9, 16, 17, MOST_CLAUSES])
def test_every_clause_that_charges_a_date_is_named_once(tmp_path: Path, count: int) -> None:
    known = with_clauses(tmp_path, count)
    rows = charged(drafted(stay(**STAY), region="21", agreements=known))  # type: ignore[arg-type]
    assert rows
    for row in rows:
        assert (row.clause, row.also) == ("c1", tuple(f"c{number}" for number in range(2, count + 1)))


def test_each_of_many_clauses_has_its_own_total(tmp_path: Path) -> None:
    known = with_clauses(tmp_path, MOST_CLAUSES)
    single = drafted(stay(**STAY), region="21", agreements=known)  # type: ignore[arg-type]
    book = Rulebook(known, load_rates(), municipalities(), at("2024-06-01 12:00"))
    totals = clause_totals(evaluate(facts(folded(stay(**STAY)), "21", book).periods, (MARCH,), book))  # type: ignore[arg-type]
    assert totals.height == MOST_CLAUSES
    assert set(totals.get_column("care_days")) == {len(charged(single))}


def test_payers_under_few_and_under_many_clauses_are_drafted_together(tmp_path: Path) -> None:
    known = with_clauses(tmp_path, 9, only='care = ["somatic"]\n')
    both = [*stay("e1", **STAY), *stay("e2", care="psychiatric", **{**STAY, "left": "2023-03-31 10:00"})]  # type: ignore[arg-type]
    rows = drafted(both, region="21", agreements=known).ledger
    assert {(row.episode, row.clause) for row in rows} == {("e1", "c1"), ("e2", "statute")}


def test_one_clause_more_than_allowed_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AgreementFileError, match=f"{MOST_CLAUSES + 1} clauses hold on 2018-01-01; at most") as caught:
        with_clauses(tmp_path, MOST_CLAUSES + 1)
    text = (tmp_path / "many.toml").read_text(encoding="utf-8").splitlines()
    (problem,) = caught.value.problems
    assert problem.line is not None
    last = max(number for number, line in enumerate(text, start=1) if line == "[[clause]]")
    assert problem.line > last


def test_the_statutes_clauses_that_fill_gaps_count_too(tmp_path: Path) -> None:
    with pytest.raises(AgreementFileError, match=f"{MOST_CLAUSES + 1} clauses hold on"):
        with_clauses(tmp_path, MOST_CLAUSES, only='care = ["somatic"]\n')


@pytest.mark.parametrize("clauses", [1, 8, 9, 16, 17, 32, 33, 2 * MOST_CLAUSES])
def test_the_column_of_clauses_has_a_bit_for_the_last(clauses: int) -> None:
    assert pl.Series([1 << (clauses - 1)], dtype=lane_bits(clauses)).to_list() == [1 << (clauses - 1)]


def test_the_columns_of_reasons_and_evidence_have_a_bit_for_the_last() -> None:
    bits = [reason_bit(REASONS[-1]), int(max(Evidence))]
    assert pl.Series(bits, dtype=BITS).to_list() == bits
