"""The review as a fold: nothing is agreed without both sides, and no order of acts closes a month with one person."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.closing.review import (
    GIVES_WAY,
    Act,
    ClosingRefused,
    Event,
    FourEyes,
    Side,
    Standing,
    Status,
    check_act,
    fold_review,
    plain_name,
    same_person,
    second_person,
    statement_hashes,
)
from hemgang.liability.model import Draft
from tests.liability.discharges import BERG, OSTERSUND, drafted, stay

NOON = datetime(2023, 4, 10, 12, tzinfo=UTC)
MONTH = drafted([*stay("e1", left="2023-03-12 10:00"), *stay("e2", payer=OSTERSUND, left="2023-03-12 10:00")])
"""Two payers, each with one stay charged for six days."""

acts = st.builds(
    Event,
    act=st.sampled_from(Act),
    at=st.just(NOON),
    by=st.sampled_from(["Anna", "anna ", "Bo"]),
    side=st.sampled_from(Side),
    payer=st.sampled_from([BERG, OSTERSUND]),
    episode=st.sampled_from(["e1", "e2", "e3"]),
    reason=st.sampled_from(["because", ""]),
    other=st.sampled_from(["", "bo", "Anna", "Cia"]),
)


def told(*events: Event, month: Draft = MONTH) -> list[Event]:
    """Return the events that the month takes, each with the content it is about, as the engine records them."""
    taken: list[Event] = []
    for event in events:
        try:
            check_act(event, fold_review(taken), month, closed=False)
        except ClosingRefused:
            continue
        content = statement_hashes(month).get(event.payer, "") if event.act is Act.AGREED else ""
        taken.append(replace(event, reason="x", content=content))
    return taken


def act(
    what: Act, by: str = "Anna", side: Side = Side.REGION, payer: str = BERG, episode: str = "", other: str = ""
) -> Event:
    return Event(what, NOON, by, side, payer, episode, None, "a reason", other=other)


OPENED = act(Act.OPENED, payer="")
BOTH = [
    act(Act.AGREED, by, side, payer)
    for payer in (BERG, OSTERSUND)
    for by, side in zip(("Anna", "Bo"), Side, strict=True)
]


@given(events=st.lists(acts, max_size=25), by=st.sampled_from(["Anna", "ANNA", "Bo"]))
def test_whatever_is_tried_a_closing_has_two_persons_and_both_sides(events: list[Event], by: str) -> None:
    review = fold_review(told(*events))
    contents = statement_hashes(MONTH)
    try:
        other = second_person(review, MONTH, by=by, attested_by="")
    except ClosingRefused:
        return
    assert not same_person(by, other)
    assert review.status(contents) is Status.AGREED
    for payer in contents:
        region, municipality = (review.agreed[payer, side].by for side in Side)
        assert not same_person(region, municipality)


@given(events=st.lists(acts, max_size=25))
def test_any_events_make_a_review(events: list[Event]) -> None:
    review = fold_review(events)
    assert review.status(statement_hashes(MONTH)) in {Status.DRAFT, Status.IN_REVIEW, Status.AGREED}


def test_a_review_goes_from_draft_to_agreed() -> None:
    contents = statement_hashes(MONTH)
    assert fold_review([]).status(contents) is Status.DRAFT
    assert fold_review(told(OPENED)).status(contents) is Status.IN_REVIEW
    assert fold_review(told(OPENED, *BOTH[:3])).lacking(contents) == ((OSTERSUND, Side.MUNICIPALITY),)
    assert fold_review(told(OPENED, *BOTH)).status(contents) is Status.AGREED


def test_a_statement_that_changes_is_agreed_to_anew_and_the_others_stay_agreed() -> None:
    review = fold_review(told(OPENED, *BOTH))
    changed = drafted([*stay("e1", left="2023-03-13 10:00"), *stay("e2", payer=OSTERSUND, left="2023-03-12 10:00")])
    contents = statement_hashes(changed)
    assert review.lacking(contents) == ((BERG, Side.REGION), (BERG, Side.MUNICIPALITY))
    rows = {row.payer: row for row in changed.ledger}
    assert review.standing(rows[OSTERSUND], contents[OSTERSUND], closed=False) is Standing.AGREED
    assert review.standing(rows[BERG], contents[BERG], closed=False) is Standing.OPEN


@pytest.mark.parametrize(
    ("settled", "standing"),
    [
        (None, Standing.DISPUTED),
        (Act.DROPPED, Standing.DISPUTED),
        (Act.UPHELD, Standing.OPEN),
        (Act.WITHDRAWN, Standing.OPEN),
    ],
)
def test_a_dispute_keeps_its_rows_out_until_the_charge_stands(settled: Act | None, standing: Standing) -> None:
    disputed = act(Act.DISPUTED, "Bo", Side.MUNICIPALITY, BERG, "e1")
    ending = [] if settled is None else [act(settled, "Bo", Side.MUNICIPALITY, BERG, "e1", "Anna")]
    review = fold_review(told(OPENED, disputed, *ending))
    row = next(row for row in MONTH.ledger if row.episode == "e1" and row.amount)
    other = next(row for row in MONTH.ledger if row.episode == "e2" and row.amount)
    assert review.standing(row, "", closed=False) is standing
    assert review.standing(row, "", closed=True) is (Standing.PARKED if standing is Standing.DISPUTED else standing)
    assert review.parked(other) is None


REFUSED = [
    ([], act(Act.AGREED), "is not open"),
    ([OPENED], OPENED, "opened already, by Anna"),
    ([OPENED], act(Act.AGREED, payer="2303"), "2303 has no statement"),
    ([OPENED, act(Act.AGREED)], act(Act.AGREED, " ANNA", Side.MUNICIPALITY), "another person"),
    ([OPENED], Event(Act.DISPUTED, NOON, "Bo", Side.MUNICIPALITY, BERG, "e1"), "needs its reason"),
    ([OPENED], act(Act.DISPUTED, episode="e9"), "nothing of 2326, episode e9 is charged"),
    ([OPENED], act(Act.DISPUTED), "nothing of 2326, the mean is charged"),
    ([OPENED, act(Act.DISPUTED, episode="e1")], act(Act.DISPUTED, episode="e1"), "disputed already"),
    ([OPENED], act(Act.UPHELD, episode="e1"), "no dispute over 2326, episode e1 goes on"),
    (
        [OPENED, act(Act.DISPUTED, episode="e1")],
        act(Act.WITHDRAWN, "Bo", Side.MUNICIPALITY, episode="e1"),
        "only the region can withdraw",
    ),
    ([OPENED, act(Act.DISPUTED, episode="e1")], act(Act.ESCALATED, episode="e1"), "names no dispute ladder"),
    (
        [OPENED, act(Act.DISPUTED, episode="e1")],
        act(Act.UPHELD, episode="e1"),
        "the region alone cannot let the charge stand",
    ),
    (
        [OPENED, act(Act.DISPUTED, "Bo", Side.MUNICIPALITY, episode="e1")],
        act(Act.DROPPED, "Bo", Side.MUNICIPALITY, episode="e1"),
        "the municipality alone cannot let the charge fall",
    ),
    (
        [OPENED, act(Act.DISPUTED, episode="e1")],
        act(Act.UPHELD, episode="e1", other="A N N A"),
        "cannot settle for both sides",
    ),
    (
        [OPENED, act(Act.DISPUTED, "Bo", Side.MUNICIPALITY, episode="e1"), act(Act.AGREED)],
        act(Act.UPHELD, "Cia", Side.REGION, episode="e1", other="anna"),
        "anna has acted for the region; the municipality needs another person",
    ),
    (
        [OPENED, act(Act.DISPUTED, "Bo", Side.MUNICIPALITY, episode="e1")],
        act(Act.DROPPED, "bo", Side.REGION, episode="e1"),
        "bo has acted for the municipality; the region needs another person",
    ),
    ([], act(Act.OPENED, " . ", payer=""), "told by a name"),
]


GIVING_WAY = [(Act.UPHELD, Side.MUNICIPALITY), (Act.DROPPED, Side.REGION)]


@pytest.mark.parametrize(("what", "side"), GIVING_WAY, ids=["upheld", "dropped"])
def test_a_side_gives_way_alone_and_wins_only_with_the_other(what: Act, side: Side) -> None:
    disputed = [OPENED, act(Act.DISPUTED, "Bo", Side.MUNICIPALITY, BERG, "e1")]
    names = {Side.REGION: "Anna", Side.MUNICIPALITY: "Bo"}
    alone = act(what, names[side], side, BERG, "e1")
    against = act(what, names[side.other], side.other, BERG, "e1")
    both = replace(against, other=names[side])
    assert [one.settled_by for one in fold_review(told(*disputed, alone)).disputes] == [(names[side],)]
    assert [one.settled for one in fold_review(told(*disputed, against)).disputes] == [None]
    assert [one.settled_by for one in fold_review(told(*disputed, both)).disputes] == [(names[side.other], names[side])]


@given(events=st.lists(acts, max_size=25))
def test_whatever_is_tried_nobody_acts_for_two_sides_and_no_side_settles_against_the_other(
    events: list[Event],
) -> None:
    taken = told(*events)
    acted: dict[str, set[Side]] = {}
    for event in taken:
        if event.act is not Act.OPENED:
            acted.setdefault(plain_name(event.by), set()).add(event.side)
            acted.setdefault(plain_name(event.other) or "nobody", set()).add(event.side.other)
        if event.act in GIVES_WAY and event.side is not GIVES_WAY[event.act]:
            assert plain_name(event.other) not in {"", plain_name(event.by)}
    assert all(len(sides) == 1 for name, sides in acted.items() if name != "nobody")


@pytest.mark.parametrize(("before", "tried", "says"), REFUSED, ids=[says for _, _, says in REFUSED])
def test_what_a_month_does_not_take_is_said_in_a_line(before: list[Event], tried: Event, says: str) -> None:
    review = fold_review(told(*before))
    with pytest.raises(ClosingRefused, match=says) as refused:
        check_act(tried, review, MONTH, closed=False)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("what", Act)
def test_a_closed_month_takes_only_what_settles_its_disputes(what: Act) -> None:
    review = fold_review(told(OPENED, act(Act.DISPUTED, episode="e1")))
    tried = act(what, episode="e1", other="Bo" if what is Act.UPHELD else "")
    if what in {Act.OPENED, Act.AGREED, Act.DISPUTED}:
        with pytest.raises(ClosingRefused, match="is closed"):
            check_act(tried, review, MONTH, closed=True)
    elif what is not Act.ESCALATED:
        check_act(tried, review, MONTH, closed=True)


@pytest.mark.parametrize(
    ("by", "attested_by", "says"),
    [
        ("Anna", "", "--attest"),
        ("Anna", " - ", "--attest"),
        (" . ", "Anna", "told by a name"),
        ("Anna", " anna", "cannot attest"),
        ("Anna", "Anna  ", "cannot attest"),
    ],
)
def test_without_a_review_one_person_cannot_close(by: str, attested_by: str, says: str) -> None:
    with pytest.raises(FourEyes, match=says):
        second_person(fold_review([]), MONTH, by=by, attested_by=attested_by)
    assert second_person(fold_review([]), MONTH, by="Anna", attested_by="Bo") == "Bo"


def test_the_amount_of_the_month_is_not_changed_by_a_dispute() -> None:
    assert {one.payer: one.amount for one in MONTH.statements} == {
        BERG: Decimal("84000.00"),
        OSTERSUND: Decimal("84000.00"),
    }
