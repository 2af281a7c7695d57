"""`close`, `explain`, `episode` and `threshold` say the same of every care day, joint decisions and all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from hemgang.i18n.language import Language
from hemgang.liability.day_ledger import ore
from hemgang.liability.explain import explain, months_of
from hemgang.liability.model import DayOutcome, Draft, LedgerRow, Month
from hemgang.liability.serialize import row_json
from hemgang.outlook.threshold import threshold_report
from hemgang.services.closing import draft_inputs, draft_month
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.services.outlook import read_region
from hemgang.simulate import lines
from hemgang.store import closings
from hemgang.store.database import Database, open_database, upgrade
from hemgang.store.tables import JointDecisionRow
from tests.agreements.kinds.loading import kinds_agreements
from tests.cli.running import Run
from tests.services.walking import take

REGION = "21"
MONTHS = (Month(2023, 1), Month(2023, 2), Month(2023, 3))
NOW = datetime(2023, 3, 31, 20, tzinfo=UTC)
STAYS = 1_000


@cache
def rules() -> ReferenceData:
    """Return the rules with the invented agreement of county 21, which waits for both parties."""
    return replace(load_reference_data(), agreements=kinds_agreements())


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Yield a simulated county; every other payer has decided of March, some of February."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('county') / 'county.db'}")
    upgrade(opened)
    said = lines(REGION, start=date(2023, 2, 15), end=date(2023, 3, 31), seed=11, discharges=STAYS, dirt=0.0)
    stray = {"id": "stray", "episode": "stray", "type": "ready_notice", "at": "2023-03-02T08:00:00+00:00"}
    take(opened, *said, stray, now=NOW)
    payers = sorted({row.payer for row in whole(opened, MONTHS[2]).ledger})
    with opened.writing() as session:
        for payer, month in [*((one, MONTHS[2]) for one in payers[::2]), *((one, MONTHS[1]) for one in payers[::3])]:
            row = JointDecisionRow(
                region=REGION,
                payer=payer,
                clause="joint",
                month=str(month),
                region_by="Eva",
                municipality_by="Per",
                text="decided",
                at=NOW - timedelta(days=1),
            )
            closings.add_decision(session, row)
    yield opened
    opened.close()


def whole(database: Database, month: Month) -> Draft:
    """Return the draft that `close` shows."""
    return draft_month(database, region=REGION, month=month, rules=rules(), now=NOW)


def test_close_and_explain_say_the_same_of_every_care_day(county: Database) -> None:
    closed = {month: whole(county, month) for month in MONTHS}
    basis = draft_inputs(county, region=REGION, months=MONTHS, rules=rules(), now=NOW)
    drafts = tuple(basis.draft(month, priced=False) for month in MONTHS)
    for of_close, of_explain in zip(closed.values(), drafts, strict=True):
        assert of_close.ledger == of_explain.ledger
        assert (of_close.hash, of_close.findings) == (of_explain.hash, of_explain.findings)
    assert len(basis.stays) >= STAYS
    rows = rows_by_episode(closed.values())
    assert {DayOutcome.CHARGED, DayOutcome.FREE} <= {row.outcome for found in rows.values() for row in found}
    for stay in (stay for stay in basis.stays if rows[stay.id]):
        told = explain(
            stay,
            [one for one in drafts if one.month in months_of(stay, now=NOW)],
            agreements=rules().agreements,
            rates=rules().rates,
            municipalities=rules().municipalities,
            payers=rules().payers,
            now=NOW,
            language=Language.ENGLISH,
        )
        said = {(run.period, day, run.outcome) for run in told for day in _dates(run.first, run.last)}
        assert said == {(row.period, row.date, row.outcome) for row in rows[stay.id]}


def test_close_and_threshold_say_the_same_of_every_payer(county: Database) -> None:
    month = MONTHS[2]
    known = read_region(county, REGION, rules(), known_at=NOW, months=(month,))
    found = threshold_report(*known.at(NOW))
    sums: dict[str, tuple[Fraction, int]] = defaultdict(lambda: (Fraction(0), 0))
    for row in whole(county, month).ledger:
        days, amount = sums[row.payer]
        sums[row.payer] = (days + row.care_days, amount + ore(row.amount))
    assert any(amount for _, amount in sums.values())
    assert {one.payer: (one.so_far.care_days, one.so_far.amount) for one in found.payers} == {
        one.payer: sums[one.payer] for one in found.payers
    }
    assert set(sums) <= {one.payer for one in found.payers}


def test_the_commands_say_the_same_of_the_same_stay(
    county: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hemgang.services.installation.load_agreements", kinds_agreements)
    monkeypatch.setenv("HEMGANG_DATABASE", county.url)
    asked = ("--now", NOW.isoformat(), "--format", "json")
    ledgers = [[row_json(row) for row in whole(county, month).ledger] for month in MONTHS]
    for month, ledger in list(zip(MONTHS, ledgers, strict=True))[-1:]:
        stated = run("close", REGION, str(month), *asked).json
        charged = [row for row in ledger if row["outcome"] == "charged"]
        assert stated["hash"] == whole(county, month).hash
        assert sum(Decimal(payer["amount"]) for payer in stated["payers"]) == sum(
            Decimal(row["amount"]) for row in charged
        )
    closed: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in (row for ledger in ledgers for row in ledger):
        closed[row["episode"]].append(row)
    by_charge = sorted(closed, key=lambda name: (-sum(row["outcome"] == "charged" for row in closed[name]), name))
    for episode in (by_charge[0], by_charge[-1]):
        shown = run("episode", episode, *asked).json["ledger"]
        assert closed[episode] == shown
        runs = run("explain", episode, *asked).json
        said = [
            (str(day), one["outcome"])
            for one in runs
            for day in _dates(date.fromisoformat(one["first"]), date.fromisoformat(one["last"]))
        ]
        assert sorted(said) == sorted((row["date"], row["outcome"]) for row in closed[episode])


def rows_by_episode(drafts: Iterable[Draft]) -> dict[str, list[LedgerRow]]:
    found: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in (row for draft in drafts for row in draft.ledger):
        found[row.episode].append(row)
    return found


def _dates(first: date | None, last: date | None) -> Iterator[date]:
    assert first is not None
    assert last is not None
    yield from (first + timedelta(days=number) for number in range((last - first).days + 1))
