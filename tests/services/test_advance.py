"""Advancing: twice changes nothing, a bad discharge stops no other, and replay says what the engine did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DataError, OperationalError
from sqlmodel import Session, col

from hemgang.duties.model import Alert, AlertState
from hemgang.messages.model import Accepted
from hemgang.messages.validation import read_message
from hemgang.services import advance as advancing
from hemgang.services.advance import Evaluation, advance, advance_reference, claim_due, evaluate_discharge
from hemgang.services.installation import ReferenceData
from hemgang.services.replay import replay
from hemgang.store import discharges, duties, messages
from hemgang.store.database import Database
from hemgang.store.tables import AlertRow, DischargeRow
from tests.services.walking import advance_all, county, lines, take

UNTIL = datetime(2023, 3, 20, tzinfo=UTC)
TABLES = ("discharge", "duty", "duty_revision", "rung", "alert")


def rows(database: Database, *tables: str) -> list[list[tuple[object, ...]]]:
    with database.reading() as session:
        return [
            sorted((tuple(row) for row in session.execute(text(f"SELECT * FROM {table}"))), key=repr)  # noqa: S608
            for table in tables
        ]


def deliver_in_thought(database: Database) -> None:
    """Mark everything pending as delivered, as replay does."""
    with database.writing() as session:
        session.execute(
            update(AlertRow)
            .where(col(AlertRow.state) == AlertState.PENDING.value)
            .values(state=AlertState.DELIVERED.value, next_attempt_at=None)
        )


def test_twice_changes_nothing(database: Database, rules: ReferenceData) -> None:
    arrivals = county(4)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    assert advance_all(database, rules, now).advanced
    before = rows(database, *TABLES)
    assert not advance_all(database, rules, now).advanced
    assert rows(database, *TABLES) == before
    with database.writing() as session:
        session.execute(update(DischargeRow).values(next_wake=now))
    again = advance_all(database, rules, now)
    assert again.advanced
    assert not again.set_aside
    assert sum(one.alerts for one in again.advanced) == 0
    assert rows(database, *TABLES[1:]) == before[1:]


def test_replay_says_exactly_what_the_engine_did(database: Database, rules: ReferenceData) -> None:
    arrivals = county(3)
    read = [read_message(line.content, now=None) for line in lines(*(text for _, text in arrivals))]  # type: ignore[arg-type]
    facts = [outcome.message for outcome in read if isinstance(outcome, Accepted)]
    by_text = dict(zip((line for _, line in arrivals), facts, strict=True))
    moments = sorted({fact.received_at for fact in facts})
    sent: set[tuple[object, ...]] = set()
    now: datetime | None = moments[0]
    while now is not None and now <= UNTIL:
        here = [line for line, fact in by_text.items() if fact.received_at == now]
        if here:
            take(database, *here, now=now)
        advance_all(database, rules, now)
        with database.reading() as session:
            pending = session.execute(
                text("SELECT episode, key, revision, rung, kind, recipient FROM alert WHERE state = 'pending'")
            )
            sent |= {(now, *row) for row in pending}
        deliver_in_thought(database)
        with database.reading() as session:
            timer = discharges.next_timer(session)
        later = [each for each in (timer, *moments) if each is not None and each > now]
        now = min(later, default=None)
    said = [named(alert) for alert in replay(facts, rules, until=UNTIL)]
    assert len(said) > 20
    assert len(set(said)) == len(said)
    assert set(said) == sent


def named(alert: Alert) -> tuple[object, ...]:
    when = max(alert.release_at, alert.fired_at)
    return (when, alert.episode, alert.key, alert.revision, alert.rung, alert.kind.value, alert.recipient)


def test_a_discharge_that_fails_is_set_aside_and_the_others_go_on(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = county(3)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    with database.reading() as session:
        bad = session.execute(text("SELECT min(episode) FROM discharge")).scalar()

    def failing(episode: str, *given: object, **more: object) -> Evaluation:
        if episode == bad:
            raise ZeroDivisionError("19121212-1212")
        return evaluate_discharge(episode, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(advancing, "evaluate_discharge", failing)
    outcome = advance_all(database, rules, now)
    assert len(outcome.set_aside) == 1
    assert outcome.advanced
    assert advance_all(database, rules, now).set_aside == ()
    assert len(advance_all(database, rules, now + timedelta(hours=1)).set_aside) == 1
    monkeypatch.setattr(advancing, "evaluate_discharge", evaluate_discharge)
    healed = advance_reference(database, outcome.set_aside[0], rules, now=now, owner="b")
    assert len(healed.advanced) == 1


def test_what_the_database_refuses_sets_one_aside_and_not_all(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = county(3)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    with database.reading() as session:
        bad = session.execute(text("SELECT min(episode) FROM discharge")).scalar()
        total = session.execute(text("SELECT count(*) FROM discharge")).scalar()

    def doubled(episode: str, *given: object, **more: object) -> Evaluation:
        found = evaluate_discharge(episode, *given, **more)  # type: ignore[arg-type]
        if episode != bad or not found.step.revisions:
            return found
        return replace(found, step=replace(found.step, rungs=found.step.rungs * 2))

    monkeypatch.setattr(advancing, "evaluate_discharge", doubled)
    outcome = advance_all(database, rules, now)
    assert len(outcome.advanced) + len(outcome.set_aside) == total
    assert len(outcome.set_aside) <= 1
    assert len(outcome.advanced) >= 1


def test_facts_between_claim_and_save_are_not_lost(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted = {
        "id": "m1",
        "episode": "e1",
        "type": "admitted",
        "at": "2023-03-01T08:00:00Z",
        "region": "23",
        "municipality": "2380",
        "care": "somatic",
    }
    notice = {"id": "m2", "episode": "e1", "type": "admission_notice", "at": "2023-03-01T09:00:00Z"}
    now = datetime(2023, 3, 1, 9, tzinfo=UTC)
    take(database, admitted, now=now)
    claims = claim_due(database, now=now, owner="a", limit=10)

    def meanwhile(*given: object, **more: object) -> Evaluation:
        found = evaluate_discharge(*given, **more)  # type: ignore[arg-type]
        take(database, notice, now=now)
        return found

    monkeypatch.setattr(advancing, "evaluate_discharge", meanwhile)
    assert advance(database, claims, rules, now=now).overtaken == 1
    assert rows(database, "duty") == [[]]
    monkeypatch.setattr(advancing, "evaluate_discharge", evaluate_discharge)
    (done,) = advance_all(database, rules, now).advanced
    assert done.state == "planning"


def test_late_by_is_measured_from_the_timer(database: Database, rules: ReferenceData) -> None:
    arrivals = county(2)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    late = advance_all(database, rules, now + timedelta(seconds=90))
    assert {one.late_s for one in late.advanced} == {90.0}


def test_messages_of_several_discharges_are_not_mixed(database: Database) -> None:
    arrivals = county(4)
    take(database, *(line for _, line in arrivals), now=UNTIL)
    with database.reading() as session:
        together = dict(messages.by_episode(session))
        assert messages.of_episodes(session, list(together)) == {
            episode: messages.of_episode(session, episode) for episode in together
        }
        assert all(fact.episode == episode for episode, facts in together.items() for fact in facts)


@pytest.mark.parametrize(
    "error", [DataError("UPDATE discharge", {}, ValueError("too long")), ValueError("no such kind")]
)
@pytest.mark.parametrize("where", ["memories_of", "save_steps"])
def test_a_row_that_cannot_be_read_or_written_sets_its_discharge_aside_and_the_others_go_on(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    arrivals = county(3)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    with database.reading() as session:
        bad = str(session.execute(text("SELECT min(episode) FROM discharge")).scalar())
        total = session.execute(text("SELECT count(*) FROM discharge")).scalar_one()
    target = duties if where == "memories_of" else advancing
    real = getattr(target, where)

    def failing(session: Session, given: Sequence[object], **more: object) -> object:
        if bad in [one[0] if isinstance(one, tuple) else one for one in given]:
            raise error
        return real(session, given, **more)

    monkeypatch.setattr(target, where, failing)
    outcome = advance_all(database, rules, now)
    assert (len(outcome.set_aside), len(outcome.advanced)) == (1, total - 1)


def test_while_the_database_is_away_no_discharge_is_set_aside(
    database: Database, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> object:
        raise OperationalError("SELECT 1", {}, OSError("the server closed the connection"))

    arrivals = county(3)
    now = arrivals[-1][0]
    take(database, *(line for _, line in arrivals), now=now)
    claims = claim_due(database, now=now, owner="a", limit=10)
    with monkeypatch.context() as broken:
        broken.setattr(advancing, "save_steps", away)
        with pytest.raises(OperationalError):
            advance(database, claims, rules, now=now)
    outcome = advance(database, claims, rules, now=now)
    assert (len(outcome.set_aside), len(outcome.advanced)) == (0, len(claims))
