"""Every finding of specification 1.4 comes of simulated lines that are taken in, folded and checked."""

from collections import Counter
from datetime import UTC, date, datetime, time
from functools import cache

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from agreements.model import Hours
from agreements.payers import municipalities
from hemgang.episode.fold import checks, fold
from hemgang.findings import Code
from hemgang.messages.readers import Line, read_ndjson
from hemgang.services.ingest import ingest
from hemgang.simulate import county_of, timed_lines
from hemgang.simulate.noise import STRAY_FAULTS
from hemgang.store.database import open_database, upgrade
from hemgang.store.messages import by_episode
from hemgang.store.tables import MessageRow

START, END = date(2022, 10, 1), date(2023, 2, 28)
AFTERWARDS = datetime(2023, 3, 1, tzinfo=UTC)
OF_1_4 = {
    "duplicate",
    "conflicting",
    "unknown_type",
    "invalid_field",
    "nonexistent_time",
    "ambiguous_time",
    "out_of_order",
    "unknown_episode",
    "repeated_ready_notice",
    "ready_without_care_plan",
    "admission_notice_missing",
    "discharge_missing",
    "discharge_outside_hours",
    "identity_number",
    "unknown_payer",
    "unknown_contact",
    "future_message",
}
DAYTIME = Hours(opens=time(7), closes=time(17))


@pytest.fixture(scope="module", name="found")
def _found(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """Take five months of a dirty small county in, and count every code that is reported anywhere."""
    path = tmp_path_factory.mktemp("codes") / "codes.ndjson"
    path.write_text("\n".join(line for _, line in _dirty()), encoding="utf-8")
    database = open_database(f"sqlite:///{path.with_suffix('.db')}")
    upgrade(database)
    with path.open("rb") as stream:
        report = ingest(database, read_ndjson(stream), source="simulated", now=AFTERWARDS)
    found = Counter(problem.code for problem in report.problems)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(MessageRow)) == report.accepted
        assert session.scalar(select(func.max(col(MessageRow.at)))) is not None
        for _, messages in by_episode(session):
            stay = fold(messages)
            beside = checks(
                stay, now=AFTERWARDS, payers=municipalities(), contacts=_contacts(), discharge_hours=DAYTIME
            )
            found.update(finding.code.value for finding in (*stay.findings, *beside))
    database.close()
    return found


@pytest.mark.parametrize("code", sorted(OF_1_4))
def test_every_code_of_the_specification_comes(found: Counter[str], code: str) -> None:
    assert found[code]


def test_no_other_code_comes_but_those_of_lines_and_fields(found: Counter[str]) -> None:
    assert set(found) - OF_1_4 <= {Code.INVALID_JSON, Code.UNKNOWN_FIELD, Code.UNKNOWN_MESSAGE}


def test_what_goes_astray_does_so_by_dirt_alone() -> None:
    clean = timed_lines("23", start=START, end=END, seed=1, discharges=450, dirt=0.0)
    lines = [Line(number, {}, line) for number, (_, line) in enumerate(clean, start=1)]
    assert not any('-stray"' in str(line.text) or "contact-who-left" in str(line.text) for line in lines)
    assert set(STRAY_FAULTS.values()) <= {Code(code) for code in OF_1_4}


@cache
def _dirty() -> tuple[tuple[datetime, str], ...]:
    return tuple(timed_lines("23", start=START, end=END, seed=1, discharges=450, dirt=12.0))


def _contacts() -> frozenset[str]:
    return frozenset(contact for centre in county_of("23").care_centres for contact in centre.contacts)
