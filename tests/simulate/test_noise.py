from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from calendars.timezone import read_local
from hemgang.findings import Code
from hemgang.messages.canonical import content_digest
from hemgang.messages.identity_numbers import holds_identity_number, texts_in
from hemgang.messages.model import Accepted, Message, MessageType
from hemgang.messages.readers import read_object
from hemgang.simulate.noise import LINE_FAULTS, TEST_IDENTITY_NUMBER, broken_line, last_spring_change
from hemgang.simulate.story import Draft
from tests.simulate.readings import MONTH_OVER, april, messages, reading

QUARANTINED = {
    Code.INVALID_FIELD,
    Code.UNKNOWN_TYPE,
    Code.NONEXISTENT_TIME,
    Code.FUTURE_MESSAGE,
    Code.IDENTITY_NUMBER,
}


BESIDE = {"wrong", "back", "left", "stays", "early", "clock", "nowhere", "right", "stray"}
"""How the ids of messages end that dirt puts beside those that were meant."""


def rejections(dirt: float) -> Counter[Code]:
    found: Counter[Code] = Counter()
    for _, line in april(dirt=dirt):
        read = reading(line)
        if read is None:
            found[Code.INVALID_JSON] += 1
        elif not isinstance(read, Accepted):
            found.update({problem.code for problem in read.problems})
    return found


@pytest.mark.parametrize("dirt", [1.0, 10.0])
def test_the_demo_month_shows_every_code_of_the_quarantine(dirt: float) -> None:
    assert set(rejections(dirt)) == QUARANTINED | {Code.INVALID_JSON}


def test_broken_lines_are_a_small_share_that_grows_with_the_dirt() -> None:
    shares = {dirt: rejections(dirt).total() / len(april(dirt=dirt)) for dirt in (0.0, 0.2, 1.0, 10.0)}
    assert shares[0.0] == 0
    assert 0 < shares[0.2] < shares[1.0] < 0.015 < shares[10.0] < 0.2


@pytest.mark.parametrize("fault", sorted(LINE_FAULTS))
@pytest.mark.parametrize(
    "draft",
    [
        Draft("m", "stay", MessageType.DIED, at, at + timedelta(minutes=1), "ward", {})
        for at in (datetime(2023, 4, 7, 10, tzinfo=UTC), datetime(2024, 2, 29, 23, 30, tzinfo=UTC))
    ],
)
def test_each_fault_is_caught_under_its_own_code(fault: str, draft: Draft) -> None:
    read = reading(broken_line(fault, draft), now=draft.arrives)
    if LINE_FAULTS[fault] is Code.INVALID_JSON:
        assert read is None
    else:
        assert read is not None
        assert not isinstance(read, Accepted)
        assert {problem.code for problem in read.problems} == {LINE_FAULTS[fault]}


def test_the_only_identity_numbers_are_those_of_tolvan_tolvansson() -> None:
    planted = 0
    for _, line in april(dirt=10.0):
        read = reading(line)
        texts = [line] if read is None else list(texts_in(read_object(line)))
        shaped = [text for text in texts if holds_identity_number(text)]
        assert all(TEST_IDENTITY_NUMBER in text for text in shaped)
        planted += len(shaped)
    assert planted > 10


def test_what_is_broken_is_sent_again_within_hours() -> None:
    mended = {message.id: message for message in messages(april(dirt=10.0))}
    broken = total = 0
    for at, line in april(dirt=10.0):
        read = reading(line)
        if read is None or isinstance(read, Accepted):
            continue
        total += 1
        again = mended.get(str(read_object(line)["id"]))
        if again is None:
            broken += 1  # its time comes after the span
        else:
            assert at < again.received_at <= at + timedelta(hours=8)
    assert total > 200
    assert broken < total / 10


def test_copies_are_duplicates_and_conflicts_have_other_content() -> None:
    seen: dict[str, str] = {}
    copies = conflicts = 0
    for _, line in april(dirt=10.0):
        read = reading(line)
        if not isinstance(read, Accepted):
            continue
        first = seen.setdefault(read.message.id, content_digest(read.message))
        if seen[read.message.id] == first and content_digest(read.message) == first:
            copies += 1
        else:
            conflicts += 1
    assert copies - len(seen) > 100
    assert conflicts > 50


def test_some_messages_are_days_late_and_some_overtaken() -> None:
    meant = [message for message in messages(april(dirt=1.0)) if message.id.rpartition("-")[2] not in BESIDE]
    delays = [message.received_at - message.at for message in meant]
    assert sum(delay > timedelta(days=1) for delay in delays) > 10
    assert all(delay < timedelta(days=5) for delay in delays)
    assert 0.01 < sum(delay > timedelta(minutes=15) for delay in delays) / len(delays) < 0.06


def test_retractions_take_back_messages_meant_for_others() -> None:
    known = {message.id: message for message in messages(april(dirt=1.0))}
    back = [message for message in known.values() if message.type is MessageType.RETRACTED]
    assert len(back) > 5
    for retraction in back:
        wrong = known[str(retraction.fields["message"])]
        assert wrong.episode == retraction.episode
        assert wrong.received_at < retraction.received_at


def test_unknown_fields_are_remarks_and_the_message_counts() -> None:
    remarks = Counter(
        problem.code
        for _, line in april(dirt=1.0)
        if isinstance(read := reading(line), Accepted)
        for problem in read.problems
    )
    assert set(remarks) == {Code.UNKNOWN_FIELD, Code.AMBIGUOUS_TIME}
    assert remarks[Code.UNKNOWN_FIELD] > 5


def test_dirt_never_touches_what_was_meant() -> None:
    clean = {message.id: message for message in messages(april())}
    dirty = {message.id: message for message in messages(april(dirt=1.0))}
    added = [message for name, message in dirty.items() if name not in clean]
    assert {message.id.rpartition("-")[2] for message in added} <= BESIDE
    for name in clean.keys() & dirty.keys():
        assert _meant(clean[name]) == _meant(dirty[name])
    assert 0 < len(clean.keys() - dirty.keys()) < len(clean) / 50, "lost, or still on the way when the span ends"


def test_no_admission_is_ever_lost() -> None:
    dirty = {message.id for message in messages(april(dirt=10.0))}
    sent = {
        message.id
        for message in messages(april())
        if message.type is MessageType.ADMITTED and message.at < MONTH_OVER - timedelta(days=5)
    }
    assert len(sent) > 400
    assert sent <= dirty


def test_the_spring_change_is_found_for_every_year() -> None:
    for year in range(2001, 2100):
        change = last_spring_change(date(year, 12, 31))
        assert change.year == year
        assert read_local(datetime(change.year, change.month, change.day, 2, 30)).instant is None  # noqa: DTZ001
        assert last_spring_change(change) == change
        assert last_spring_change(change - timedelta(days=1)).year == year - 1


def _meant(message: Message) -> tuple[object, ...]:
    fields = {name: value for name, value in message.fields.items() if name != "source_system"}
    return (message.episode, message.type, message.at, message.sender, fields)
