"""Properties of the fold: any order and repetition give one episode, nothing raises, the past stays readable."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hemgang.episode.fold import fold
from hemgang.episode.model import State
from hemgang.messages.model import Message
from hemgang.messages.model import MessageType as M
from tests.episode.telling import NEEDED

START = datetime(2023, 3, 25, 20, tzinfo=UTC)


@st.composite
def messages(draw: st.DrawFn) -> list[Message]:
    """Return messages of one stay, of any type at any time; most begin with an admission."""
    kinds = draw(st.lists(st.sampled_from(list(M)), max_size=14))
    if draw(st.integers(0, 9)):
        kinds = [M.ADMITTED, *kinds]
    return [_message(draw, number, kind, len(kinds)) for number, kind in enumerate(kinds)]


def _message(draw: st.DrawFn, number: int, kind: M, total: int) -> Message:
    fields: dict[str, Any] = dict(NEEDED.get(kind, {}))
    if kind is M.RETRACTED:
        fields["message"] = f"m{draw(st.integers(0, total))}"
    if kind is M.READY_NOTICE and draw(st.booleans()):
        fields["ready_on"] = (START + timedelta(days=draw(st.integers(-2, 4)))).date()
    sent = START + timedelta(hours=draw(st.integers(0, 72)))
    return Message(f"m{number}", "e1", kind, sent, sent + timedelta(hours=draw(st.integers(0, 30))), fields=fields)


@given(st.data(), messages())
def test_any_order_gives_the_same_episode(data: st.DataObject, told: list[Message]) -> None:
    assert fold(data.draw(st.permutations(told)), episode="e1") == fold(told, episode="e1")


@given(messages(), st.integers(0, 110))
def test_as_of_is_the_fold_of_what_had_been_received(told: list[Message], hours: int) -> None:
    then = START + timedelta(hours=hours)
    known = [one for one in told if one.received_at <= then]
    assert fold(told, episode="e1", as_of=then) == fold(known, episode="e1")


@given(messages())
def test_what_holds_of_every_episode(told: list[Message]) -> None:
    episode = fold(told, episode="e1")
    assert (episode.opened is None) == (episode.state is State.UNOPENED)
    assert episode.state.ended == (episode.end is not None)
    open_periods = [period for period in episode.periods if period.end is None]
    assert open_periods == (list(episode.periods[-1:]) if episode.state is State.READY else [])
    assert [period.number for period in episode.periods] == list(range(1, len(episode.periods) + 1))
    for before, after in zip(episode.periods, episode.periods[1:], strict=False):
        assert before.end is not None
        assert before.end.at <= after.notice.at
    named = {one.id for one in told}
    assert all(set(finding.messages) <= named for finding in episode.findings)


@given(messages())
def test_every_message_leaves_a_trace(told: list[Message]) -> None:
    """Nothing is dropped in silence: taking a message away changes the episode.

    Unless a retraction had done so, or the episode was cancelled, which is as if it never had been.
    """
    if any(one.type in {M.RETRACTED, M.CANCELLED} for one in told):
        return
    whole = fold(told, episode="e1")
    for one in told:
        assert fold([other for other in told if other.id != one.id], episode="e1") != whole
