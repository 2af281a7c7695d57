"""The search of the canary test finds what is there: in every notation and encoding, in databases and mails."""

import base64
import gzip
import json
import quopri
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.privacy.people import carried, cores, notations, people
from tests.privacy.searching import bytes_under, everybody, found_in

KNOWN = everybody(500)
ENCODED: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-16, where the digits are plain": lambda text: text.encode("utf-16-le" if text.isascii() else "utf-8"),
    "json": lambda text: json.dumps({"x": text}).encode(),
    "json in json": lambda text: json.dumps(json.dumps([text])).encode(),
    "base64": lambda text: base64.b64encode(b"a" + text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "in the middle": lambda text: b"x" * 1000 + text.encode() + b"\xff\x00" + b"y" * 1000,
}


def test_there_are_500_people_of_12_notations_and_no_two_are_alike() -> None:
    assert len({one[2:] for one in people()}) == 500
    assert len(KNOWN) == sum(len(cores(one)) for one in people()) == 1500
    assert {len(set(notations(one))) for one in people()} == {12}


@pytest.mark.parametrize("encoding", [*ENCODED])
def test_everybody_is_found_in_every_notation(encoding: str) -> None:
    for number, one in enumerate(people()):
        for notation in notations(one) if number < 60 else notations(one)[number % 12 : number % 12 + 1]:
            assert found_in(ENCODED[encoding](notation), KNOWN) == {one}, notation


def test_everybody_is_found_however_it_is_carried() -> None:
    for number, one in enumerate(people()):
        for text in carried(notations(one)[number % 12]):
            assert found_in(text.encode(), KNOWN) == {one}, text


def test_what_is_nobody_is_not_found() -> None:
    nobody = [b"2026-11-21T10:00:00.123456Z", b"7K3M-Q9TB-2XWD", b"jh1-07", b"", bytes(range(256)) * 40]
    nobody += [gzip.compress(b"x" * 5000), b"e3f1c6f2-7c7e-4b6e-9a55-0a8d6d9a1c11", b"1795255555.123456"]
    assert [found_in(one, KNOWN) for one in nobody] == [set()] * len(nobody)


def test_one_planted_in_a_database_or_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    first, second = people()[:2]
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (notations(first)[3],))
    (tmp_path / f"{notations(second)[1]}.csv").write_text("nothing", encoding="utf-8")
    assert {one for content in bytes_under(tmp_path).values() for one in found_in(content, KNOWN)} == {first, second}
    assert bytes_under(tmp_path, but=[tmp_path]) == {}
