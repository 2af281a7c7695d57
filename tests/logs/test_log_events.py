"""What hemgang says of itself: fixed sentences, allow-listed fields, and never what somebody wrote."""

import asyncio
import logging
import string

import pytest

from hemgang.logs import Event, ScrubbedError, event, scrub_errors
from hemgang.logs.events import FIELD_SHAPES, TEMPLATES, WITHHELD, Fields, LogEvent, loggable

PERSON = "19121212-1212"
REFERENCE = "7K3M-Q9TB-2XWD"


def said(caplog: pytest.LogCaptureFixture) -> LogEvent:
    found = caplog.records[-1].msg
    assert isinstance(found, LogEvent)
    return found


def test_every_event_has_a_sentence_of_allowed_fields() -> None:
    assert set(TEMPLATES) == set(Event)
    for level, sentence in TEMPLATES.values():
        assert level in (logging.INFO, logging.WARNING, logging.ERROR)
        assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name} <= set(FIELD_SHAPES)


def test_the_names_that_mypy_allows_are_those_allowed_at_run_time() -> None:
    assert set(Fields.__annotations__) == set(FIELD_SHAPES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", REFERENCE),
        ("region", "23"),
        ("state", "ready"),
        ("outcome", "delivered"),
        ("reason", "CLOCK_WENT_BACK"),
        ("file", "0123456789ab"),
        ("month", "2023-03"),
        ("count", 250),
        ("late_s", 1.5),
        ("child", "deployments.engine"),
    ],
)
def test_what_fits_is_kept(name: str, value: object) -> None:
    assert loggable(name, value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", PERSON),
        ("reference", "7k3m"),
        ("reference", f"{REFERENCE}\n"),
        ("region", "2380"),
        ("region", "23\n"),
        ("state", "ready at last"),
        ("state", PERSON),
        ("reason", "Anna Ek, room 2"),
        ("file", "patients.csv"),
        ("file", "191212121212"),
        ("count", 191212121212),
        ("count", True),
        ("count", "12"),
        ("late_s", float("nan")),
        ("late_s", 19121212121.2),
        ("error", "a text"),
        ("error", type(PERSON, (Exception,), {})()),
    ],
)
def test_what_does_not_fit_is_withheld(name: str, value: object) -> None:
    assert loggable(name, value) in (None, WITHHELD)
    assert loggable(name, value) == WITHHELD


def test_a_field_that_nobody_allowed_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("hemgang.test")
    event(log, Event.RUN_FAILED, episode="e1", loop="watch")  # type: ignore[call-arg]
    assert said(caplog).fields == {"loop": "watch", "withheld": 1}
    assert "e1" not in caplog.text


def test_an_error_is_its_type_its_causes_and_our_own_frames(caplog: pytest.LogCaptureFixture) -> None:
    from hemgang.notifications.directory_config import load_directory

    log = logging.getLogger("hemgang.test")
    try:
        try:
            load_directory(PERSON, {})  # type: ignore[arg-type]
        except AttributeError as error:
            raise ValueError(f"the person {PERSON}") from error
    except ValueError as error:
        event(log, Event.DISCHARGE_SET_ASIDE, reference=REFERENCE, error=error)
    fields = said(caplog).fields
    assert fields["error"] == "ValueError"
    assert fields["caused_by"] == ["AttributeError"]
    assert caplog.messages[-1] == f"discharge {REFERENCE} set aside for an hour: ValueError"
    assert "1212" not in repr(fields)


def test_the_frames_are_ours_innermost_first(caplog: pytest.LogCaptureFixture) -> None:
    from hemgang.notifications.directory_config import load_directory

    try:
        load_directory(5, {})  # type: ignore[arg-type]
    except AttributeError as error:
        event(logging.getLogger("hemgang.test"), Event.UNEXPECTED, error=error)
    frames = said(caplog).fields["where"]
    assert isinstance(frames, list)
    assert [frame.partition(":")[0] for frame in frames] == [
        "agreements/tomlfile.py",
        "hemgang/notifications/directory_config.py",
    ]


def test_a_field_that_was_not_given_is_a_question_mark() -> None:
    assert str(LogEvent(Event.MESSAGE_FAILING, {})) == "message ?: its last channel fails: ?"


def test_a_run_that_fails_keeps_its_words_from_whoever_started_it() -> None:
    @scrub_errors
    async def run(value: str) -> None:
        raise KeyError(value)

    with pytest.raises(ScrubbedError) as failed:
        asyncio.run(run(PERSON))
    assert str(failed.value) == "KeyError at a library"
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_a_run_that_ends_well_gives_what_it_gave_and_keeps_its_name() -> None:
    @scrub_errors
    async def run(value: int) -> int:
        return value + 1

    assert asyncio.run(run(1)) == 2
    assert run.__name__ == "run"
