"""Every state meets every type of message: it moves, it notes, or a finding says what was expected."""

import re
from pathlib import Path

import pytest

from hemgang.episode.fold import diagram, fold
from hemgang.episode.model import State
from hemgang.findings import Code
from hemgang.messages.model import MessageType as M
from tests.episode.telling import PATHS, codes, say, way_to

U, A, P, R, D, X, C = State  # unopened, admitted, planning, ready, discharged, died, cancelled

NO = None
EXPECTED: dict[M, tuple[State | None, ...]] = {
    # from:              A  P  R  D   X   C      (NO: not accepted, a finding)
    M.ADMITTED: (NO, NO, NO, NO, NO, NO),
    M.ADMISSION_NOTICE: (P, P, R, NO, NO, NO),
    M.READY_NOTICE: (R, R, R, NO, NO, NO),
    M.READY_WITHDRAWN: (NO, NO, P, NO, NO, NO),
    M.DISCHARGED: (D, D, D, NO, NO, NO),
    M.DIED: (X, X, X, NO, NO, NO),
    M.CANCELLED: (C, C, C, C, C, NO),
    M.DISCHARGE_CANCELLED: (NO, NO, NO, R, NO, NO),
    M.LEAVE_STARTED: (A, P, R, NO, NO, NO),
    M.LEAVE_ENDED: (NO, NO, NO, NO, NO, NO),
    M.TRANSFERRED: (A, P, R, NO, NO, NO),
    M.PAYER_CHANGED: (A, P, R, NO, NO, NO),
}
FACTS = {
    M.ADMISSION_NOTICE_ACKNOWLEDGED: "acknowledgements",
    M.PLANNING_STARTED: "planning_starts",
    M.CARE_CONTACT_ASSIGNED: "care_contacts",
    M.EXPECTED_DISCHARGE_CHANGED: "expected_discharges",
    M.SIP_NEED: "sip_needs",
    M.OUTPATIENT_CARE: "outpatient_care",
    M.CARE_PLAN_ESTABLISHED: "care_plans",
    M.SIP_CALLED: "sip_calls",
    M.SIP_HELD: "sips_held",
    M.SIP_ESTABLISHED: "sips_established",
    M.DISCHARGE_INFORMATION: "discharge_information",
}
CASES = [
    (before, kind, after)
    for kind, row in EXPECTED.items()
    for before, after in zip((A, P, R, D, X, C), row, strict=True)
]
DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_every_type_is_in_a_table() -> None:
    assert set(EXPECTED) | set(FACTS) | {M.RETRACTED} == set(M)


@pytest.mark.parametrize("state", list(State))
def test_the_ways_lead_there(state: State) -> None:
    episode = fold(way_to(state), episode="e1")
    assert episode.state is state
    assert codes(episode) == []


@pytest.mark.parametrize(("before", "kind", "after"), CASES)
def test_a_transition_or_a_finding(before: State, kind: M, after: State | None) -> None:
    episode = fold([*way_to(before), say(kind, "2023-03-07 12:00", "new")])
    assert episode.state is (after or before)
    refused = [finding for finding in episode.findings if finding.code is Code.OUT_OF_ORDER]
    assert [finding.messages for finding in refused] == ([] if after else [("new",)])
    assert all(before.value in finding.expected for finding in refused)


@pytest.mark.parametrize("kind", FACTS)
@pytest.mark.parametrize("state", [A, P, R, D, X, C])
def test_facts_count_in_every_state_but_cancelled(state: State, kind: M) -> None:
    episode = fold([*way_to(state), say(kind, "2023-03-07 12:00", "new")])
    noted = [fact.message for fact in getattr(episode, FACTS[kind])]
    assert episode.state is state
    assert ("new" in noted) is (state is not C)
    assert codes(episode) == ([Code.OUT_OF_ORDER] if state is C else [])


@pytest.mark.parametrize("kind", [kind for kind in M if kind not in {M.ADMITTED, M.RETRACTED}])
def test_without_admission_there_is_only_a_finding(kind: M) -> None:
    episode = fold([say(kind, "2023-03-07 12:00", "new")])
    assert episode.state is U
    assert [(finding.code, finding.messages) for finding in episode.findings] == [(Code.UNKNOWN_EPISODE, ("new",))]


@pytest.mark.parametrize("kind", [kind for kind in M if kind not in {M.ADMITTED, M.RETRACTED}])
def test_before_admission_facts_count_and_transitions_do_not(kind: M) -> None:
    episode = fold([say(kind, "2023-03-05 12:00", "early"), *way_to(A)])
    assert codes(episode)[:1] == [Code.OUT_OF_ORDER]
    assert episode.findings[0].messages == ("early",)
    assert episode.state is (P if kind is M.ADMISSION_NOTICE else A)
    if kind in FACTS:
        assert [fact.message for fact in getattr(episode, FACTS[kind])] == ["early"]
    if kind is M.READY_NOTICE:
        assert episode.periods == ()


def test_the_diagram_in_the_documents_is_the_one_of_the_code() -> None:
    between = re.search(
        r"<!-- diagram: begin -->\s*```mermaid\n(.*?)```\s*<!-- diagram: end -->",
        DOCUMENT.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert between is not None
    assert between.group(1) == diagram()


def test_the_diagram_shows_every_state() -> None:
    shown = diagram()
    assert all(f" {state.value}" in shown for state in PATHS if state is not U)
