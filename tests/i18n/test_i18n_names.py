"""Every value that people are shown has a name in both languages."""

from dataclasses import fields
from enum import Enum, StrEnum
from typing import get_args

import pytest

import agreements.model
import hemgang.closing.review
import hemgang.doctor.finding
import hemgang.duties.model
import hemgang.episode.model
import hemgang.findings
import hemgang.liability.model
import hemgang.messages.model
import hemgang.notifications.directory
import hemgang.notifications.retry
import hemgang.outlook.whatif
import hemgang.retention.decide
import hemgang.retention.policy
import hemgang.services.installation
import hemgang.store.installation
from agreements.diff import clause_keys
from agreements.fields import CareKind, Matter
from agreements.loader import load_agreements
from agreements.model import GateTerms, Terms
from hemgang.duties.model import AlertKind, DutyKind, Status
from hemgang.findings import Code
from hemgang.i18n.catalogue import name_family, name_of, phrase, say, texts_in
from hemgang.i18n.language import Language
from hemgang.liability.statement import NO_RULE_IN_FORCE, PAYER_NOT_VALID
from hemgang.notifications.channels import SCHEMES

SHOWN: frozenset[type[Enum]] = frozenset(
    kind
    for module in (
        agreements.model,
        hemgang.closing.review,
        hemgang.doctor.finding,
        hemgang.duties.model,
        hemgang.episode.model,
        hemgang.findings,
        hemgang.liability.model,
        hemgang.messages.model,
        hemgang.notifications.directory,
        hemgang.notifications.retry,
        hemgang.outlook.whatif,
        hemgang.retention.decide,
        hemgang.retention.policy,
        hemgang.services.installation,
        hemgang.store.installation,
    )
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module.__name__
) - {hemgang.notifications.retry.FollowUp}
"""Every enumeration of the modules whose values people see; `FollowUp` is what the engine does next."""

WORDS_OF_FILES = {
    "agreements.care": frozenset(get_args(CareKind)),
    "agreements.matter": frozenset(get_args(Matter)),
    "notifications.channel": frozenset(SCHEMES),
}
"""What is a plain word in the code and in the files that installations write."""


def members_of(family: str) -> set[str]:
    """Return what has a name in a family of the catalogue."""
    return {key.rpartition(".")[2] for key in texts_in(Language.SWEDISH) if key.rpartition(".")[0] == family}


@pytest.mark.parametrize("kind", sorted(SHOWN, key=name_family), ids=name_family)
def test_every_member_has_a_name_and_nothing_else_has(kind: type[Enum]) -> None:
    assert members_of(name_family(kind)) == {member.value for member in kind}


@pytest.mark.parametrize("family", WORDS_OF_FILES)
def test_every_word_of_a_file_has_a_name(family: str) -> None:
    assert members_of(f"names.{family}") == WORDS_OF_FILES[family]


def test_every_value_and_every_key_of_a_clause_has_a_name() -> None:
    values = {one.name for one in (*fields(Terms), *fields(GateTerms))} - {"agreement", "gates", "clauses"}
    shipped = load_agreements()
    clauses = [
        clause for name in shipped.names() for clause in shipped.terms_of(name, shipped.named(name).valid_from).clauses
    ]
    keys = {key for clause in clauses for key, _ in clause_keys(clause)}
    assert {"min_share", "threshold", "free_unit"} < keys
    assert values | keys <= members_of("names.agreements.parameter")


def test_every_finding_says_what_would_settle_it() -> None:
    assert members_of("finding.settles") == {*Code, NO_RULE_IN_FORCE, PAYER_NOT_VALID}


def test_no_family_of_names_is_left_over() -> None:
    used = {name_family(kind) for kind in SHOWN}
    used |= {f"names.{family}" for family in (*WORDS_OF_FILES, "agreements.parameter")}
    assert {key.rpartition(".")[0] for key in texts_in(Language.SWEDISH) if key.startswith("names.")} == used


def test_values_of_one_kind_are_told_apart_by_their_names() -> None:
    for language in Language:
        for kind in SHOWN:
            names = [name_of(language, member) for member in kind]
            assert len(set(names)) == len(names), (language, kind)


def test_a_name_is_that_of_the_language_and_of_the_kind() -> None:
    assert name_of(Language.SWEDISH, Status.MET_LATE) == "klart för sent"
    assert (name_of(Language.ENGLISH, Status.MISSED), name_of(Language.SWEDISH, AlertKind.MISSED)) == (
        "missed",
        "försenat",
    )


def test_a_member_in_a_sentence_is_written_by_its_name() -> None:
    said = phrase("alert.why", why=DutyKind.SIP_CALL)
    assert [say(language, said) for language in Language] == ["Därför: kallelse till SIP.", "Because SIP call."]


def test_a_member_that_nobody_is_shown_has_no_name() -> None:
    with pytest.raises(KeyError):
        name_of(Language.SWEDISH, Language.ENGLISH)
