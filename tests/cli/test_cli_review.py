"""A month as both parties see it on the command line: reviewed, disputed, closed by two, restated, explained."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import EXAMPLE_1, EXAMPLE_2, Run, message, write

AT = ("--now", "2023-04-10T08:00")
MAY = ("--now", "2023-05-10T08:00")
MONTH = ("23", "2023-03")
REGION, MUNICIPALITY = ("--side", "region", "--by", "Anna"), ("--side", "municipality", "--by", "Bo")
DISPUTED = "jh1-02"


@pytest.fixture
def opened(run: Run) -> Run:
    """Return a runner over Exempel 1 whose review is open, one episode disputed, and which both sides agreed to."""
    run("ingest", str(EXAMPLE_1))
    assert run("review", "open", *MONTH, "--by", "Anna", *AT).code == 0
    what = ("--payer", "2380", "--episode", DISPUTED, "--reason", "home care was offered")
    assert run("review", "dispute", *MONTH, *what, *MUNICIPALITY, *AT).code == 0
    for side in (REGION, MUNICIPALITY):
        assert run("review", "agree", *MONTH, "--payer", "Östersund", *side, *AT).code == 0
    return run


def shown(run: Run, *arguments: str) -> Any:
    done = run(*arguments, "--format", "json")
    assert done.code == 0, done
    return done.json


def test_a_review_shows_who_agreed_and_what_is_disputed(opened: Run) -> None:
    month = shown(opened, "review", "show", *MONTH, *AT)
    assert month["status"] == "agreed"
    (payer,) = month["payers"]
    assert (payer["region"], payer["municipality"]) == ({"by": "Anna", "holds": True}, {"by": "Bo", "holds": True})
    (dispute,) = month["disputes"]
    assert (dispute["episode"], dispute["step"], dispute["settled"]) == (DISPUTED, 1, None)
    assert "home care was offered" in " ".join(" ".join(opened("review", "show", *MONTH, *AT).lines).split())


def test_closing_parks_what_is_disputed_and_pays_the_rest(opened: Run) -> None:
    draft = shown(opened, "close", *MONTH, *AT)
    assert draft["status"] == "agreed"
    closed = shown(opened, "close", *MONTH, *AT, "--commit", "--by", "Anna")
    (payer,) = closed["payers"]
    parked = sum(float(row["amount"]) for row in payer["parked"])
    assert parked > 0
    assert float(payer["to_pay"]) == float(payer["amount"]) - parked
    assert closed["hash"] == draft["hash"]
    (listed,) = shown(opened, "closings", "list", "23")
    assert (listed["hash"], listed["closed_by"], listed["attested_by"]) == (closed["hash"], "Anna", "Bo")
    kept = opened("closings", "show", *MONTH, "--format", "json").json["body"]
    assert {key: kept[key] for key in closed} == closed


def test_what_is_upheld_is_charged_in_the_next_open_month(opened: Run) -> None:
    closed = shown(opened, "close", *MONTH, *AT, "--commit", "--by", "Anna")
    assert shown(opened, "restate", *MONTH, *MAY)[0]["differences"] == []
    settling = ("--payer", "2380", "--episode", DISPUTED, "--how", "upheld", "--reason", "the managers agreed")
    alone = opened("review", "settle", *MONTH, *settling, *REGION, *MAY)
    assert "the region alone cannot let the charge stand; add --with NAME" in alone.complaint
    assert opened("review", "settle", *MONTH, *settling, *REGION, "--with", "Bo", *MAY).code == 0
    month = shown(opened, "review", "show", *MONTH, *MAY)
    assert (month["status"], month["disputes"][0]["settled_by"]) == ("closed", ["Anna", "Bo"])
    done = opened("restate", *MONTH, *MAY, "--commit", "--by", "Anna", "--attest", "Bo", "--format", "json")
    assert done.err == "hemgang: March 2023 restated as version 2; the difference is charged in April 2023\n"
    (adjustment,) = done.json[0]["adjustments"]
    assert adjustment["cause"] == "dispute"
    (payer,) = shown(opened, "close", "23", "2023-04", *MAY)["payers"]
    assert (payer["amount"], payer["to_pay"]) == ("0.00", adjustment["amount"])
    assert opened("closings", "show", *MONTH, "--format", "json").json["body"]["hash"] == closed["hash"]
    again = shown(opened, "close", *MONTH, *MAY, "--commit", "--by", "Anna")
    assert again["payers"] == closed["payers"]


def test_as_of_the_closing_it_has_the_hash_it_was_closed_with(opened: Run, tmp_path: Path) -> None:
    """What is handed in afterwards, without a word of when it was received, was not known then."""
    closed = shown(opened, "close", *MONTH, *AT, "--commit", "--by", "Anna")
    late = message("late", "jh1-05", "retracted", "2023-03-20T12:00", message="jh1-05-07")
    opened("ingest", str(write(tmp_path / "late.ndjson", late)))
    then = shown(opened, "close", *MONTH, *MAY, "--as-of", AT[1])
    assert (then["hash"], then["payers"]) == (closed["hash"], closed["payers"])
    assert shown(opened, "close", *MONTH, *MAY)["hash"] != closed["hash"]


def test_closed_months_tell_their_disputes_and_what_came_in_later(opened: Run, tmp_path: Path) -> None:
    opened("close", *MONTH, *AT, "--commit", "--by", "Anna")
    listed = opened("closings", "list", "23", *MAY, "--format", "json")
    assert (listed.json[0]["open_disputes"], listed.err) == (1, "")
    late = message("late", "jh1-05", "retracted", "2023-03-20T12:00", message="jh1-05-07")
    opened("ingest", str(write(tmp_path / "late.ndjson", late)))
    said = "1 episode has messages that came in after the closing of March 2023 in county 23; see hemgang restate 23"
    assert opened("closings", "list", *MAY).err == f"hemgang: {said}\n"


def test_every_closed_month_is_restated_where_no_month_is_named(opened: Run) -> None:
    opened("close", *MONTH, *AT, "--commit", "--by", "Anna")
    opened("close", "23", "2023-02", *AT, "--commit", "--by", "Anna", "--attest", "Bo")
    found = shown(opened, "restate", "23", *MAY)
    assert [(one["month"], one["differences"]) for one in found] == [("2023-02", []), ("2023-03", [])]
    nothing = opened("restate", "23", *MAY, "--commit", "--by", "Anna", "--attest", "Bo")
    assert nothing.complaint == "nothing of 2023-02, 2023-03 differs from what was closed"


def test_one_side_agrees_to_all_payers_at_once(run: Run, tmp_path: Path) -> None:
    other = [
        message("o-1", "o", "admitted", "2023-03-01T08:00", region="23", municipality="2303", care="somatic"),
        message("o-2", "o", "admission_notice", "2023-03-01T09:00"),
        message("o-3", "o", "ready_notice", "2023-03-02T09:00"),
        message("o-4", "o", "discharged", "2023-03-03T09:00"),
    ]
    run("ingest", str(EXAMPLE_1), str(write(tmp_path / "other.ndjson", *other)))
    run("review", "open", *MONTH, "--by", "Anna", *AT)
    run("review", "agree", *MONTH, "--payer", "2303", *REGION, *AT)
    agreed = shown(run, "review", "agree", *MONTH, "--all-payers", *REGION, *AT)
    assert [(one["payer"], one["region"]["by"], one["municipality"]) for one in agreed["payers"]] == [
        ("2303", "Anna", None),
        ("2380", "Anna", None),
    ]
    again = run("review", "agree", *MONTH, "--all-payers", *REGION, *AT)
    assert "the region has agreed to every statement of 2023-03 already" in again.complaint
    same = run("review", "agree", *MONTH, "--all-payers", "--side", "municipality", "--by", "ANNA", *AT)
    assert "Anna has acted for the region" in same.complaint.replace("ANNA", "Anna")
    assert shown(run, "review", "agree", *MONTH, "--all-payers", *MUNICIPALITY, *AT)["status"] == "agreed"


def test_a_review_is_shown_in_swedish(opened: Run) -> None:
    text = " ".join(opened("review", "show", *MONTH, *AT, "--language", "sv").out.split())
    assert "status godkänd" in text
    assert "231 000,00 kr godkänt av Anna godkänt av Bo" in text
    assert "21 000,00 kr Bo (kommunen) bestriden" in text


def test_a_month_without_an_episode_has_nothing_to_review(opened: Run) -> None:
    done = opened("review", "show", "23", "2023-01", *AT)
    assert (done.code, done.out, done.err) == (0, "", "hemgang: county 23 has no episode in January 2023\n")


WRONG = [
    (("close", *MONTH, *AT, "--commit", "--by", ".", "--attest", "Bo"), "told by a name"),
    (("restate", "23", *AT), "no month is closed"),
    (("close", *MONTH, *AT, "--commit", "--by", "Anna"), "closing takes two persons"),
    (("close", *MONTH, *AT, "--commit", "--by", "Anna", "--attest", "ANNA"), "cannot attest"),
    (("close", *MONTH, *AT, "--attest", "Bo"), "belong to --commit"),
    (("review", "agree", *MONTH, "--payer", "2380", *REGION, *AT), "is not open"),
    (("review", "open", "23", "2023-05", "--by", "Anna", *MAY), "is not over"),
    (("review", "agree", *MONTH, *REGION, *AT), "either --payer PAYER or --all-payers"),
    (("review", "agree", *MONTH, "--payer", "2380", "--all-payers", *REGION, *AT), "either --payer PAYER or"),
    (("review", "open", "99", "2023-05", "--by", "Anna", *MAY), "no region"),
    (("restate", *MONTH, *AT), "is not closed"),
    (("restate", *MONTH, *AT, "--commit", "--by", "Anna"), "--attest NAME, two persons"),
    (("closings", "show", *MONTH), "is not closed for all payers in version 1"),
    (
        (
            "decide",
            *MONTH,
            "--payer",
            "2380",
            "--clause",
            "condition-1",
            "--by",
            "A",
            "--with",
            "B",
            "--text",
            "x",
            *AT,
        ),
        "waits for no joint decision",
    ),
    (("explain", "--payer", "2380"), "name an EPISODE"),
    (("explain",), "name an EPISODE"),
    (("explain", "--payer", "Atlantis", "--month", "2023-03", *AT), "there is no municipality"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=[" ".join(arguments[:3]) for arguments, _ in WRONG])
def test_each_wrong_use_is_one_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    run("ingest", str(EXAMPLE_1))
    assert says in run(*arguments).complaint


def test_a_payer_s_mean_is_explained(run: Run, tmp_path: Path) -> None:
    stays = [
        message(f"{episode}-{number}", episode, kind, at, **more)
        for episode, left in (("v1", "07"), ("v2", "09"))
        for number, (kind, at, more) in enumerate(
            [
                ("admitted", "2019-10-01T08:00", {"region": "19", "municipality": "1980", "care": "somatic"}),
                ("admission_notice", "2019-10-01T09:00", {}),
                ("ready_notice", "2019-10-02T13:30", {}),
                ("discharged", f"2019-10-{left}T10:00", {}),
            ]
        )
    ]
    run("ingest", str(write(tmp_path / "v.ndjson", *stays)))
    asked = ("explain", "--payer", "Västerås", "--month", "2019-10", "--now", "2019-11-10")
    (one,) = run(*asked, "--language", "en", "--format", "json").json
    said = " ".join(one["sentences"])
    assert (one["episode"], one["outcome"], one["reason"]) == (None, "charged", "mean_above_threshold")
    assert "The mean is 12 days over 2 discharged = 6; the threshold is 3." in said
    assert "(6 − 3) × 2 = 6 care days, 46,800.00 kr" in said
    assert "6 ready days fewer in the month, and Västerås would have paid nothing." in said
    assert "v2 (7), v1 (5)" in said
    assert "v1-2, v1-3, v2-2, v2-3" in said
    swedish = run(*asked, "--language", "sv").out
    assert "debiteras 6 vårddygn" in swedish


def test_a_payer_s_share_is_explained(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    asked = ("explain", "--payer", "Östersund", "--month", "2023-03", *AT)
    (one,) = run(*asked, "--format", "json").json
    assert (one["episode"], one["outcome"], one["reason"]) == (None, "charged", "not_exempt")
    said = " ".join(one["sentences"])
    assert "Östersund is charged 22 care days for March 2023 by Condition 1" in said
    assert "20 of 30, 66.67% (2/3), left by day 1, and 75% (3/4) is needed" in said
    assert "3 more out by day 1, and Östersund would have been exempt in March 2023" in said
    assert "That is 231,000.00 kr" in said
    assert "“En kommun befrias från betalningsansvar" in said
    assert "debiteras 22 vårddygn för mars 2023" in run(*asked, "--language", "sv").out


def test_a_payer_that_is_exempt_by_its_share_is_explained(run: Run) -> None:
    run("ingest", str(EXAMPLE_2))
    asked = ("explain", "--payer", "Berg", "--month", "2023-03", *AT)
    (one,) = run(*asked, "--format", "json").json
    assert (one["outcome"], one["reason"]) == ("free", "exempt")
    assert "Berg is charged nothing for March 2023" in one["sentences"][0]


def test_a_payer_without_an_episode_is_one_line(run: Run) -> None:
    run("ingest", str(EXAMPLE_1))
    done = run("explain", "--payer", "Åre", "--month", "2023-03", *AT)
    assert (done.code, done.out) == (0, "")
    assert done.err == "hemgang: payer 2321 has no episode in county 23 in March 2023\n"
