"""Explanations: every outcome in sentences with clause and quote, what is missing, and what would repair it."""

import re
from datetime import date
from typing import Any

import pytest

from agreements.loader import load_agreements, load_rates
from agreements.payers import municipalities
from hemgang.episode.fold import fold
from hemgang.i18n.language import Language
from hemgang.liability.explain import Explanation, explain, months_of
from hemgang.liability.model import DayOutcome
from hemgang.messages.model import Message
from tests.liability.discharges import ANGE, LATER, at, drafted, message, stay, text


def explained(
    messages: list[Message], *, day: str | None = None, language: Language = Language.ENGLISH, now: str = LATER
) -> tuple[Explanation, ...]:
    """Explain episode e1 over drafts of all its months."""
    episode = fold([one for one in messages if one.episode == "e1"])
    of_day = date.fromisoformat(day) if day else None
    months = months_of(episode, now=at(now), day=of_day)
    return explain(
        episode,
        [drafted(messages, str(month), region=episode.region or "", now=now, priced=False) for month in months],
        agreements=load_agreements(),
        rates=load_rates(),
        municipalities=municipalities(),
        now=at(now),
        language=language,
        day=of_day,
    )


def test_a_charged_and_a_free_run() -> None:
    free, paid = explained(stay(left="2023-03-06 10:00"))
    assert (free.outcome, str(free.first), str(free.last)) == (DayOutcome.FREE, "2023-03-01", "2023-03-03")
    assert (paid.outcome, str(paid.first), str(paid.last)) == (DayOutcome.CHARGED, "2023-03-04", "2023-03-05")
    assert paid.sentences[0] == (
        "Care days 4–5, 2023-03-04 to 2023-03-05: charged to Berg (2326), 2 × 10,500.00 kr = 21,000.00 kr."
    )
    assert "3 care days free from day 0, 2023-03-01; this is beyond them" in text((paid,))
    assert "an assumption: The manual that says from which day" in text((paid,))
    assert (
        "Berg (2326) is not exempt in March 2023: 0 of 1, 0%, left by day 1, and 75% (3/4) is needed." in paid.sentences
    )
    assert "“En kommun befrias från betalningsansvar" in text((paid,))
    assert "e1/admission_notice, e1/admitted, e1/discharged, e1/ready_notice" in text((paid,))
    assert "this is within them" in text((free,))


def test_swedish_has_its_own_words_and_decimal_comma() -> None:
    free, paid = explained(stay(left="2023-03-06 10:00"), language=Language.SWEDISH)
    assert paid.sentences[0] == (
        "Vårddygn 4–5, 2023-03-04 till 2023-03-05: debiteras Berg (2326), 2 × 10 500,00 kr = 21 000,00 kr."
    )
    assert "kostnadsfritt för Berg (2326)" in free.sentences[0]
    assert "”En kommun befrias från betalningsansvar" in text((paid,))


def test_one_date_is_explained_alone_and_over_months() -> None:
    [one] = explained(stay(left="2023-03-09 10:00"), day="2023-03-08")
    assert (one.first, one.last) == (date(2023, 3, 8), date(2023, 3, 8))
    assert one.sentences[0].startswith("Care day 8, 2023-03-08: charged")
    assert "charged by condition-2 as well; it is paid once" in text((one,))
    over = stay(ready="2022-12-27 09:00", left="2023-01-03 10:00")
    [december] = explained(over, day="2022-12-31")
    assert "9,300.00 kr" in december.sentences[0]


def test_the_statute_is_quoted_and_the_noon_rule_told_where_it_moved_day_0() -> None:
    messages = stay(region="22", payer=ANGE, ready="2022-03-01 12:00:01", left="2022-03-07 10:00")
    said = text(explained(messages))
    assert "from day 0, 2022-03-02" in said
    assert "LUS 5 kap. 4 §: “ska kommunens betalningsansvar inträda tre dagar efter" in said
    assert "sent at 12:00:01 on 2022-03-01, after 12:00, so it counts as sent the next day" in said
    assert "efter klockan 12.00" in said
    assert "exempt" not in said
    before_noon = stay(region="22", payer=ANGE, ready="2022-03-01 12:00", left="2022-03-07 10:00")
    assert "next day" not in text(explained(before_noon))


def test_an_exempt_municipality() -> None:
    others = [one for n in range(3) for one in stay(f"o{n}", left="2023-03-01 16:00")]
    runs = explained(others + stay(left="2023-03-09 10:00"))
    assert [run.reason for run in runs] == ["within_free_care_days", "exempt", "beyond_free_care_days"]
    assert "Berg (2326) is exempt in March 2023: 3 of 4, 75% (3/4), left by day 1, and 75% (3/4) is enough." in text(
        runs
    )
    assert "längre än 7 dygn (dvs från och med dag 8)" in text((runs[2],))


@pytest.mark.parametrize(
    ("changes", "found", "clause", "repair"),
    [
        (
            {"without": ["admission_notice"]},
            "No admission notice",
            "LUS 5 kap. 3 § första stycket 1",
            "the admission notice",
        ),
        ({"need": "yes"}, "nobody was called", "LUS 5 kap. 3 § andra stycket", "the call to SIP"),
        ({"outpatient": "no"}, "was not available", "LUS 5 kap. 5 §", "later word"),
        ({"payer": "2399"}, "not on the list", "LUS 5 kap. 2 §", "a change of payer"),
        (
            {"status": "compulsory_outpatient"},
            "No coordinated care plan",
            "LUS 4 kap. 1 §",
            "the established care plan",
        ),
    ],
)
def test_what_one_missing_thing_is_and_what_repairs_it(
    changes: dict[str, Any], found: str, clause: str, repair: str
) -> None:
    *_, last = explained(stay(left="2023-03-06 10:00", **changes))
    assert last.outcome is DayOutcome.NOT_PROVABLE
    said = text((last,))
    assert found in said
    assert f"{clause}" in said
    assert "“" in said
    assert re.search(rf"What would repair it: .*{repair}", said)
    assert "Only this is missing." in said
    assert "this is beyond them" in said


def test_several_missing_things_are_counted() -> None:
    *_, last = explained(stay(left="2023-03-06 10:00", without=["admission_notice"], outpatient="no"))
    assert "2 things are missing; each must be put right." in text((last,))


def test_a_repair_repairs() -> None:
    """Whatever the sentence asks for, sent, makes the day charged."""
    missing = stay(left="2023-03-06 10:00", without=["admission_notice"])
    notice = message("e1", "admission_notice", "2023-02-27 09:00")
    assert [run.outcome for run in explained(missing)][-1] is DayOutcome.NOT_PROVABLE
    assert [run.outcome for run in explained([*missing, notice])][-1] is DayOutcome.CHARGED


def test_a_day_whose_amount_is_not_known_is_explained_all_the_same() -> None:
    *_, last = explained(stay(ready="2024-03-01 09:00", left="2024-03-06 10:00"))
    assert last.sentences[0].endswith("charged to Berg (2326); the amount a care day of 2024 is not known.")
    assert "this is beyond them" in text((last,))


def test_doubt_is_told_with_the_charge() -> None:
    *_, last = explained(stay(left="2023-03-06 10:00", outpatient=None))
    assert last.outcome is DayOutcome.CHARGED
    assert "It is on the joint review list." in last.sentences
    assert "LUS 5 kap. 5 §, an assumption:" in text((last,))


@pytest.mark.parametrize(
    ("messages", "day", "reason", "said"),
    [
        (stay(), "2023-03-05", "no_care_day", "2023-03-05 is no care day"),  # the day of discharge
        (stay(), "2023-02-28", "no_care_day", "day 0 of the last one is 2023-03-01"),
        (stay(left=None), "2023-03-05", "still_in", "still in"),
        (stay(left=None, region="22", payer=ANGE), "2024-06-01", "not_over", "is not over yet"),
        (stay(without=["ready_notice"]), None, "no_ready_period", "No ready notice counts"),
        (stay(left="2023-03-01 15:00"), None, "no_care_days", "ended on day 0, 2023-03-01"),
        (stay(more=[message("e1", "cancelled", "2023-03-20 10:00")]), None, "cancelled", "it never was"),
        (stay(without=["admitted"]), None, "unopened", "No message opens"),
        (stay(ready="2017-12-20 09:00", left="2018-01-05 10:00", region="22"), None, "no_rule", "before the act"),
    ],
)
def test_where_there_is_no_care_day_it_says_why(
    messages: list[Message], day: str | None, reason: str, said: str
) -> None:
    [one] = explained(messages, day=day)
    assert (one.outcome, one.reason) == (None, reason)
    assert said in one.sentences[0]


def test_other_outcomes_are_told() -> None:
    withdrawn = explained(stay(left=None, more=[message("e1", "ready_withdrawn", "2023-03-04 09:00")]))
    assert "withdrawn on 2023-03-04" in text(withdrawn)
    away = [message("e1", "leave_started", "2023-03-03 18:00"), message("e1", "leave_ended", "2023-03-05 08:00")]
    runs = explained(stay(left="2023-03-06 10:00", more=away))
    assert "inside a leave" in text((runs[1],))
    assert "inside a leave" not in text((runs[2],))
