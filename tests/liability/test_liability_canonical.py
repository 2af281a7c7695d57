"""The content hash: what changes it and what does not, and that it is a hash of lines anyone can rebuild."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from agreements.loader import load_agreements, load_rates
from agreements.payers import municipalities
from hemgang.liability.draft import draft
from hemgang.liability.model import DayOutcome, Draft, LedgerRow, Month, Versions
from hemgang.liability.serialize import canonical_lines, content_hash
from tests.liability.discharges import LATER, VERSIONS, at, drafted, folded, message, statute_with, stay

MESSAGES = stay(left="2023-03-07 10:00")

OTHER: dict[str, object] = {
    "payer": "2380",
    "episode": "other",
    "period": 2,
    "n": 9,
    "date": date(2023, 3, 9),
    "agreement": "other",
    "clause": "other",
    "outcome": DayOutcome.NOT_COUNTED,
    "reasons": ("other",),
    "messages": ("other",),
    "also": ("other",),
    "rate": Decimal(1),
    "amount": Decimal(1),
    "care_days": Fraction(2, 3),
}
"""Another value for every field of a row."""


def lines_of(draft_: Draft, versions: Versions = VERSIONS) -> list[str]:
    agreements = tuple(load_agreements().named(name) for name in ("jamtland-harjedalen", "lus"))
    return list(
        canonical_lines(
            region=draft_.region,
            month=draft_.month,
            payer=draft_.payer,
            statements=draft_.statements,
            agreements=agreements,
            versions=versions,
        )
    )


def test_the_hash_is_the_sha_256_of_lines_of_json() -> None:
    draft_ = drafted(MESSAGES)
    lines = lines_of(draft_)
    assert (
        draft_.hash
        == content_hash(lines)
        == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    )
    kinds = [json.loads(line)[0] for line in lines]
    assert kinds == ["draft", "payer", "clause", "clause", *["row"] * 6]


def test_the_lines_name_the_agreements_with_version_and_digest_and_the_versions_of_the_rest() -> None:
    head = json.loads(lines_of(drafted(MESSAGES), Versions(code="1.2", calendar="c", rates="r"))[0])
    used = [load_agreements().named(name) for name in ("jamtland-harjedalen", "lus")]
    assert head[2:5] == ["23", "2023-03", None]
    assert head[5] == [[one.name, one.version, one.digest] for one in used]
    assert head[6] == ["1.2", "c", "r"]


@pytest.mark.parametrize("part", ["code", "calendar", "rates"])
def test_another_version_is_another_hash(part: str) -> None:
    def of(versions: Versions) -> str:
        return draft(
            folded(MESSAGES),
            region="23",
            month=Month(2023, 3),
            agreements=load_agreements(),
            rates=load_rates(),
            municipalities=municipalities(),
            now=at(LATER),
            versions=versions,
        ).hash

    assert of(VERSIONS) == drafted(MESSAGES).hash
    assert of(replace(VERSIONS, **{part: "other"})) != of(VERSIONS)


@pytest.mark.parametrize(
    "other",
    [
        lambda: drafted(stay(left="2023-03-08 10:00")),
        lambda: drafted(stay(left="2023-03-07 10:00", need="declined", without=["sip_need"])),
        lambda: drafted(stay("e2", left="2023-03-07 10:00")),
        lambda: drafted(stay(left="2023-03-07 10:00", payer="2380")),
        lambda: drafted(stay(left="2023-03-07 10:00", without=["admission_notice"])),
        lambda: drafted(MESSAGES, payer="2326"),
        lambda: drafted([*MESSAGES, *stay("e2", left=None)], region="23", month="2023-04"),
        lambda: drafted([*MESSAGES, *stay("e2", left="2023-03-01 10:00")]),
    ],
    ids=[
        "later",
        "no sip_need",
        "other episode",
        "other payer",
        "not provable",
        "one payer",
        "other month",
        "one more",
    ],
)
def test_other_facts_or_another_question_are_another_hash(
    other: Callable[[], Draft], request: pytest.FixtureRequest
) -> None:
    """A message that no charged day rests on (the SIP need here) changes no row, and so no hash."""
    same = request.node.callspec.id == "no sip_need"
    assert (other().hash == drafted(MESSAGES).hash) == same


@pytest.mark.parametrize(("name", "value"), OTHER.items(), ids=OTHER)
def test_a_changed_row_is_another_hash(name: str, value: object) -> None:
    """The payer stands once, in the line of its statement."""
    draft_ = drafted(MESSAGES)
    [statement] = draft_.statements
    *before, last = statement.rows
    changed = replace(statement, rows=(*before, replace(last, **{name: value})))  # type: ignore[arg-type]
    if name == "payer":
        changed = replace(statement, payer=str(value))
    assert content_hash(lines_of(replace(draft_, statements=(changed,)))) != draft_.hash


def test_every_field_of_a_row_was_changed() -> None:
    assert set(OTHER) == {field.name for field in fields(LedgerRow)}


def test_when_it_is_computed_and_what_is_not_of_the_month_changes_nothing() -> None:
    late = drafted(MESSAGES, now="2030-01-01 00:00")
    more = drafted([*MESSAGES, *stay("e2", ready="2023-05-01 09:00", left=None), *stay("e3", region="22")])
    assert late.hash == drafted(MESSAGES).hash == more.hash


def test_a_value_changed_in_an_agreement_shows_where_it_decides() -> None:
    """The digest of the file stands in the hash as well; here the file is the same and only the value differs."""
    strict = statute_with("leave_days_count", value=False)
    on_leave = [message("e1", "leave_started", "2023-03-04 00:00"), message("e1", "leave_ended", "2023-03-05 00:00")]
    assert drafted([*MESSAGES, *on_leave], agreements=strict).hash != drafted([*MESSAGES, *on_leave]).hash
