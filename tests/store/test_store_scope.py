"""Who sees what: a region its own, a municipality its own, and a forgotten scope nothing."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from hemgang.store import discharges
from hemgang.store.database import Database
from hemgang.store.discharges import Standing
from hemgang.store.scope import Scope
from hemgang.store.tables import DischargeRow
from tests.store.rows import NOON, claim, wake

PLACES = {"e1": ("23", "2380"), "e2": ("23", "2326"), "e3": ("01", "0180/09"), "e4": ("", "")}


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), []),
        (Scope.of(), []),
        (Scope.of(regions=("23",)), ["e1", "e2"]),
        (Scope.of(payers=("2326",)), ["e2"]),
        (Scope.of(payers=("0180",)), []),
        (Scope.of(payers=("0180/09",)), ["e3"]),
        (Scope.of(regions=("01",), payers=("2380",)), ["e1", "e3"]),
        (Scope.of(regions=("2%",)), []),
        (Scope.operator(), ["e1", "e2", "e3", "e4"]),
    ],
)
def test_a_scope_shows_its_own(database: Database, scope: Scope, seen: list[str]) -> None:
    wake(database, PLACES)
    for held in claim(database, "a"):
        region, payer = PLACES[held.episode]
        with database.writing() as session:
            assert discharges.save(session, held, Standing(region, payer, "admitted", "", None), now=NOON)
    with database.reading() as session:
        query = select(col(DischargeRow.episode)).where(scope.condition()).order_by(col(DischargeRow.episode))
        assert list(session.scalars(query)) == seen
