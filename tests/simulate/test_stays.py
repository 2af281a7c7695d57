from collections import Counter
from datetime import date, timedelta

import pytest

from agreements.payers import municipalities
from calendars.timezone import local, local_date
from hemgang.episode.model import EndKind, SipNeed, State
from hemgang.findings import Code
from hemgang.messages.identity_numbers import holds_identity_number, texts_in
from hemgang.messages.model import Accepted, Message, MessageType
from tests.simulate.readings import april, episodes, messages, objects, reading

THE_EIGHT = {code for code, one in municipalities().items() if one.county == "23"}
SUNDAY_OF_EASTER = date(2023, 4, 9)


@pytest.mark.parametrize("region", ["23", "01", "09", "14"])
def test_every_clean_line_is_accepted_without_remark(region: str) -> None:
    for _, line in april(region=region):
        read = reading(line)
        assert isinstance(read, Accepted), line
        assert read.problems == (), line


def test_no_clean_value_is_shaped_like_an_identity_number() -> None:
    for said in objects(april()):
        for name, value in said.items():
            assert not any(holds_identity_number(text) for text in (name, *texts_in(value))), said


def test_ids_are_letters_and_a_running_number() -> None:
    for message in messages(april()):
        assert message.episode.isalpha()
        assert message.id.removeprefix(f"{message.episode}-").isdigit()


def test_every_type_of_message_comes_but_the_retraction_which_is_dirt() -> None:
    kinds = {message.type for message in messages(april(discharges=2000))}
    assert set(MessageType) - kinds == {MessageType.RETRACTED}


def test_all_eight_municipalities_pay_and_no_other() -> None:
    assert {stay.payers[0].payer for stay in episodes(april())} == THE_EIGHT


def test_every_state_and_every_end_of_a_ready_period_comes() -> None:
    stays = episodes(april())
    assert {stay.state for stay in stays} == set(State) - {State.UNOPENED}
    ends = {period.end.kind for stay in episodes(april(discharges=2000)) for period in stay.periods if period.end}
    assert ends >= set(EndKind) - {EndKind.CANCELLED}


def test_every_sip_need_comes_and_the_stated_ones_are_most() -> None:
    needs = Counter(stay.sip_need for stay in episodes(april()) if stay.state is State.DISCHARGED)
    assert set(needs) == set(SipNeed)
    assert needs[SipNeed.YES] > needs[SipNeed.NO] > needs[SipNeed.DECLINED]
    assert needs[SipNeed.UNKNOWN] < needs.total() / 5


def test_findings_are_those_that_the_story_means() -> None:
    found = Counter(finding.code for stay in episodes(april(discharges=2000)) for finding in stay.findings)
    assert set(found) == {
        Code.REPEATED_READY_NOTICE,
        Code.READY_WITHOUT_CARE_PLAN,
        Code.ADMISSION_NOTICE_MISSING,
    }


def test_admission_notices_mostly_come_within_a_day_some_late_few_never() -> None:
    ended = [stay for stay in episodes(april(discharges=2000)) if stay.state is State.DISCHARGED]
    late = missing = 0
    for stay in ended:
        assert stay.opened is not None
        if not stay.admission_notices:
            missing += 1
            continue
        notice = stay.admission_notices[0]
        late += notice.at - (notice.assessed_at or stay.opened.at) > timedelta(hours=24)
    assert 0 < missing / len(ended) < 0.03
    assert 0.02 < late / len(ended) < 0.08


def test_ready_notices_come_by_day_some_after_twelve_and_few_on_days_off() -> None:
    at = [local(period.notice.at) for stay in episodes(april(discharges=2000)) for period in stay.periods]
    assert all(8 <= moment.hour < 18 for moment in at)
    assert 0.3 < sum(moment.hour >= 12 for moment in at) / len(at) < 0.55
    by_weekday = Counter(moment.weekday() for moment in at)
    assert max(by_weekday[5], by_weekday[6]) < min(by_weekday[day] for day in range(5))
    assert by_weekday[4] > by_weekday.total() / 8


def test_discharges_are_by_day_and_few_outside_the_agreed_hours() -> None:
    ended = [stay.end for stay in episodes(april(discharges=2000)) if stay.state is State.DISCHARGED]
    hours = [local(end.at).hour for end in ended if end is not None]
    assert all(7 <= hour <= 20 for hour in hours)
    assert 0 < sum(hour >= 17 for hour in hours) / len(hours) < 0.08


def test_information_mostly_goes_on_the_day_of_the_discharge() -> None:
    ended = [stay for stay in episodes(april(discharges=2000)) if stay.state is State.DISCHARGED]
    same = sum(
        any(local_date(sent.at) == local_date(stay.end.at) for sent in stay.discharge_information)
        for stay in ended
        if stay.end is not None
    )
    assert 0.9 < same / len(ended) < 0.99


def test_long_holiday_has_notices_whose_planning_starts_on_its_third_day_and_after_it() -> None:
    on_third_day = after = 0
    for stay in episodes(april(discharges=2000)):
        notice, starts = stay.admission_notices[:1], stay.planning_starts[:1]
        if notice and starts and date(2023, 4, 7) <= local_date(notice[0].at) < SUNDAY_OF_EASTER:
            on_third_day += local_date(starts[0].at) == SUNDAY_OF_EASTER
            after += local_date(starts[0].at) > SUNDAY_OF_EASTER
    assert on_third_day > 20
    assert after > 10


def test_nothing_is_said_before_the_admission_or_after_a_death_or_cancellation() -> None:
    for stay_messages in _by_episode().values():
        admitted = min(message.at for message in stay_messages)
        assert next(m.type for m in stay_messages if m.at == admitted) is MessageType.ADMITTED
        over = [m.at for m in stay_messages if m.type in {MessageType.DIED, MessageType.CANCELLED}]
        assert not over or max(m.at for m in stay_messages) == over[0]


def _by_episode() -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for message in messages(april(discharges=2000)):
        found.setdefault(message.episode, []).append(message)
    return found


def test_after_a_transfer_the_new_ward_speaks_for_the_hospital() -> None:
    wards = {message.fields["clinic"] for message in messages(april()) if message.type is MessageType.ADMITTED}
    moved = 0
    for said in _by_episode().values():
        for transfer in (m for m in said if m.type is MessageType.TRANSFERRED):
            later = {m.sender for m in said if m.at > transfer.at and m.sender in wards}
            assert later <= {transfer.fields["clinic"]}
            assert transfer.sender != transfer.fields["clinic"]
            moved += bool(later)
    assert moved > 20
