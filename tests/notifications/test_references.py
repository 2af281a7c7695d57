"""References: stable, silent without the secret, and never shaped like an identity number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.references import ALPHABET, reference_of

SECRET = bytes(range(32))
SHAPE = re.compile(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


def test_a_reference_never_changes() -> None:
    # A stored reference must be found again after an upgrade: these strings are part of the contract.
    assert reference_of(SECRET, "alert", "E1", "sip_call/1/", "1", "owner", "care-centre-north") == "859T-N46Y-Q7HF"
    assert reference_of(SECRET, "") == "YSHN-4WXA-M8AH"


@pytest.mark.parametrize(
    "other",
    [
        ("alert", "E2"),
        ("alertE1",),
        ("alert", "E1", ""),
        ("E1", "alert"),
        ("aler", "tE1"),
        ("alert\x1fE1",),
        ('alert","E1',),
    ],
)
def test_other_parts_give_another_reference(other: tuple[str, ...]) -> None:
    assert reference_of(SECRET, *other) != reference_of(SECRET, "alert", "E1")


def test_another_secret_gives_another_reference() -> None:
    assert reference_of(SECRET[::-1], "alert", "E1") != reference_of(SECRET, "alert", "E1")


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_every_reference_has_the_shape_and_a_letter_in_each_group(parts: list[str]) -> None:
    reference = reference_of(SECRET, *parts)
    assert SHAPE.fullmatch(reference)
    assert all(re.search("[A-Z]", group) for group in reference.split("-"))


def test_ten_thousand_things_have_ten_thousand_references() -> None:
    references = {reference_of(SECRET, "alert", str(number)) for number in range(10_000)}
    assert len(references) == 10_000
    # All 32 letters are in use, none of the misleading four.
    assert set("".join(references)) == set(ALPHABET) | {"-"}


@pytest.mark.parametrize(("secret", "parts"), [(b"", ("a",)), (b"short", ("a",)), (SECRET[:15], ("a",)), (SECRET, ())])
def test_a_weak_secret_or_nothing_named_is_refused(secret: bytes, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"secret of references|names something"):
        reference_of(secret, *parts)
