"""Identity numbers are told by their shape, in every notation, and nothing else is (specification 6)."""

import time
import uuid
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.messages.identity_numbers import holds_identity_number, texts_in

SHAPED = [
    ("191212121212", "personnummer, 12 digits"),
    ("19121212-1212", "12 digits with hyphen"),
    ("19121212+1212", "with plus, over 100 years"),
    ("19121212 1212", "with space"),
    ("1212121212", "10 digits"),
    ("121212-1212", "10 digits with hyphen"),
    ("121212+1212", "10 digits with plus"),
    ("121212 1212", "10 digits with space"),
    ("20121290-1234", "samordningsnummer: day 30 + 60"),
    ("121261-1234", "samordningsnummer: day 1 + 60"),
    ("121291-1234", "samordningsnummer: day 31 + 60"),
    ("191212121213", "wrong check digit: the shape is enough"),
    ("19120231-1212", "31 February: the shape is enough"),
    ("ring 19121212-1212 i morgon", "inside a text"),
    ("ring 19121212-1212.", "before a full stop"),
    ("(19121212-1212)", "in brackets"),
    ("pnr:191212121212", "after a colon"),
    ("pnr191212121212", "right after the letters that announce it"),
    ("personnummer191212121212", "the long word for it"),
    ("PNR191212121212", "in capitals"),
    ("patient_191212121212", "after an underscore"),
    ("191212121212_3", "before an underscore"),
    ("urn:oid:1.2.752.129.2.1.3.1/191212121212", "in an OID notation"),
    ("1.2.752.129.2.1.3.1.191212121212", "as the last arc"),
    ("Patient/19121212-1212/_history/1", "in a path"),
    ("19121212-1212-01", "with something after it"),
    ("episode-19121212-1212", "with something before it"),
    ("19 121212-1212", "century apart"),
    ("19121212 - 1212", "spaces around the hyphen"),
    ("1912-12-12-1212", "parted date"),
    ("1912-12-12+1212", "parted date with plus"),
    ("1912.12.12-1212", "date with full stops"),
    ("19121212\u20131212", "en dash"),
    ("19121212\u20141212", "em dash"),
    ("19121212\u22121212", "minus sign"),
    ("19121212\u20111212", "non-breaking hyphen"),
    ("19121212\u00a01212", "non-breaking space"),
    ("19121212\u202f1212", "narrow non-breaking space"),
    ("19121212\t1212", "tab"),
    ("19121212\n1212", "line break"),
    (
        "\uff11\uff19\uff11\uff12\uff11\uff12\uff11\uff12\uff0d\uff11\uff12\uff11\uff12",
        "full-width digits and hyphen",
    ),
    ("١٩١٢١٢١٢١٢١٢", "Arabic-Indic digits"),
    ("१९१२१२१२-१२१२", "Devanagari digits"),
    (
        "\U0001d7cf\U0001d7d7\U0001d7cf\U0001d7d0\U0001d7cf\U0001d7d0\U0001d7cf\U0001d7d0\U0001d7cf\U0001d7d0\U0001d7cf\U0001d7d0",
        "mathematical bold digits",
    ),
    ("\u00b9\u2079\u00b9\u00b2\u00b9\u00b2\u00b9\u00b2\u00b9\u00b2\u00b9\u00b2", "superscripts"),
    ("1912\u200b1212\u200b1212", "zero-width spaces"),
    ("19121212\u00ad-1212", "soft hyphen"),
    ("\ufe0f\u20e3".join("19121212-1212"), "keycaps"),
    ("Åsa 19121212-1212", "beside Swedish letters"),
    ("991981000010", "Stockholm's reserve number"),
    ("99198100-0010", "the same with hyphen"),
    ("19810829M071", "Västra Götaland's"),
    ("19810829-M071", "with hyphen"),
    ("19810829 M071", "with space"),
    ("19810829SU3A", "Värmland's"),
    ("198108320014", "Carelink's and Halland's: day 32 to 59"),
    ("19121212TA1B", "Örebro's"),
    ("121212DA0B", "Skåne's, short"),
    ("19121212-123R", "Västernorrland's"),
    ("19121212R123", "Västerbotten's"),
    ("19121212-12K3", "Gävleborg's"),
    ("19121212-ABCD", "four capitals"),
    ("98240301AA06", "national, from the Swedish base profiles"),
    ("22590603RJ31", "national, born 1959"),
    ("00592040-RJ31", "national, birth date unknown"),
    ("19121212k123", "small letter"),
    ("e3f1c6f2-7c7e-4b6e-9a55-0a8d6d9a1c11 19121212-1212", "beside a UUID"),
    ("2024-01-15T10:00:00+01:00 19121212-1212", "beside an instant"),
]

NOT_SHAPED = [
    ("", "nothing"),
    ("19121212", "a date only"),
    ("1912-12-12", "an ISO date"),
    ("2024-01-15T08:00:00+01:00", "an ISO instant"),
    ("2024-01-15T08:00:00.123456+0100", "with microseconds"),
    ("2024-01-15 10:11:12.101112+0100", "microseconds and offset that look like a number"),
    ("2024-01-15 10:30", "date and time"),
    ("2024-01-15T1030", "date and time without colon"),
    ("20240115T101500+0100", "basic ISO format"),
    ("20240115T1015Z", "basic ISO format, minutes"),
    ("20240115101500", "14 digits"),
    ("2024-01-15-2024-01-20", "two dates"),
    ("2024-01-15 - 2024-01-20", "two dates apart"),
    ("20240115-20240120", "two basic dates"),
    ("240115-240120", "two short dates"),
    ("20240115 till 20240120", "a word between two dates"),
    ("20240115 kl12", "a date and an hour"),
    ("SE2321000016-1003", "HSA id"),
    ("SE2321000131-P000000123457", "HSA id with letter"),
    ("SE165565594230-1013", "HSA id with 16"),
    ("SE121212121212-1001", "HSA id that holds a date"),
    ("232100-0016", "organisation number: months from 20"),
    ("2321000016", "the same without hyphen"),
    ("162321000016", "the same with 16"),
    ("e3f1c6f2-7c7e-4b6e-9a55-0a8d6d9a1c11", "UUID"),
    ("20191215-1234-4abc-8def-191212121212", "UUID of unlucky digits"),
    ("ep-20191215-1234-4abc-8def-191212121212", "the same with a word before it"),
    ("urn:uuid:20191215-1234-4abc-8def-191212121212", "UUID as URN"),
    ("20191215a2344abc8def191212121212", "32 hexadecimal digits"),
    ("1913121212", "month 13 in ten digits"),
    ("191200121212", "month 0"),
    ("19121200-1212", "day 0"),
    ("121232-1212", "day 32 in ten digits"),
    ("121292-1212", "day 92"),
    ("1212121212123", "13 digits"),
    ("12121212121", "11 digits"),
    ("121212-12121", "five digits after the hyphen"),
    ("121212-121", "three digits after the hyphen"),
    ("1121212-1212", "seven digits before the hyphen"),
    ("151212121212", "year 1512"),
    ("121212--1212", "two hyphens"),
    ("121212:1212", "colon"),
    ("121212,1212", "two numbers"),
    ("063-15 30 00", "telephone number"),
    ("+46701234567", "telephone number, 11 digits"),
    ("2380", "municipality code"),
    ("A121212-1212", "a letter right before"),
    ("121212-1212Ö", "a letter right after"),
    ("19121212-ward", "a word after a date"),
    ("121212ab3f", "ten hexadecimal digits"),
    ("e-2024-000123", "year and number"),
    ("m-000123", "a number"),
    ("1700000000", "seconds since 1970"),
]


@pytest.mark.parametrize(("text", "why"), SHAPED)
def test_shaped_like_an_identity_number(text: str, why: str) -> None:
    assert holds_identity_number(text), why


@pytest.mark.parametrize(("text", "why"), NOT_SHAPED)
def test_not_shaped_like_one(text: str, why: str) -> None:
    assert not holds_identity_number(text), why


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from(["-", "+", " ", "", "\u2013"]),
    st.integers(0, 9999),
    st.text("abc åäö.:/()", max_size=8),
    st.booleans(),
)
def test_every_date_of_birth_is_found_in_any_text(
    born: date, separator: str, number: int, around: str, short: bool
) -> None:
    day = f"{born:%Y%m%d}"
    text = f"{around} {day[2:] if short else day}{separator}{number:04d} {around}"
    assert holds_identity_number(text)


@given(st.uuids())
def test_no_uuid_is_one(value: uuid.UUID) -> None:
    assert not holds_identity_number(str(value))
    assert not holds_identity_number(f"episode {value}, {str(value).upper()}")


@given(st.datetimes(timezones=st.timezones()))
def test_no_instant_is_one(value: datetime) -> None:
    assert not holds_identity_number(str(value))


@pytest.mark.parametrize("character", ["1", "12-", "19121212", "1 ", "\u00a0", "1\u200b", "1-1", "199"])
def test_time_grows_no_faster_than_the_text(character: str) -> None:
    text = character * (1_000_000 // len(character))
    started = time.perf_counter()
    holds_identity_number(text)
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ["a"]),
        (["a", ["b", {"c": "d"}]], ["a", "b", "c", "d"]),
        (191212121212, ["191212121212"]),
        (-191212121212, ["191212121212"]),
        (191212121212.0, ["191212121212"]),
        (101011234, ["0101011234"]),
        (1212121212.5, [""]),
        (10101123, []),
        (1912121212123, []),
        (True, []),
        (None, []),
        (float("nan"), []),
        (float("inf"), []),
    ],
)
def test_what_a_value_can_hold(value: object, texts: list[str]) -> None:
    assert sorted(texts_in(value)) == texts
