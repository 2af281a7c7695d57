"""Near midnight a command says Stockholm's date, not that of UTC."""

from pathlib import Path

from tests.cli.running import Run, write

STAY = (
    {"id": "a0", "type": "admitted", "at": "2023-03-01T09:00:00+01:00", "sender": "w", "region": "04"}
    | {"municipality": "0480", "care": "somatic"},
    {"id": "a1", "type": "admission_notice", "at": "2023-03-01T09:30:00+01:00"},
    {"id": "a2", "type": "sip_need", "needed": "no", "at": "2023-03-01T09:30:00+01:00"},
    {"id": "a4", "type": "ready_notice", "at": "2023-03-05T09:00:00+01:00"},
    {"id": "a9", "type": "discharged", "at": "2023-03-20T10:00:00+01:00"},
)
LATE = {"id": "a9x", "type": "retracted", "message": "a9", "at": "2023-04-02T10:00:00+02:00"}

HALF_PAST_MIDNIGHT = "2023-04-01T00:30"
CLOSING = ("close", "04", "2023-03", "--commit", "--by", "A. Ek", "--attest", "B. Ström", "--decision", "As it is")


def test_a_month_closed_just_after_midnight_was_closed_on_that_date(run: Run, tmp_path: Path) -> None:
    run("ingest", str(write(tmp_path / "first.ndjson", *({"episode": "t"} | one for one in STAY))))
    assert run(*CLOSING, "--now", HALF_PAST_MIDNIGHT).code == 0
    run("ingest", str(write(tmp_path / "late.ndjson", {"episode": "t"} | LATE)))
    again = run(*CLOSING, "--now", "2023-04-03T08:00")
    shown = run("close", "04", "2023-03", "--now", "2023-04-03T08:00")
    for said in (again.err, shown.err):
        assert "2023-04-01" in said
        assert "2023-03-31" not in said
